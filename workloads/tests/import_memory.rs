//! Importing takes no more memory for a long log than for a short one.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{self, Read};
use std::sync::atomic::{AtomicUsize, Ordering};

use workloads::import::{Options, import};

/// Counts what is in use, and the most that ever was.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// So many bytes of lines that are none of the importer's, and among them one without an end.
struct Noise {
    left: usize,
    endless: usize,
}

impl Read for Noise {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        const LINE: &[u8] = b"Nov  4 23:50:06 host app[99]: request 0x7f00deadbeef took 12 ms\n";
        if self.left == 0 {
            return Ok(0);
        }
        let count = into.len().min(LINE.len()).min(self.left);
        into[..count].copy_from_slice(&LINE[..count]);
        self.left -= count;
        if self.left < self.endless {
            into[..count].fill(b'x');
        }
        Ok(count)
    }
}

#[test]
fn memory_does_not_grow_with_the_log() {
    const MIB: usize = 1 << 20;
    let boot = "MEMBLOCK configuration:\nmemblock_reserve: [0x00001000-0x00001fff] foo+0x1/0x2\n";
    let before = NOW.load(Ordering::Relaxed);
    let most = |left: usize, endless: usize| {
        MOST.store(before, Ordering::Relaxed);
        let log = Noise { left, endless }.chain("\n".as_bytes()).chain(boot.as_bytes());
        let boots = import(log, "noise", &Options::default()).unwrap();
        assert_eq!(boots[0].trace.records.len(), 2, "{}", boots[0].trace);
        MOST.load(Ordering::Relaxed) - before
    };
    for (endless, bound) in [(0, 2 * MIB), (8 * MIB, 3 * MIB)] {
        let [short, long] = [16, 48].map(|mib| most(mib * MIB, endless));
        assert!(short < bound && long < bound, "{short} and {long} bytes were in use at once");
        assert!(short.abs_diff(long) < MIB / 16, "{short} bytes of a short log, {long} of a long one");
    }
}
