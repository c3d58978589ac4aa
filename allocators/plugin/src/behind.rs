//! A strategy of this process behind the ABI: what one is compared with that comes from a library.
//!
//! A call through the ABI costs some nanoseconds that a call of a known function does not, and neither the compiler nor the
//! linker sees through it. So whoever is compared with a library is called in the same way: by the same host, through a table
//! of functions in C's manner, with answers and arguments of the same shape. What remains of the harness is then the same on
//! both sides, and an idle strategy behind the ABI measures it.

use std::ffi::c_void;
use std::hint::black_box;
use std::marker::PhantomData;

use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, ChangeError, Exclusive,
    FreeError, Goal, MapChange, MemFlags, MemoryMap, MemoryRange, Metadata, Nid, NodeChoice, Order, PageSize,
    Pfn, PhysAddr, ReserveError, Setting, Strategy,
};

use crate::allocator::PluginAllocator;
use crate::ffi::{self, Answer};
use crate::host::Host;
use crate::machine::Machine;
use crate::table::Table;

/// A strategy behind the ABI.
///
/// One type for all of them, so that whoever measures is compiled once for it.
#[derive(Clone, Copy)]
pub struct Behind(&'static dyn Inner);

/// What is asked of a strategy, whichever it is.
trait Inner: Sync {
    fn name(&self) -> &str;
    fn summary(&self) -> &str;
    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize;
    fn reaches_outside_memory(&self) -> bool;
    fn knows_nodes(&self) -> bool;
    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<PluginAllocator<'m>, BuildError>;
}

impl<S: Strategy> Inner for S {
    fn name(&self) -> &str {
        Strategy::name(self)
    }

    fn summary(&self) -> &str {
        Strategy::summary(self)
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        Strategy::metadata_words(self, map)
    }

    fn reaches_outside_memory(&self) -> bool {
        Strategy::reaches_outside_memory(self)
    }

    fn knows_nodes(&self) -> bool {
        Strategy::knows_nodes(self)
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<PluginAllocator<'m>, BuildError> {
        Ok(behind(Strategy::build(self, map, metadata)?, map))
    }
}

impl Behind {
    /// Calls `strategy` as a library would be called.
    pub const fn new<S: Strategy + 'static>(strategy: &'static S) -> Self {
        Self(strategy)
    }
}

impl Strategy for Behind {
    type Allocator<'m> = PluginAllocator<'m>;

    fn name(&self) -> &str {
        self.0.name()
    }

    fn summary(&self) -> &str {
        self.0.summary()
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        self.0.metadata_words(map)
    }

    fn reaches_outside_memory(&self) -> bool {
        self.0.reaches_outside_memory()
    }

    fn knows_nodes(&self) -> bool {
        self.0.knows_nodes()
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<PluginAllocator<'m>, BuildError> {
        self.0.build(map, metadata)
    }
}

