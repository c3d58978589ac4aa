//! No allocator touches the heap while it is measured.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use allocators::{AddrRange, BootAllocator, CountingSink};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use crate::machine::each;
use crate::ops::{Op, machine_and_boot};

/// The system's heap, counting each thread's visits.
struct Counting;

thread_local! {
    static VISITS: Cell<u64> = const { Cell::new(0) };
}

fn visit() {
    // A thread that is ending has no counter any more, and is none that is measured.
    let _ = VISITS.try_with(|visits| visits.set(visits.get() + 1));
}

// SAFETY: everything is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        visit();
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        visit();
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static HEAP: Counting = Counting;

/// Makes the calls of a boot without a player, whose lists live on the heap.
fn replay(boot: &[Op], allocator: &mut dyn BootAllocator) {
    let mut block = AddrRange::default();
    for op in boot {
        match *op {
            Op::Alloc(request) | Op::AllocNear(_, request) => {
                if let Ok(start) = allocator.alloc(&request) {
                    block = AddrRange::from_size(start, request.size).unwrap();
                }
            }
            Op::Reserve(range, exclusive) => drop(allocator.reserve(range, exclusive)),
            Op::Free(range) => drop(allocator.free(range)),
            Op::FreeBlock(..) => drop(allocator.free(block)),
            Op::FreePagesOf(_, page) => drop(allocator.free(block.pages_touched(page).addrs(page))),
            Op::ReserveBlock(..) => drop(allocator.reserve(block, allocators::Exclusive::No)),
            Op::Change(change) => drop(allocator.change(change)),
            Op::Set(setting) => drop(allocator.set(setting)),
            Op::Release(nid) => drop(allocator.release(nid, &mut CountingSink::default())),
        }
    }
}

#[test]
fn a_whole_boot_touches_no_heap() {
    let mut runner = TestRunner::deterministic();
    for _ in 0..200 {
        let (machine, boot) = machine_and_boot().new_tree(&mut runner).unwrap().current();
        each(&machine, |facts, allocator| {
            let before = VISITS.get();
            replay(&boot, allocator);
            let after = VISITS.get();
            assert_eq!(after - before, 0, "{} touches the heap", facts.name);
        });
    }
}

/// Expect the counter to notice one box, or it would prove nothing.
#[test]
fn the_counter_counts() {
    let before = VISITS.get();
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(VISITS.get() - before, 2);
}
