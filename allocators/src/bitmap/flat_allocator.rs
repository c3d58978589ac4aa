//! The flat bitmap as a [`BootAllocator`].

use super::bitwise::{clear_runs, set_runs};
use super::node::place_of;
use super::{Engine, Flat};
use crate::runs::join_touching;
use crate::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, ChangeError, Exclusive, FreeError,
    MapChange, Nid, NodeSet, Order, PageCount, PfnRange, PhysAddr, ReleaseError, ReserveError,
};

impl<E: Engine> Flat<'_, E> {
    /// Forgets the rests of pages that have been reserved or freed.
    fn forget_tails(&mut self, pages: PfnRange) {
        let page = self.map.page();
        self.tail.forget_in(pages, page);
        for (piece, part) in self.pieces.parts(pages) {
            self.nodes[piece.node as usize].tail.forget_in(part, page);
        }
    }

    fn pages(&self, bits: core::ops::Range<u64>) -> PfnRange {
        PfnRange::clamped(self.pfn(bits.start), self.pfn(bits.end))
    }
}

impl<E: Engine> BootAllocator for Flat<'_, E> {
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        let page = self.map.page();
        let pages = range.pages_touched(page);
        if pages.is_empty() {
            return Ok(());
        }
        self.pieces.cover(pages)?;
        let bits = self.bits(pages);
        match exclusive {
            Exclusive::Yes => E::take(self.words, bits)
                .map_err(|busy| ReserveError::Busy(page.addr(self.pfn(busy)).max(range.start())))?,
            Exclusive::No => E::set(self.words, bits),
        }
        self.forget_tails(pages);
        Ok(())
    }

    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        let pages = range.pages_inside(self.map.page());
        if pages.is_empty() {
            return Ok(());
        }
        self.pieces.cover(pages)?;
        let bits = self.bits(pages);
        E::give(self.words, bits).map_err(|free| FreeError::AlreadyFree(self.pfn(free)))?;
        self.forget_tails(pages);
        Ok(())
    }

    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        self.allocate(request)
    }

    fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        self.pieces.change(&self.map, change)
    }

    fn nids(&self) -> &NodeSet {
        self.map.nids()
    }

    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        let place = place_of(self.nodes, nid).ok_or(ReleaseError::UnknownNode(nid))?;
        let node = &self.nodes[place];
        if node.is_released() {
            return Err(ReleaseError::AlreadyReleased(nid));
        }
        let order = self.map.max_order().min(Order(6));
        let own = self.pieces.stretches(node.span(), u32::try_from(place).ok());
        let base = self.span.start();
        Ok(PageCount(own.map(|pages| E::hand_over(self.words, self.bits(pages), base, order, sink)).sum()))
    }

    fn retire(&mut self, nid: Nid) {
        if let Some(place) = place_of(self.nodes, nid)
            && let Ok(node) = u32::try_from(place)
        {
            self.nodes[place].release();
            self.pieces.release(node);
        }
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        let usable = self.pieces.stretches(self.span, None);
        let runs = usable.flat_map(|pages| clear_runs(self.words, self.bits(pages)));
        runs.for_each(|run| visit(self.pages(run).addrs(self.map.page())));
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        let memory = join_touching(self.pieces.all().iter().map(super::pieces::Piece::pages));
        let runs = memory.flat_map(|pages| set_runs(self.words, self.bits(pages)));
        runs.for_each(|run| visit(self.pages(run).addrs(self.map.page())));
    }

    fn metadata_bytes(&self) -> usize {
        self.metadata_bytes
    }
}
