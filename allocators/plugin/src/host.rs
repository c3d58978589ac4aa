//! What a library may ask of its host.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use allocators::{AddrRange, ArrayMemory, PhysAddr};

use crate::ffi;
use crate::guard::{self, Guard};

/// The host's side of one allocator. It must stay where it is while a library uses it.
pub(crate) struct Host<'m> {
    arrays: Option<&'m mut (dyn ArrayMemory<'m> + 'm)>,
    guards: Vec<Guard>,
    notes: Cell<u64>,
    pub(crate) raw: ffi::Host,
}

impl<'m> Host<'m> {
    /// No more pieces of memory than this are given to one allocator.
    const MOST_GUARDS: usize = 64;

    #[expect(clippy::unnecessary_box_returns, reason = "a library keeps its address")]
    pub(crate) fn new(arrays: Option<&'m mut (dyn ArrayMemory<'m> + 'm)>) -> Box<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "the size of a few fields")]
        let raw = ffi::Host {
            size: size_of::<ffi::Host>() as u32,
            reserved: 0,
            ctx: ptr::null_mut(),
            table,
            fail,
            note,
        };
        // Room at once, so that no call that is measured makes any, and that whoever puts an earlier state back finds the list
        // where it was: lists that double so often hold 2^23 regions.
        let mut new = Box::new(Self {
            arrays,
            guards: Vec::with_capacity(Self::MOST_GUARDS),
            notes: Cell::new(0),
            raw,
        });
        new.raw.ctx = (&raw mut *new).cast();
        new
    }

    /// Takes charge of a guard behind memory that the library was given.
    pub(crate) fn watch(&mut self, guard: Guard) {
        self.guards.push(guard);
    }

    /// Whether the library has kept to the memory that it was given.
    pub(crate) fn intact(&self) -> bool {
        self.guards.iter().all(Guard::intact)
    }

    /// How many notes the library has made.
    pub(crate) fn notes(&self) -> u64 {
        self.notes.get()
    }

    fn table(&mut self, phys: u64, bytes: u64) -> Option<*mut c_void> {
        if self.guards.len() == Self::MOST_GUARDS {
            return None;
        }
        let guard = (guard::WORDS * size_of::<u64>()) as u64;
        let range = AddrRange::from_size(PhysAddr(phys), bytes.checked_add(guard)?)?;
        let words = self.arrays.as_mut()?.at(range)?;
        let (given, guard) = Guard::split(words)?;
        let at = given.as_mut_ptr().cast();
        self.guards.push(guard);
        Some(at)
    }
}

// SAFETY: to be called with the context of the host that it came from, while that host lives.
unsafe extern "C-unwind" fn table(ctx: *mut c_void, phys: u64, bytes: u64) -> *mut c_void {
    // SAFETY: libraries hand back the context that they were given, while the allocator that owns it is borrowed by the call
    // that they are in; nobody else reads it then. The lifetime is not used beyond this call.
    let host = unsafe { &mut *ctx.cast::<Host<'static>>() };
    host.table(phys, bytes).unwrap_or(ptr::null_mut())
}

// SAFETY: to be called with a text as the header describes it.
unsafe extern "C-unwind" fn fail(_: *mut c_void, message: *const c_char) {
    panic!("the plug-in gave up: {}", said(message));
}

// SAFETY: to be called with the context of the host that it came from, while that host lives.
unsafe extern "C-unwind" fn note(ctx: *mut c_void, message: *const c_char) {
    // SAFETY: as in `table`; only a cell is used.
    let host = unsafe { &*ctx.cast::<Host<'static>>() };
    // One line is enough, and a warning in a loop would fill a disk.
    if host.notes.replace(host.notes.get() + 1) == 0 {
        eprintln!("the plug-in says: {}", said(message));
    }
}

fn said(message: *const c_char) -> String {
    if message.is_null() {
        return "no reason given".into();
    }
    // SAFETY: libraries hand over texts that end with a zero.
    unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned()
}
