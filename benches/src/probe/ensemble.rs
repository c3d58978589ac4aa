//! Many allocators that do the same: a known share more work is one allocator more.

use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, ChangeError, Exclusive,
    FreeError, MapChange, MemoryMap, Metadata, Nid, PageCount, PhysAddr, ReleaseError, ReserveError, Setting,
    Strategy,
};

/// The copies of the ensemble that others are compared with.
pub const BASE_COPIES: usize = 200;

/// Passes every call on to each of many allocators of the same strategy.
///
/// Against 200 copies, 201 execute 0.5 % more instructions, give or take the loop over them, and of the same kind on state
/// of the same shape: so they take 0.5 % more time.
// A strategy that repeats every k-th call was tried on paper: calls differ a hundredfold in cost, so the share of calls is
// not the share of work, and a call repeated on the same state finds its answer in the cache.
#[derive(Clone, Copy, Debug)]
pub struct Ensemble<S> {
    name: &'static str,
    copies: usize,
    inner: S,
}

impl<S> Ensemble<S> {
    /// So many copies.
    ///
    /// # Panics
    /// If there is not even one.
    #[must_use]
    pub const fn new(name: &'static str, copies: usize, inner: S) -> Self {
        assert!(copies > 0);
        Self { name, copies, inner }
    }
}

/// The allocators of an ensemble.
pub struct Copies<A> {
    first: A,
    rest: Vec<A>,
}

impl<S: Strategy> Strategy for Ensemble<S> {
    type Allocator<'m>
        = Copies<S::Allocator<'m>>
    where
        Self: 'm;

    fn name(&self) -> &str {
        self.name
    }

    fn summary(&self) -> &'static str {
        "does the same many times over"
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        self.inner.metadata_words(map) * self.copies
    }

    fn reaches_outside_memory(&self) -> bool {
        self.inner.reaches_outside_memory()
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<Self::Allocator<'m>, BuildError> {
        let words = self.inner.metadata_words(&map);
        // Tables do not grow: boots that need that are not what the instrument is tried on.
        let mut parts = metadata.into_parts().0.chunks_exact_mut(words.max(1));
        let mut next = || self.inner.build(map, Metadata::new(parts.next().unwrap_or_default()));
        Ok(Copies { first: next()?, rest: (1..self.copies).map(|_| next()).collect::<Result<_, _>>()? })
    }
}

impl<A: BootAllocator> BootAllocator for Copies<A> {
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        for copy in &mut self.rest {
            let _ = copy.reserve(range, exclusive);
        }
        self.first.reserve(range, exclusive)
    }

    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        for copy in &mut self.rest {
            let _ = copy.free(range);
        }
        self.first.free(range)
    }

    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        for copy in &mut self.rest {
            let _ = copy.alloc(request);
        }
        self.first.alloc(request)
    }

    fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        for copy in &mut self.rest {
            let _ = copy.change(change);
        }
        self.first.change(change)
    }

    fn set(&mut self, setting: Setting) -> bool {
        for copy in &mut self.rest {
            copy.set(setting);
        }
        self.first.set(setting)
    }

    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        self.first.hand_over(nid, sink)
    }

    fn retire(&mut self, nid: Nid) {
        self.first.retire(nid);
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.first.for_each_free(visit);
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.first.for_each_reserved(visit);
    }

    fn metadata_bytes(&self) -> usize {
        self.first.metadata_bytes() * (1 + self.rest.len())
    }
}
