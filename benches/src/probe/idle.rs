//! A strategy that does nothing: what its replay takes is the harness.

use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, Exclusive, FreeError,
    MemoryMap, Metadata, Nid, PageCount, PhysAddr, ReleaseError, ReserveError, Strategy,
};

/// Says yes to everything and takes note of nothing.
#[derive(Clone, Copy, Debug)]
pub struct Idle;

impl Strategy for Idle {
    type Allocator<'m> = Self;

    fn name(&self) -> &'static str {
        "idle"
    }

    fn summary(&self) -> &'static str {
        "does nothing: what it takes is the harness"
    }

    fn metadata_words(&self, _: &MemoryMap<'_>) -> usize {
        0
    }

    fn reaches_outside_memory(&self) -> bool {
        true
    }

    fn build<'m>(&'m self, _: MemoryMap<'m>, _: Metadata<'m>) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

impl BootAllocator for Idle {
    fn reserve(&mut self, _: AddrRange, _: Exclusive) -> Result<(), ReserveError> {
        Ok(())
    }

    fn free(&mut self, _: AddrRange) -> Result<(), FreeError> {
        Ok(())
    }

    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        Ok(PhysAddr(request.align))
    }

    fn hand_over(&self, _: Nid, _: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        Ok(PageCount(0))
    }

    fn retire(&mut self, _: Nid) {}

    fn for_each_free(&self, _: &mut dyn FnMut(AddrRange)) {}

    fn for_each_reserved(&self, _: &mut dyn FnMut(AddrRange)) {}

    fn metadata_bytes(&self) -> usize {
        0
    }
}
