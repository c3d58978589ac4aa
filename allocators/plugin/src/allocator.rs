//! The allocator of a strategy behind the ABI.

use std::ffi::c_void;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, ChangeError, Exclusive,
    FreeError, Goal, MapChange, MemFlags, MemoryMap, MemoryRange, Metadata, Nid, NodeChoice, NodeSet,
    PageCount, PhysAddr, ReleaseError, ReserveError, Setting,
};

use crate::answer;
use crate::behind::Owner;
use crate::ffi;
use crate::guard::Guard;
use crate::host::Host;
use crate::library::Library;
use crate::machine::Machine;
use crate::sink::{OnNode, Sink};
use crate::table::Table;

/// An allocator whose code is in a shared library, or behind the same table of functions.
///
/// Dropping it checks that the library kept to the memory that it was given, and panics if it did not.
pub struct PluginAllocator<'m> {
    table: Table,
    state: *mut c_void,
    map: MemoryMap<'m>,
    retired: NodeSet,
    any_retired: bool,
    /// Taken by hand-overs of a library that does not say that they may run side by side.
    turn: Option<Mutex<()>>,
    owner: Option<Owner>,
    ending: Ending<'m>,
    _machine: Box<Machine>,
    in_library: Option<InUse>,
}

/// The host's side, which looks at the end whether the library kept to the memory that it was given.
struct Ending<'m>(Box<Host<'m>>);

// SAFETY: what takes `&self` calls functions that only read, as the header demands of them; those of a library that does
// not promise to be called from several threads at once take turns.
unsafe impl Sync for PluginAllocator<'_> {}

/// What an allocator is made of.
pub(crate) struct Parts<'m> {
    pub(crate) table: Table,
    /// The library, if it keeps state in itself.
    pub(crate) single: Option<&'static Library>,
    pub(crate) map: MemoryMap<'m>,
    pub(crate) needed: usize,
}

/// The lists that some allocators keep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum List {
    /// What is memory.
    Memory,
    /// What of it is reserved.
    Reserved,
}

