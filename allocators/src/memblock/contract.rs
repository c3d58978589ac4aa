//! The crate's contract on top of the two lists.

use super::allocator::MemblockAllocator;
use super::grow::{Full, List};
use super::region::Attrs;
use super::reservations::Reservations as _;
use super::style::Style;
use crate::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, ChangeError, Exclusive, FreeError,
    MapChange, MemoryRange, Nid, NodeSet, PageCount, PhysAddr, ReleaseError, ReserveError, Setting,
};

impl<S: Style> BootAllocator for MemblockAllocator<'_, S> {
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        if exclusive == Exclusive::Yes
            && !range.is_empty()
            && let Some(busy) = self.reserved.first_overlapping(range)
        {
            return Err(ReserveError::Busy(busy.start.max(range.start())));
        }
        self.add(List::Reserved, range, Attrs::PLAIN).map_err(|Full| ReserveError::MetadataFull)
    }

    fn reserve_start(&mut self, ranges: &[AddrRange]) -> Result<(), ReserveError> {
        let add = |range: &AddrRange| self.add_by_halving(*range, Attrs::PLAIN);
        ranges.iter().try_for_each(add).map_err(|Full| ReserveError::MetadataFull)
    }

    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        self.remove(List::Reserved, range).map_err(|Full| FreeError::MetadataFull)
    }

    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        request.check(&self.map)?;
        self.alloc_somewhere(request)
    }

    fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        let (MapChange::Add(MemoryRange { range, .. })
        | MapChange::Remove(range)
        | MapChange::SetNode(range, _)
        | MapChange::SetFlags(range, _)
        | MapChange::ClearFlags(range, _)) = change;
        // Memory that could leave its node would be handed over twice.
        if let Some(addr) = self.first_released(range) {
            return Err(ChangeError::Released(self.map.page().pfn_down(addr)));
        }
        self.change_map(change).map_err(|Full| ChangeError::MetadataFull)
    }

    fn set(&mut self, setting: Setting) -> bool {
        match setting {
            Setting::BottomUp(on) => self.bottom_up = on,
            Setting::CurrentLimit(limit) => self.current_limit = limit.unwrap_or(PhysAddr(u64::MAX)),
            Setting::AllowResize(on) => self.can_resize = on,
            Setting::MovableNode(on) => self.movable_node = on,
            Setting::MarkKernelReservations(on) => self.mark_kernel = on,
            Setting::KhoScratchOnly(on) => self.scratch_only = on,
        }
        true
    }

    fn nids(&self) -> &NodeSet {
        self.map.nids()
    }

    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        if !self.map.nids().contains(nid) {
            return Err(ReleaseError::UnknownNode(nid));
        }
        if self.retired.contains(nid) {
            return Err(ReleaseError::AlreadyReleased(nid));
        }
        Ok(self.hand_over_on(|owner| owner == nid, sink))
    }

    fn hand_over_all(&self, sink: &mut dyn BlockSink) -> PageCount {
        self.hand_over_on(|nid| self.map.nids().contains(nid) && !self.retired.contains(nid), sink)
    }

    fn retire(&mut self, nid: Nid) {
        if self.map.nids().contains(nid) {
            self.retired.insert(nid);
            self.any_retired = true;
        }
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        let mut runs = Runs::new(visit);
        let not_retired = |nid: Option<Nid>| nid.map_or(!self.any_retired, |nid| !self.retired.contains(nid));
        self.free_on(not_retired, &mut |range| runs.push(range));
        runs.finish();
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        let mut runs = Runs::new(visit);
        self.reserved.regions().for_each(|region| runs.push(region.range()));
        runs.finish();
    }

    fn metadata_bytes(&self) -> usize {
        let grown =
            self.memory.home().into_iter().chain(self.reserved.home()).map(AddrRange::size).sum::<u64>();
        Self::words(&self.map) * 8 + usize::try_from(grown).unwrap_or(usize::MAX)
    }
}

/// Joins ranges that touch: where a region ends is nobody's business here.
struct Runs<'v> {
    visit: &'v mut dyn FnMut(AddrRange),
    run: AddrRange,
}

impl<'v> Runs<'v> {
    fn new(visit: &'v mut dyn FnMut(AddrRange)) -> Self {
        Self { visit, run: AddrRange::default() }
    }

    fn push(&mut self, range: AddrRange) {
        if range.start() == self.run.end() {
            self.run = AddrRange::clamped(self.run.start(), range.end());
        } else {
            self.finish();
            self.run = range;
        }
    }

    fn finish(&mut self) {
        if !self.run.is_empty() {
            (self.visit)(self.run);
        }
    }
}
