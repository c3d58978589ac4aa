//! The gaps that small blocks come from, in front of memblock's lists.

use crate::memblock::{Gap, MemblockAllocator, Style as _};
use crate::memround::{LINE, Round};
use crate::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, ChangeError, Exclusive,
    FreeError, MapChange, MemoryMap, Metadata, Nid, NodeSet, PageCount, PhysAddr, ReleaseError, ReserveError,
    Setting, records,
};

/// The largest block that is small.
const SMALL: u64 = 8 << 10;
/// How large a gap is to be, so that it serves for a while.
const ROOM: u64 = 64 << 10;

/// memblock's lists, with gaps from which small blocks are taken.
pub struct CarveAllocator<'m> {
    inner: MemblockAllocator<'m, Round>,
    /// Two for each scope, which is a node or, first, any: for blocks aligned to a line, and for those aligned to a page.
    gaps: &'m mut [Gap],
    /// What gaps must have been found in to count: it passes on when the memory map or a setting changes.
    epoch: u64,
}

const WORDS_PER_GAP: usize = size_of::<Gap>() / 8;

/// The words that the gaps of all scopes take.
pub(super) fn words(map: &MemoryMap<'_>) -> usize {
    let last = map.nids().iter().map(|nid| nid.get() as usize + 1).max().unwrap_or(0);
    2 * (last + 1) * WORDS_PER_GAP
}

impl<'m> CarveAllocator<'m> {
    pub(super) fn build(map: MemoryMap<'m>, metadata: Metadata<'m>) -> Result<Self, BuildError> {
        let inner = MemblockAllocator::<Round>::words(&map);
        let (needed, given) = (inner + words(&map), metadata.len());
        if given < needed {
            return Err(BuildError::MetadataTooSmall { needed, given });
        }
        let (metadata, gaps) = metadata.split(needed, inner);
        let gaps = records::<Gap>(gaps);
        gaps.fill(Gap::NONE);
        Ok(Self { inner: MemblockAllocator::build(map, metadata)?, gaps, epoch: 1 })
    }

    /// The place of the gap for a request, if it is small.
    #[inline]
    fn place(&self, request: &AllocRequest) -> Option<usize> {
        let AllocRequest { size, align, .. } = *request;
        if size > SMALL {
            return None;
        }
        let coarse = if align <= LINE {
            0
        } else if align <= self.inner.map().page().bytes() && size.is_multiple_of(align) {
            1
        } else {
            return None;
        };
        Some(request.node.nid().map_or(0, |nid| nid.get() as usize + 1) * 2 + coarse)
    }

    /// A block of a gap, which is looked for if there is none.
    #[inline]
    fn take(&mut self, request: &AllocRequest) -> Option<PhysAddr> {
        let place = self.place(request)?;
        let size = Round::taken(request.size, request.align);
        let (start, end) = (self.inner.start_of(request), self.inner.end_of(request));
        let start = start.max(PhysAddr(self.inner.map().page().bytes()));
        let gap = self.gaps.get_mut(place)?;
        if gap.epoch() == self.epoch
            && let Some(block) = self.inner.take_below(gap, size, request.align, start, end)
        {
            return Some(block);
        }
        let sizes = [size, request.align, ROOM];
        let (block, gap) = self.inner.open_gap(request.node.nid(), sizes, start, end)?;
        *self.gaps.get_mut(place)? = gap.in_epoch(self.epoch);
        Some(block)
    }
}

impl BootAllocator for CarveAllocator<'_> {
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        self.inner.reserve(range, exclusive)
    }

    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        self.inner.free(range)
    }

    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        request.check(self.inner.map())?;
        if self.inner.takes_downward()
            && let Some(block) = self.take(request)
        {
            return Ok(block);
        }
        self.inner.alloc(request)
    }

    fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        self.epoch += 1;
        self.inner.change(change)
    }

    fn set(&mut self, setting: Setting) -> bool {
        self.epoch += 1;
        self.inner.set(setting)
    }

    fn nids(&self) -> &NodeSet {
        self.inner.nids()
    }

    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        self.inner.hand_over(nid, sink)
    }

    fn hand_over_all(&self, sink: &mut dyn BlockSink) -> PageCount {
        self.inner.hand_over_all(sink)
    }

    fn retire(&mut self, nid: Nid) {
        self.epoch += 1;
        self.inner.retire(nid);
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.inner.for_each_free(visit);
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.inner.for_each_reserved(visit);
    }

    fn metadata_bytes(&self) -> usize {
        self.inner.metadata_bytes() + size_of_val(self.gaps)
    }
}