/// Puts an allocator behind the ABI.
fn behind<'m, A: BootAllocator + Sync + 'm>(allocator: A, map: MemoryMap<'m>) -> PluginAllocator<'m> {
    let kept = Box::new(Kept { allocator, page: map.page() });
    let owner = Owner {
        state: Box::into_raw(kept).cast(),
        free: free_kept::<A>,
        state_elsewhere: state_elsewhere::<A>,
    };
    let state = owner.state;
    // Not even the compiler is to know which functions these are.
    let table = black_box(Exports::<A>::TABLE);
    PluginAllocator::over(table, state, map, Host::new(None), Machine::of(&map)).owning(owner)
}

/// An allocator on the heap of this process that goes with whoever calls it.
pub(crate) struct Owner {
    state: *mut c_void,
    // SAFETY: called once, with `state`, as this is dropped.
    free: unsafe fn(*mut c_void),
    // SAFETY: called with `state` while nobody is in a call of the allocator.
    state_elsewhere: unsafe fn(*mut c_void, &mut dyn FnMut(*mut u8, usize)) -> bool,
}

impl Owner {
    /// What [`BootAllocator::state_elsewhere`] says of whoever lets go of this.
    pub(crate) fn state_elsewhere(&mut self, visit: &mut dyn FnMut(*mut u8, usize)) -> bool {
        // SAFETY: `state` is what `behind` made for this very function; whoever owns this is borrowed, so that no call runs.
        unsafe { (self.state_elsewhere)(self.state, visit) }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // SAFETY: `state` is what `behind` made for this very function, and this is the only time that it is freed.
        unsafe { (self.free)(self.state) };
    }
}

/// # Safety
/// `state` is a `Kept<A>` from a box that nobody else owns.
unsafe fn free_kept<A>(state: *mut c_void) {
    // SAFETY: as the caller promises.
    drop(unsafe { Box::from_raw(state.cast::<Kept<A>>()) });
}

/// # Safety
/// `state` is a `Kept<A>` that is in no call.
unsafe fn state_elsewhere<A: BootAllocator>(
    state: *mut c_void,
    visit: &mut dyn FnMut(*mut u8, usize),
) -> bool {
    visit(state.cast(), size_of::<Kept<A>>());
    // SAFETY: as the caller promises.
    unsafe { of::<A>(state) }.allocator.state_elsewhere(visit)
}

struct Kept<A> {
    allocator: A,
    page: PageSize,
}

struct Exports<A>(PhantomData<A>);

impl<A: BootAllocator> Exports<A> {
    const TABLE: Table = Table {
        traits: ffi::HAND_OVER_SHARED,
        state_words: no_words,
        build: no_build,
        reserve: reserve::<A>,
        free: free::<A>,
        alloc: alloc::<A>,
        hand_over: hand_over::<A>,
        each_free: each_free::<A>,
        each_reserved: each_reserved::<A>,
        state_bytes: state_bytes::<A>,
        change: Some(change::<A>),
        set: Some(set::<A>),
        retire: Some(retire::<A>),
        hand_over_all: Some(hand_over_all::<A>),
        each_region: None,
        capacity: None,
    };
}

/// # Safety
/// `state` is the `Kept<A>` of an allocator that is borrowed for `'a`.
unsafe fn of<'a, A>(state: *mut c_void) -> &'a mut Kept<A> {
    // SAFETY: as the caller promises.
    unsafe { &mut *state.cast() }
}

/// # Safety
/// As for [`of`].
unsafe fn shared<'a, A>(state: *const c_void) -> &'a Kept<A> {
    // SAFETY: as the caller promises.
    unsafe { &*state.cast() }
}

const DONE: Answer = Answer { error: ffi::OK, value: 0 };

fn range(start: u64, end: u64) -> AddrRange {
    AddrRange::clamped(PhysAddr(start), PhysAddr(end))
}

fn at(error: u64, pfn: Pfn, page: PageSize) -> Answer {
    Answer { error, value: page.addr(pfn).0 }
}

// It is built before it is put behind the ABI.
// SAFETY: uses nothing that it is given.
unsafe extern "C-unwind" fn no_words(_: *const ffi::Machine) -> u64 {
    0
}

// SAFETY: uses nothing that it is given.
unsafe extern "C-unwind" fn no_build(
    _: *mut c_void,
    _: u64,
    _: *const ffi::Machine,
    _: *const ffi::Host,
) -> Answer {
    DONE
}

// SAFETY: to be called with the state of a live allocator of this kind, and with pointers that hold for the call.
unsafe extern "C-unwind" fn reserve<A: BootAllocator>(
    state: *mut c_void,
    start: u64,
    end: u64,
    exclusive: u64,
) -> Answer {
    // SAFETY: the host calls with the state of an allocator that it has borrowed.
    let kept = unsafe { of::<A>(state) };
    let exclusive = if exclusive == 0 { Exclusive::No } else { Exclusive::Yes };
    match kept.allocator.reserve(range(start, end), exclusive) {
        Ok(()) => DONE,
        Err(ReserveError::Busy(addr)) => Answer { error: ffi::BUSY, value: addr.0 },
        Err(ReserveError::OutsideMemory(pfn)) => at(ffi::OUTSIDE, pfn, kept.page),
        Err(ReserveError::Released(pfn)) => at(ffi::RELEASED, pfn, kept.page),
        Err(_) => Answer { error: ffi::TABLES_FULL, value: start },
    }
}

// SAFETY: to be called with the state of a live allocator of this kind, and with pointers that hold for the call.
unsafe extern "C-unwind" fn free<A: BootAllocator>(state: *mut c_void, start: u64, end: u64) -> Answer {
    // SAFETY: as in `reserve`.
    let kept = unsafe { of::<A>(state) };
    match kept.allocator.free(range(start, end)) {
        Ok(()) => DONE,
        Err(FreeError::AlreadyFree(pfn)) => at(ffi::FREE_ALREADY, pfn, kept.page),
        Err(FreeError::OutsideMemory(pfn)) => at(ffi::OUTSIDE, pfn, kept.page),
        Err(FreeError::Released(pfn)) => at(ffi::RELEASED, pfn, kept.page),
        Err(_) => Answer { error: ffi::TABLES_FULL, value: start },
    }
}

// SAFETY: to be called with the state of a live allocator of this kind, and with pointers that hold for the call.
unsafe extern "C-unwind" fn alloc<A: BootAllocator>(
    state: *mut c_void,
    size: u64,
    align: u64,
    goal: u64,
    limit: u64,
    node: u64,
) -> Answer {
    // SAFETY: as in `reserve`.
    let kept = unsafe { of::<A>(state) };
    let goal = PhysAddr(goal);
    #[expect(clippy::cast_possible_truncation, reason = "the node is in the lower half")]
    let (nid, exact) = (Nid::new(node as u32), node & ffi::EXACT_NODE != 0);
    let request = AllocRequest {
        size,
        align,
        goal: if node & ffi::GOAL_IS_MIN == 0 { Goal::Prefer(goal) } else { Goal::AtLeast(goal) },
        limit: (limit != 0).then_some(PhysAddr(limit)),
        node: match nid {
            None => NodeChoice::Any,
            Some(nid) if exact => NodeChoice::Exact(nid),
            Some(nid) => NodeChoice::Prefer(nid),
        },
    };
    match kept.allocator.alloc(&request) {
        Ok(addr) => Answer { error: ffi::OK, value: addr.0 },
        Err(AllocError::MetadataFull) => Answer { error: ffi::TABLES_FULL, value: 0 },
        Err(_) => Answer { error: ffi::NO_MEMORY, value: 0 },
    }
}

// SAFETY: to be called with the state of a live allocator of this kind, and with pointers that hold for the call.
unsafe extern "C-unwind" fn change<A: BootAllocator>(
    state: *mut c_void,
    what: u32,
    start: u64,
    end: u64,
    nid: u32,
    flags: u32,
) -> Answer {
    // SAFETY: as in `reserve`.
    let kept = unsafe { of::<A>(state) };
    let (range, nid, flags) = (range(start, end), Nid::new(nid), MemFlags(flags));
    let change = match what {
        ffi::ADD => MapChange::Add(MemoryRange { range, nid, flags }),
        ffi::REMOVE => MapChange::Remove(range),
        ffi::SET_NODE => MapChange::SetNode(range, nid),
        ffi::SET_FLAGS => MapChange::SetFlags(range, flags),
        _ => MapChange::ClearFlags(range, flags),
    };
    match kept.allocator.change(change) {
        Ok(()) => DONE,
        Err(ChangeError::OutsideMemory(pfn)) => at(ffi::OUTSIDE, pfn, kept.page),
        Err(ChangeError::Released(pfn)) => at(ffi::RELEASED, pfn, kept.page),
        Err(ChangeError::FixedMap) => Answer { error: ffi::FIXED_MAP, value: start },
        Err(_) => Answer { error: ffi::TABLES_FULL, value: start },
    }
}

// SAFETY: to be called with the state of a live allocator of this kind, and with pointers that hold for the call.
unsafe extern "C-unwind" fn set<A: BootAllocator>(state: *mut c_void, what: u32, value: u64) -> u32 {
    let on = value != 0;
    let setting = match what {
        ffi::BOTTOM_UP => Setting::BottomUp(on),
        ffi::CURRENT_LIMIT => Setting::CurrentLimit(on.then_some(PhysAddr(value))),
        ffi::ALLOW_RESIZE => Setting::AllowResize(on),
        ffi::MOVABLE_NODE => Setting::MovableNode(on),
        ffi::MARK_KERNEL => Setting::MarkKernelReservations(on),
        ffi::SCRATCH_ONLY => Setting::KhoScratchOnly(on),
        // Of a host that knows more.
        _ => return 0,
    };
    // SAFETY: as in `reserve`.
    u32::from(unsafe { of::<A>(state) }.allocator.set(setting))
}

/// The library's side of a sink.
struct Far(*mut ffi::Sink);

impl BlockSink for Far {
    #[inline]
    fn block(&mut self, first: Pfn, order: Order) {
        // SAFETY: the host's sink lives through the call that it was handed to.
        unsafe { ((*self.0).block)(self.0, first.0, u32::from(order.0)) };
    }

    #[inline]
    fn blocks(&mut self, first: Pfn, order: Order, count: u64) {
        // SAFETY: as above.
        unsafe { ((*self.0).blocks)(self.0, first.0, u32::from(order.0), count) };
    }
}

// SAFETY: to be called with the state of a live allocator of this kind, and with pointers that hold for the call.
unsafe extern "C-unwind" fn hand_over<A: BootAllocator>(
    state: *const c_void,
    nid: u32,
    sink: *mut ffi::Sink,
) -> Answer {
    // SAFETY: the host calls with the state of an allocator that it shares.
    let kept = unsafe { shared::<A>(state) };
    let pages = Nid::new(nid).and_then(|nid| kept.allocator.hand_over(nid, &mut Far(sink)).ok());
    Answer { error: ffi::OK, value: pages.map_or(0, |pages| pages.0) }
}

// SAFETY: to be called with the state of a live allocator of this kind, and with pointers that hold for the call.
unsafe extern "C-unwind" fn hand_over_all<A: BootAllocator>(
    state: *const c_void,
    sink: *mut ffi::Sink,
) -> Answer {
    // SAFETY: as in `hand_over`.
    let kept = unsafe { shared::<A>(state) };
    Answer { error: ffi::OK, value: kept.allocator.hand_over_all(&mut Far(sink)).0 }
}

// SAFETY: to be called with the state of a live allocator of this kind, and with pointers that hold for the call.
unsafe extern "C-unwind" fn retire<A: BootAllocator>(state: *mut c_void, nid: u32) {
    // SAFETY: as in `reserve`.
    let kept = unsafe { of::<A>(state) };
    if let Some(nid) = Nid::new(nid) {
        kept.allocator.retire(nid);
    }
}

// SAFETY: to be called with the state of a live allocator of this kind, and with pointers that hold for the call.
unsafe extern "C-unwind" fn each_free<A: BootAllocator>(
    state: *const c_void,
    visit: ffi::Visit,
    ctx: *mut c_void,
) {
    // SAFETY: as in `hand_over`; the visitor is called as the header says.
    let visit = |range: AddrRange| unsafe { visit(ctx, range.start().0, range.end().0) };
    // SAFETY: as in `hand_over`.
    unsafe { shared::<A>(state) }.allocator.for_each_free(&mut { visit });
}

// SAFETY: to be called with the state of a live allocator of this kind, and with pointers that hold for the call.
unsafe extern "C-unwind" fn each_reserved<A: BootAllocator>(
    state: *const c_void,
    visit: ffi::Visit,
    ctx: *mut c_void,
) {
    // SAFETY: as in `each_free`.
    let visit = |range: AddrRange| unsafe { visit(ctx, range.start().0, range.end().0) };
    // SAFETY: as in `hand_over`.
    unsafe { shared::<A>(state) }.allocator.for_each_reserved(&mut { visit });
}

// SAFETY: to be called with the state of a live allocator of this kind, and with pointers that hold for the call.
unsafe extern "C-unwind" fn state_bytes<A: BootAllocator>(state: *const c_void) -> u64 {
    // SAFETY: as in `hand_over`.
    unsafe { shared::<A>(state) }.allocator.metadata_bytes() as u64
}
