//! A strategy that does each call many times over: a known share more work is one time more.

use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, ChangeError, Exclusive,
    FreeError, MapChange, MemoryMap, Metadata, Nid, NodeSet, PageCount, PhysAddr, ReleaseError, ReserveError,
    Setting, Strategy,
};

/// How often the strategy that others are compared with does each call.
pub const BASE_TIMES: u32 = 200;

/// Does each call of another strategy many times over, and leaves the state that one of them leaves.
///
/// An allocation is made and freed again until the last time; what is reserved or freed stays so. Against 200 times, 201
/// execute 0.5 % more instructions, the same ones on the same state: so they take 0.5 % more time.
// Many allocators of which each does every call were tried: their tables leave the second level of the cache, how far
// depends on the pages that a process was given, and launches differed by several per cent. What was planted there was not
// what was found, through no fault of the instrument.
#[derive(Clone, Copy, Debug)]
pub struct Repeated<S> {
    name: &'static str,
    times: u32,
    inner: S,
}

impl<S> Repeated<S> {
    /// So many times.
    #[must_use]
    pub const fn new(name: &'static str, times: u32, inner: S) -> Self {
        Self { name, times, inner }
    }
}

/// The allocator of a repeated strategy.
pub struct Repeats<A> {
    /// How often each call is made beside the one that counts.
    extra: u32,
    inner: A,
}

impl<S: Strategy> Strategy for Repeated<S> {
    type Allocator<'m>
        = Repeats<S::Allocator<'m>>
    where
        Self: 'm;

    fn name(&self) -> &str {
        self.name
    }

    fn summary(&self) -> &'static str {
        "does the same many times over"
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        self.inner.metadata_words(map)
    }

    fn reaches_outside_memory(&self) -> bool {
        self.inner.reaches_outside_memory()
    }

    fn knows_nodes(&self) -> bool {
        self.inner.knows_nodes()
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<Self::Allocator<'m>, BuildError> {
        Ok(Repeats { extra: self.times.saturating_sub(1), inner: self.inner.build(map, metadata)? })
    }
}

impl<A: BootAllocator> BootAllocator for Repeats<A> {
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        let done = self.inner.reserve(range, exclusive);
        for _ in 0..self.extra {
            let _ = self.inner.reserve(range, Exclusive::No);
        }
        done
    }

    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        let done = self.inner.free(range);
        for _ in 0..self.extra {
            let _ = self.inner.free(range);
        }
        done
    }

    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        for _ in 0..self.extra {
            let given = self.inner.alloc(request);
            if let Some(block) = given.ok().and_then(|base| AddrRange::from_size(base, request.size)) {
                // It was granted a moment ago.
                let _ = self.inner.free(block);
            }
        }
        self.inner.alloc(request)
    }

    fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        self.inner.change(change)
    }

    fn set(&mut self, setting: Setting) -> bool {
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
        self.inner.retire(nid);
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.inner.for_each_free(visit);
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.inner.for_each_reserved(visit);
    }

    fn metadata_bytes(&self) -> usize {
        self.inner.metadata_bytes()
    }

    fn reserve_start(&mut self, ranges: &[AddrRange]) -> Result<(), ReserveError> {
        self.inner.reserve_start(ranges)
    }

    fn state_elsewhere(&mut self, visit: &mut dyn FnMut(*mut u8, usize)) -> bool {
        self.inner.state_elsewhere(visit)
    }
}
