//! A sink as the ABI lays it out.

use allocators::{BlockSink, MemoryMap, Nid, Order, PageCount, Pfn, PfnRange};

use crate::ffi;

/// What a library calls, and the sink that it goes to.
#[repr(C)]
pub(crate) struct Sink<'s> {
    raw: ffi::Sink,
    inner: &'s mut dyn BlockSink,
}

impl<'s> Sink<'s> {
    pub(crate) fn new(inner: &'s mut dyn BlockSink) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the size of a few fields")]
        let size = size_of::<ffi::Sink>() as u32;
        Self { raw: ffi::Sink { size, reserved: 0, block, blocks }, inner }
    }

    /// What a library is given: the address of the whole, which begins with what the header knows.
    pub(crate) fn raw(&mut self) -> *mut ffi::Sink {
        (&raw mut *self).cast()
    }
}

/// An order that no sink takes stands for one that does not fit.
fn order(order: u32) -> Order {
    Order(u8::try_from(order).unwrap_or(u8::MAX))
}

// SAFETY: to be called with the sink that it came with, during the hand-over that the sink was made for.
unsafe extern "C-unwind" fn block(sink: *mut ffi::Sink, pfn: u64, of: u32) {
    // SAFETY: libraries hand back the sink that they were given, during the call that they were given it for.
    unsafe { &mut *sink.cast::<Sink<'_>>() }.inner.block(Pfn(pfn), order(of));
}

// SAFETY: to be called with the sink that it came with, during the hand-over that the sink was made for.
unsafe extern "C-unwind" fn blocks(sink: *mut ffi::Sink, pfn: u64, of: u32, count: u64) {
    // SAFETY: as above.
    unsafe { &mut *sink.cast::<Sink<'_>>() }.inner.blocks(Pfn(pfn), order(of), count);
}

/// Passes on what lies on one node, for an allocator that knows none: blocks are cut at the node's borders.
pub(crate) struct OnNode<'s, 'm> {
    map: MemoryMap<'m>,
    nid: Nid,
    inner: &'s mut dyn BlockSink,
    pages: u64,
}

impl<'s, 'm> OnNode<'s, 'm> {
    pub(crate) fn new(map: MemoryMap<'m>, nid: Nid, inner: &'s mut dyn BlockSink) -> Self {
        Self { map, nid, inner, pages: 0 }
    }

    pub(crate) fn pages(&self) -> PageCount {
        PageCount(self.pages)
    }
}

impl BlockSink for OnNode<'_, '_> {
    fn block(&mut self, first: Pfn, order: Order) {
        let block = PfnRange::clamped(first, Pfn(first.0.saturating_add(order.pages().0)));
        for (own, _) in self.map.owned_pages().filter(|(_, nid)| *nid == self.nid) {
            let (mut at, end) = (own.start().0.max(first.0), own.end().0.min(block.end().0));
            while at < end {
                let fits = at.trailing_zeros().min(u32::from(order.0)).min((end - at).ilog2());
                #[expect(clippy::cast_possible_truncation, reason = "at most 63")]
                self.inner.block(Pfn(at), Order(fits as u8));
                at += 1 << fits;
                self.pages += 1 << fits;
            }
        }
    }
}
