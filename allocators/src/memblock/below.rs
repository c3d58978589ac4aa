//! Blocks that are taken below one another, without a search: what [`carve`](crate::carve) does to the list.

use super::allocator::MemblockAllocator;
use super::find::Search;
use super::grow::List;
use super::style::{Found as _, Style};
use crate::{AddrRange, AllocRequest, Goal, MemoryMap, Nid, PhysAddr, Record};

/// A free gap from whose upper end blocks are taken.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Gap {
    /// Where the gap ends: the region that begins there grows downward.
    top: PhysAddr,
    /// The lower end of the memory that the gap lies in.
    floor: PhysAddr,
    /// Where in the list that region was seen last.
    index: u64,
    /// Of which state of the memory map this is true.
    epoch: u64,
}

// SAFETY: `repr(C)` of four u64 without padding, any bits are valid.
unsafe impl Record for Gap {}

impl Gap {
    /// None was found in any epoch.
    pub(crate) const NONE: Self = Self { top: PhysAddr(0), floor: PhysAddr(0), index: 0, epoch: 0 };

    #[inline]
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) fn in_epoch(self, epoch: u64) -> Self {
        Self { epoch, ..self }
    }
}

impl<S: Style> MemblockAllocator<'_, S> {
    /// Takes `size` bytes aligned to `align` at the end of `gap`, at or above `start`, if the region that begins there can
    /// simply grow: the list says so, whatever has happened since the gap was found.
    #[inline]
    pub(crate) fn take_below(
        &mut self,
        gap: &mut Gap,
        size: u64,
        align: u64,
        start: PhysAddr,
        end: PhysAddr,
    ) -> Option<PhysAddr> {
        if gap.top > end {
            return None;
        }
        let block = PhysAddr(gap.top.0.checked_sub(size)?).align_down(align);
        // The kernel's own notes may have changed, so that what is taken now would not merge.
        let region = self.reserved.region_from(gap.top, usize::try_from(gap.index).ok()?)?;
        let below = self.reserved.end_below(region);
        // A block that touches the region below would have to be merged with it.
        if block < gap.floor.max(start) || block <= below || !self.reserved.is_plain(region) {
            return None;
        }
        self.reserved.lower(region, block);
        gap.index = region as u64;
        gap.top = block;
        Some(block)
    }

    /// Finds a gap of at least `room` bytes on `nid`, or anywhere, between `start` and `end`, searching from the top, and takes
    /// a block from its upper end, or `room` further down if somebody else takes blocks there.
    #[cold]
    pub(crate) fn open_gap(
        &mut self,
        nid: Option<Nid>,
        [size, align, room]: [u64; 3],
        start: PhysAddr,
        end: PhysAddr,
    ) -> Option<(PhysAddr, Gap)> {
        let search = |size| Search { size, align: 1, start, end, nid, mirror: false };
        let (bottom, found) = self.find(&search(room))?;
        let mut top = PhysAddr(bottom.0 + room);
        let above = found.index().and_then(|index| self.reserved.regions().get(index));
        if above.is_some_and(|region| region.start == top)
            && let Some((bottom, _)) = self.find(&search(2 * room))
        {
            // Between pages, so that the page above is nobody else's.
            top = PhysAddr(bottom.0 + room).align_down(self.map.page().bytes());
        }
        let block = PhysAddr(top.0.checked_sub(size)?).align_down(align);
        let range = AddrRange::from_size(block, size)?;
        let floor = self.memory.overlapping(range).next()?.start;
        if block < floor.max(start) {
            return None;
        }
        let attrs = self.reserved_attrs(nid);
        self.add(List::Reserved, range, attrs).ok()?;
        let index = self.reserved.index_of(block);
        Some((block, Gap { top: block, floor, index: index as u64, epoch: 0 }))
    }

    /// Whether blocks may be taken below one another now: downward, in memory that is all alike, and noted alike.
    #[inline]
    pub(crate) fn takes_downward(&self) -> bool {
        !(self.bottom_up || self.has_mirror || self.mark_kernel)
    }

    /// Where a search for a request begins: at its goal, unless that is preferred and nothing lies above.
    #[inline]
    pub(crate) fn start_of(&self, request: &AllocRequest) -> PhysAddr {
        match request.goal {
            Goal::Prefer(goal) if self.memory.regions().last().is_none_or(|last| last.end <= goal) => {
                PhysAddr(0)
            }
            goal => goal.addr(),
        }
    }

    /// Where a search for a request ends: see `alloc_somewhere`.
    #[inline]
    pub(crate) fn end_of(&self, request: &AllocRequest) -> PhysAddr {
        match request.goal {
            Goal::AtLeast(_) => request.limit.unwrap_or(self.current_limit),
            Goal::Prefer(_) => {
                request.limit.map_or(self.current_limit, |limit| limit.min(self.current_limit))
            }
        }
    }

    #[inline]
    pub(crate) fn map(&self) -> &MemoryMap<'_> {
        &self.map
    }
}
