//! Bootmem as a [`BootAllocator`].

use super::PerNode;
use super::node::place_of;
use crate::bitmap::bitwise::{clear_runs, set_runs};
use crate::bitmap::release;
use crate::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, Exclusive, FreeError, Nid, Order,
    PageCount, PfnRange, PhysAddr, ReleaseError, ReserveError,
};

impl BootAllocator for PerNode<'_> {
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        let (page, pieces) = (self.map.page(), self.pieces);
        let pages = range.pages_touched(page);
        if pages.is_empty() {
            return Ok(());
        }
        pieces.cover(pages, |piece| self.nodes[piece.node as usize].is_released())?;
        for (piece, part) in pieces.parts(pages) {
            match exclusive {
                Exclusive::No => self.set(piece, part),
                Exclusive::Yes => {
                    if let Err(busy) = self.take(piece, part) {
                        for (before, part) in pieces.parts(PfnRange::clamped(pages.start(), part.start())) {
                            let undone = self.give(before, part);
                            debug_assert!(undone.is_ok(), "they were set just now");
                        }
                        let busy = self.nodes[piece.node as usize].pfn(busy);
                        return Err(ReserveError::Busy(page.addr(busy).max(range.start())));
                    }
                }
            }
        }
        for (piece, part) in pieces.parts(pages) {
            self.nodes[piece.node as usize].tail.forget_in(part, page);
        }
        Ok(())
    }

    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        let (page, pieces) = (self.map.page(), self.pieces);
        let pages = range.pages_inside(page);
        if pages.is_empty() {
            return Ok(());
        }
        pieces.cover_touchable(pages, |piece| self.nodes[piece.node as usize].is_released())?;
        for (piece, part) in pieces.parts(pages) {
            if let Err(free) = self.give(piece, part) {
                for (before, part) in pieces.parts(PfnRange::clamped(pages.start(), part.start())) {
                    self.set(before, part);
                }
                return Err(FreeError::AlreadyFree(self.nodes[piece.node as usize].pfn(free)));
            }
        }
        for (piece, part) in pieces.parts(pages) {
            let node = &mut self.nodes[piece.node as usize];
            node.hint_idx = node.hint_idx.min(node.bits(part).start);
            node.tail.forget_in(part, page);
        }
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
        let bits = node.bits(PfnRange::clamped(node.min, node.low));
        Ok(PageCount(release::hand_over(&self.words[node.words()], bits, node.min, order, sink)))
    }

    fn retire(&mut self, nid: Nid) {
        if let Some(place) = place_of(self.nodes, nid) {
            self.nodes[place].release();
        }
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        for piece in self.pieces.all() {
            let node = &self.nodes[piece.node as usize];
            if !node.is_released() {
                for run in clear_runs(&self.words[node.words()], node.bits(piece.pages())) {
                    visit(PfnRange::clamped(node.pfn(run.start), node.pfn(run.end)).addrs(self.map.page()));
                }
            }
        }
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        for piece in self.pieces.all() {
            let node = &self.nodes[piece.node as usize];
            for run in set_runs(&self.words[node.words()], node.bits(piece.pages())) {
                visit(PfnRange::clamped(node.pfn(run.start), node.pfn(run.end)).addrs(self.map.page()));
            }
        }
    }

    fn metadata_bytes(&self) -> usize {
        self.metadata_bytes
    }
}
