//! The naive model of memblock as a strategy: two interval maps, slow, obvious, and sharing no code with what it checks.

#[expect(dead_code, reason = "the tests of memblock ask it more")]
#[path = "../../../allocators/tests/memblock/model.rs"]
mod model;

use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, ChangeError, Exclusive,
    FreeError, MapChange, MemFlags, MemoryMap, MemoryRange, Metadata, Nid, NodeSet, Order, PageCount, Pfn,
    PhysAddr, ReleaseError, ReserveError, Setting, Strategy,
};

use model::Model;

/// The words that its lists may grow into: what a replay gives memblock.
const SPARE: u64 = 1 << 20;

/// The naive model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NaiveMemblock;

/// The naive model on one machine.
pub(crate) struct NaiveAllocator<'m> {
    map: MemoryMap<'m>,
    nids: NodeSet,
    model: Model,
}

impl Strategy for NaiveMemblock {
    type Allocator<'m> = NaiveAllocator<'m>;

    fn name(&self) -> &'static str {
        "naive-memblock"
    }

    fn summary(&self) -> &'static str {
        "memblock as two interval maps, to hold others against"
    }

    fn metadata_words(&self, _: &MemoryMap<'_>) -> usize {
        1
    }

    fn reaches_outside_memory(&self) -> bool {
        true
    }

    fn build<'m>(&'m self, map: MemoryMap<'m>, _: Metadata<'m>) -> Result<NaiveAllocator<'m>, BuildError> {
        Ok(NaiveAllocator { map, nids: *map.nids(), model: Model::new(&map, SPARE) })
    }
}

impl NaiveAllocator<'_> {
    /// The regions of a list: of memory, or of what is reserved.
    pub(crate) fn regions(&self, list: usize) -> Vec<MemoryRange> {
        let region = |(range, &(nid, flags)): (&std::ops::Range<u64>, &(Option<Nid>, u32))| MemoryRange {
            range: of(range),
            nid,
            flags: MemFlags(flags),
        };
        self.model.lists[list].is.iter().map(region).collect()
    }

    /// How many regions a list holds before it must grow.
    pub(crate) fn capacity(&self, list: usize) -> u64 {
        self.model.lists[list].capacity as u64
    }
}

fn of(range: &std::ops::Range<u64>) -> AddrRange {
    AddrRange::clamped(PhysAddr(range.start), PhysAddr(range.end))
}

impl BootAllocator for NaiveAllocator<'_> {
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        match self.model.busy(range) {
            Some(at) if exclusive == Exclusive::Yes => Err(ReserveError::Busy(at)),
            _ => self.model.reserve(range).map_err(|_| ReserveError::MetadataFull),
        }
    }

    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        self.model.free(range).map_err(|_| FreeError::MetadataFull)
    }

    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        request.check(&self.map)?;
        self.model.alloc(request)
    }

    fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        self.model.change(change).map_err(|_| ChangeError::MetadataFull)
    }

    fn set(&mut self, setting: Setting) -> bool {
        self.model.set(setting);
        true
    }

    fn nids(&self) -> &NodeSet {
        &self.nids
    }

    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        if !self.nids.contains(nid) {
            return Err(ReleaseError::UnknownNode(nid));
        }
        if self.model.is_released(nid) {
            return Err(ReleaseError::AlreadyReleased(nid));
        }
        let blocks = self.model.clone().release(nid);
        let mut pages = 0;
        for (pfn, order) in blocks {
            sink.block(Pfn(pfn), Order(order));
            pages += 1 << order;
        }
        Ok(PageCount(pages))
    }

    fn retire(&mut self, nid: Nid) {
        if self.nids.contains(nid) {
            self.model.release(nid);
        }
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.model.all_free().iter().for_each(|range| visit(of(range)));
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        let joined: rangemap::RangeSet<u64> =
            self.model.lists[1].is.iter().map(|(range, _)| range.clone()).collect();
        joined.iter().for_each(|range| visit(of(range)));
    }

    fn metadata_bytes(&self) -> usize {
        self.model.lists.iter().map(|list| list.capacity * 24).sum()
    }
}
