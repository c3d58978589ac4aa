//! The flat bitmap as a [`BootAllocator`].

use super::bitwise::{clear_runs, set_runs};
use super::node::place_of;
use super::{Engine, Flat};
use crate::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, Exclusive, FreeError, Nid, Order,
    PageCount, PfnRange, PhysAddr, ReleaseError, ReserveError,
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
}

impl<E: Engine> BootAllocator for Flat<'_, E> {
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        let page = self.map.page();
        let pages = range.pages_touched(page);
        if pages.is_empty() {
            return Ok(());
        }
        self.pieces.cover(pages, |piece| self.nodes[piece.node as usize].is_released())?;
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
        self.pieces.cover_touchable(pages, |piece| self.nodes[piece.node as usize].is_released())?;
        let bits = self.bits(pages);
        E::give(self.words, bits).map_err(|free| FreeError::AlreadyFree(self.pfn(free)))?;
        self.forget_tails(pages);
        Ok(())
    }

    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        self.allocate(request)
    }

    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        let place = place_of(self.nodes, nid).ok_or(ReleaseError::UnknownNode(nid))?;
        let node = &self.nodes[place];
        if node.is_released() {
            return Err(ReleaseError::AlreadyReleased(nid));
        }
        let order = self.map.max_order().min(Order(6));
        let among = &self.pieces.all()[node.first_piece as usize..node.end_piece as usize];
        let own = among.iter().filter(|piece| piece.node as usize == place && piece.touchable());
        let pages =
            own.map(|piece| E::hand_over(self.words, self.bits(piece.pages()), self.base, order, sink));
        Ok(PageCount(pages.sum()))
    }

    fn retire(&mut self, nid: Nid) {
        if let Some(place) = place_of(self.nodes, nid)
            && !self.nodes[place].is_released()
        {
            self.nodes[place].release();
            self.released_nodes += 1;
        }
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        for piece in self.pieces.all().iter().filter(|piece| !self.nodes[piece.node as usize].is_released()) {
            for run in clear_runs(self.words, self.bits(piece.pages())) {
                visit(PfnRange::clamped(self.pfn(run.start), self.pfn(run.end)).addrs(self.map.page()));
            }
        }
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        for piece in self.pieces.all() {
            for run in set_runs(self.words, self.bits(piece.pages())) {
                visit(PfnRange::clamped(self.pfn(run.start), self.pfn(run.end)).addrs(self.map.page()));
            }
        }
    }

    fn metadata_bytes(&self) -> usize {
        self.metadata_size()
    }
}
