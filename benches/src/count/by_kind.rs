//! A replay whose calls pass through a function for each kind of them, so that callgrind says what each kind takes.
//!
//! It is a replay beside the one that is timed, whose code stays as it is: the way through those functions takes a few
//! instructions a call, which an idle strategy shows.

use std::hint::black_box;

use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, ChangeError, Exclusive, FreeError,
    MapChange, Nid, NodeSet, PageCount, PhysAddr, ReleaseError, ReserveError, Setting,
};
use workloads::replay::{Program, Slots, Unobserved, run};

/// Parts of the names of the functions below, by which callgrind's file tells them.
pub(crate) const KINDS: [&str; 5] = [
    "count::by_kind::add",
    "count::by_kind::reserve",
    "count::by_kind::free",
    "count::by_kind::alloc",
    "count::by_kind::set",
];

/// The same of what takes a block in a hand-over: the way to the model of the page allocator from a library, or the model itself.
pub(crate) const TAKERS: [&str; 2] =
    ["plugin::sink::block", "buddy::Buddy as allocators::sink::BlockSink>::block"];

/// All calls of a boot, each through the function of its kind.
#[inline(never)]
pub(crate) fn replay_by_kind<A: BootAllocator>(program: &Program, allocator: &mut A, slots: &mut Slots) {
    run(program, &mut ByKind(allocator), slots, &mut Unobserved);
}

/// Memory is found or taken away.
#[inline(never)]
fn add<A: BootAllocator>(allocator: &mut A, change: MapChange) -> Result<(), ChangeError> {
    // Without this, the compiler would make one function of this and of what sets nodes and flags.
    black_box(0);
    allocator.change(change)
}

#[inline(never)]
fn reserve<A: BootAllocator>(
    allocator: &mut A,
    range: AddrRange,
    exclusive: Exclusive,
) -> Result<(), ReserveError> {
    allocator.reserve(range, exclusive)
}

#[inline(never)]
fn free<A: BootAllocator>(allocator: &mut A, range: AddrRange) -> Result<(), FreeError> {
    allocator.free(range)
}

#[inline(never)]
fn alloc<A: BootAllocator>(allocator: &mut A, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
    allocator.alloc(request)
}

/// Nodes and flags of what is known.
#[inline(never)]
fn set_known<A: BootAllocator>(allocator: &mut A, change: MapChange) -> Result<(), ChangeError> {
    allocator.change(change)
}

/// Limits and directions.
#[inline(never)]
fn set<A: BootAllocator>(allocator: &mut A, setting: Setting) -> bool {
    allocator.set(setting)
}

/// An allocator that is called through the function of each kind.
struct ByKind<'a, A>(&'a mut A);

impl<A: BootAllocator> BootAllocator for ByKind<'_, A> {
    #[inline]
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        reserve(self.0, range, exclusive)
    }

    #[inline]
    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        free(self.0, range)
    }

    #[inline]
    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        alloc(self.0, request)
    }

    #[inline]
    fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        match change {
            MapChange::Add(_) | MapChange::Remove(_) => add(self.0, change),
            MapChange::SetNode(..) | MapChange::SetFlags(..) | MapChange::ClearFlags(..) => {
                set_known(self.0, change)
            }
        }
    }

    #[inline]
    fn set(&mut self, setting: Setting) -> bool {
        set(self.0, setting)
    }

    // No step calls what follows.

    fn nids(&self) -> &NodeSet {
        self.0.nids()
    }

    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        self.0.hand_over(nid, sink)
    }

    fn retire(&mut self, nid: Nid) {
        self.0.retire(nid);
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.0.for_each_free(visit);
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.0.for_each_reserved(visit);
    }

    fn metadata_bytes(&self) -> usize {
        self.0.metadata_bytes()
    }
}