/// That an allocator lives in a library's static data; dropping it says that it does not any more.
struct InUse(&'static Library);

impl InUse {
    fn take(library: &'static Library) -> Result<Self, BuildError> {
        if library.in_use.swap(true, Ordering::Acquire) { Err(BuildError::InUse) } else { Ok(Self(library)) }
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.in_use.store(false, Ordering::Release);
    }
}

impl<'m> PluginAllocator<'m> {
    pub(crate) fn build(parts: &Parts<'m>, metadata: Metadata<'m>) -> Result<Self, BuildError> {
        let Parts { table, single, map, needed } = *parts;
        let (given, phys) = (metadata.len(), metadata.phys());
        if given < needed {
            return Err(BuildError::MetadataTooSmall { needed, given });
        }
        let single = single.map(InUse::take).transpose()?;
        if let Some(InUse(library)) = &single {
            // SAFETY: no other allocator of this library is alive, and libraries run only in calls of allocators.
            unsafe { library.image.restore() };
        }
        let (words, arrays) = metadata.into_parts();
        let (words, guard) =
            Guard::split(&mut words[..needed]).ok_or(BuildError::MetadataTooSmall { needed, given })?;
        let mut host = Host::new(arrays);
        host.watch(guard);
        let machine = Machine::of(&map);
        let state: *mut c_void = words.as_mut_ptr().cast();
        // SAFETY: the function is called as the header says; machine and host live as long as the allocator, at one place.
        let built =
            unsafe { (table.build)(state, words.len() as u64, &raw const machine.raw, &raw const host.raw) };
        if built.error != ffi::OK {
            return Err(answer::build(built, map.page(), needed, given));
        }
        let new = Self::over(table, state, map, host, machine);
        Self { in_library: single, ..new }.with_metadata_at(phys)
    }

    /// The same, which takes an allocator of this process with it when it goes.
    pub(crate) fn owning(self, owner: Owner) -> Self {
        Self { owner: Some(owner), ..self }
    }

    pub(crate) fn over(
        table: Table,
        state: *mut c_void,
        map: MemoryMap<'m>,
        host: Box<Host<'m>>,
        machine: Box<Machine>,
    ) -> Self {
        let turn = (!table.has(ffi::HAND_OVER_SHARED)).then(Mutex::default);
        Self {
            table,
            state,
            map,
            retired: NodeSet::EMPTY,
            any_retired: false,
            turn,
            owner: None,
            ending: Ending(host),
            _machine: machine,
            in_library: None,
        }
    }

    /// Reserves the pages of metadata that lies in the machine's own memory.
    fn with_metadata_at(mut self, phys: Option<AddrRange>) -> Result<Self, BuildError> {
        let Some(phys) = phys else { return Ok(self) };
        let page = self.map.page();
        let pages = phys.pages_touched(page);
        let mut at = pages.start();
        for (own, _) in self.map.owned_pages() {
            if own.contains(at) {
                at = own.end();
            }
        }
        let outside = BuildError::MetadataOutsideMemory(page.addr(at).max(phys.start()));
        if at < pages.end() || pages.is_empty() {
            return Err(outside);
        }
        self.reserve(pages.addrs(page), Exclusive::No).map_err(|_| outside)?;
        Ok(self)
    }

    /// The regions of a list as they are kept, ascending: none if the strategy keeps no lists.
    #[must_use]
    pub fn regions(&self, list: List) -> Vec<MemoryRange> {
        let mut regions: Vec<MemoryRange> = Vec::new();
        if let Some(each_region) = self.table.each_region {
            // SAFETY: the function only reads, and gives the list back to `push` during the call.
            unsafe { each_region(self.state, list.number(), push, (&raw mut regions).cast()) };
        }
        regions
    }

    /// How many regions a list holds before it must grow, if the strategy keeps lists.
    #[must_use]
    pub fn capacity(&self, list: List) -> Option<u64> {
        // SAFETY: the function only reads.
        self.table.capacity.map(|capacity| unsafe { capacity(self.state, list.number()) })
    }

    /// How many notes the library has made, such as a kernel's warnings.
    #[must_use]
    pub fn notes(&self) -> u64 {
        self.ending.0.notes()
    }

    /// Whether a library without `retire` was told that memory was handed over: it is asked for nothing more.
    fn is_over(&self) -> bool {
        self.any_retired && self.table.retire.is_none()
    }

    fn is_gone(&self, nid: Nid) -> Result<(), ReleaseError> {
        if !self.map.nids().contains(nid) {
            return Err(ReleaseError::UnknownNode(nid));
        }
        if self.retired.contains(nid) {
            return Err(ReleaseError::AlreadyReleased(nid));
        }
        Ok(())
    }

    fn raw_hand_over(&self, nid: u32, sink: &mut dyn BlockSink) -> PageCount {
        let _turn = self.turn();
        let mut sink = Sink::new(sink);
        // SAFETY: the function only reads; the sink lives through the call.
        let answer = unsafe { (self.table.hand_over)(self.state, nid, sink.raw()) };
        PageCount(answer.value)
    }

    fn turn(&self) -> Option<std::sync::MutexGuard<'_, ()>> {
        self.turn.as_ref().map(|turn| turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl List {
    const fn number(self) -> u32 {
        match self {
            Self::Memory => 0,
            Self::Reserved => 1,
        }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        assert!(
            self.0.intact() || std::thread::panicking(),
            "the plug-in wrote past the memory that it was given"
        );
    }
}

impl BootAllocator for PluginAllocator<'_> {
    #[inline]
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        let exclusive = u64::from(exclusive == Exclusive::Yes);
        // SAFETY: the function is called as the header says, on the state that it built.
        let answer = unsafe { (self.table.reserve)(self.state, range.start().0, range.end().0, exclusive) };
        if answer.error == ffi::OK { Ok(()) } else { Err(answer::reserve(answer, self.map.page())) }
    }

    #[inline]
    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        // SAFETY: as in `reserve`.
        let answer = unsafe { (self.table.free)(self.state, range.start().0, range.end().0) };
        if answer.error == ffi::OK { Ok(()) } else { Err(answer::free(answer, self.map.page())) }
    }

    #[inline]
    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        request.check(&self.map)?;
        if self.is_over() {
            return Err(AllocError::NoMemory);
        }
        let (goal, min) = match request.goal {
            Goal::Prefer(goal) => (goal.0, 0),
            Goal::AtLeast(goal) => (goal.0, ffi::GOAL_IS_MIN),
        };
        let node = match request.node {
            NodeChoice::Any => u64::from(ffi::NO_NODE),
            NodeChoice::Prefer(nid) => u64::from(nid.get()),
            NodeChoice::Exact(nid) => u64::from(nid.get()) | ffi::EXACT_NODE,
        };
        let limit = request.limit.map_or(0, |limit| limit.0);
        // SAFETY: as in `reserve`.
        let answer =
            unsafe { (self.table.alloc)(self.state, request.size, request.align, goal, limit, node | min) };
        if answer.error == ffi::OK { Ok(PhysAddr(answer.value)) } else { Err(answer::alloc(answer)) }
    }

    fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        let Some(function) = self.table.change else {
            return match change {
                MapChange::SetNode(..) => Ok(()),
                MapChange::SetFlags(_, flags) | MapChange::ClearFlags(_, flags) if !flags.untouchable() => {
                    Ok(())
                }
                _ => Err(ChangeError::FixedMap),
            };
        };
        let (what, range, nid, flags) = match change {
            MapChange::Add(piece) => (ffi::ADD, piece.range, piece.nid, piece.flags),
            MapChange::Remove(range) => (ffi::REMOVE, range, None, MemFlags::NONE),
            MapChange::SetNode(range, nid) => (ffi::SET_NODE, range, nid, MemFlags::NONE),
            MapChange::SetFlags(range, flags) => (ffi::SET_FLAGS, range, None, flags),
            MapChange::ClearFlags(range, flags) => (ffi::CLEAR_FLAGS, range, None, flags),
        };
        let nid = nid.map_or(ffi::NO_NODE, Nid::get);
        // SAFETY: as in `reserve`.
        let answer = unsafe { function(self.state, what, range.start().0, range.end().0, nid, flags.0) };
        answer::change(answer, self.map.page())
    }

    fn set(&mut self, setting: Setting) -> bool {
        let (what, value) = match setting {
            Setting::BottomUp(on) => (ffi::BOTTOM_UP, u64::from(on)),
            Setting::CurrentLimit(limit) => (ffi::CURRENT_LIMIT, limit.map_or(0, |limit| limit.0)),
            Setting::AllowResize(on) => (ffi::ALLOW_RESIZE, u64::from(on)),
            Setting::MovableNode(on) => (ffi::MOVABLE_NODE, u64::from(on)),
            Setting::MarkKernelReservations(on) => (ffi::MARK_KERNEL, u64::from(on)),
            Setting::KhoScratchOnly(on) => (ffi::SCRATCH_ONLY, u64::from(on)),
        };
        // SAFETY: as in `reserve`.
        self.table.set.is_some_and(|function| unsafe { function(self.state, what, value) != 0 })
    }

    fn nids(&self) -> &NodeSet {
        self.map.nids()
    }

    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        self.is_gone(nid)?;
        if self.table.has(ffi::NO_NODES) {
            let mut here = OnNode::new(self.map, nid, sink);
            self.raw_hand_over(ffi::NO_NODE, &mut here);
            return Ok(here.pages());
        }
        Ok(self.raw_hand_over(nid.get(), sink))
    }

    fn hand_over_all(&self, sink: &mut dyn BlockSink) -> PageCount {
        match self.table.hand_over_all {
            // A walk over all nodes knows nothing of those that are gone already.
            Some(function) if !self.any_retired => {
                let _turn = self.turn();
                let mut sink = Sink::new(sink);
                // SAFETY: the function only reads; the sink lives through the call.
                PageCount(unsafe { function(self.state, sink.raw()) }.value)
            }
            _ => {
                let pages = self.map.nids().iter().filter_map(|nid| self.hand_over(nid, sink).ok());
                PageCount(pages.map(|pages| pages.0).sum())
            }
        }
    }

    fn retire(&mut self, nid: Nid) {
        if self.is_gone(nid).is_ok() {
            self.retired.insert(nid);
            self.any_retired = true;
            if let Some(function) = self.table.retire {
                // SAFETY: as in `reserve`.
                unsafe { function(self.state, nid.get()) };
            }
        }
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        if self.is_over() {
            return;
        }
        let mut visit = visit;
        // SAFETY: the function only reads, and gives the closure back to `each` during the call.
        unsafe { (self.table.each_free)(self.state, each, (&raw mut visit).cast()) };
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        let mut visit = visit;
        // SAFETY: as in `for_each_free`.
        unsafe { (self.table.each_reserved)(self.state, each, (&raw mut visit).cast()) };
    }

    fn metadata_bytes(&self) -> usize {
        // SAFETY: the function only reads.
        usize::try_from(unsafe { (self.table.state_bytes)(self.state) }).unwrap_or(usize::MAX)
    }

    fn state_elsewhere(&mut self, visit: &mut dyn FnMut(*mut u8, usize)) -> bool {
        // What the box holds may be copied: its list has all the room that it ever has.
        visit((&raw mut *self.ending.0).cast(), size_of::<Host<'_>>());
        if let Some(InUse(library)) = &self.in_library {
            library.image.segments().for_each(|(at, bytes)| visit(at, bytes));
        }
        self.owner.as_mut().is_none_or(|owner| owner.state_elsewhere(visit))
    }
}

// SAFETY: to be called with the context that was passed along with it, during that call.
unsafe extern "C-unwind" fn each(ctx: *mut c_void, start: u64, end: u64) {
    // SAFETY: libraries hand back the closure that they were given, during the call that they were given it for.
    let visit = unsafe { &mut *ctx.cast::<&mut dyn FnMut(AddrRange)>() };
    visit(AddrRange::clamped(PhysAddr(start), PhysAddr(end)));
}

// SAFETY: to be called with the context that was passed along with it, during that call.
unsafe extern "C-unwind" fn push(ctx: *mut c_void, start: u64, end: u64, nid: u32, flags: u32) {
    // SAFETY: libraries hand back the list that they were given, during the call that they were given it for.
    let regions = unsafe { &mut *ctx.cast::<Vec<MemoryRange>>() };
    let range = AddrRange::clamped(PhysAddr(start), PhysAddr(end));
    regions.push(MemoryRange { range, nid: Nid::new(nid), flags: MemFlags(flags) });
}
