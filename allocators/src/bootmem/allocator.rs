//! Bootmem as a [`BootAllocator`].

use core::ops::Range;

use super::PerNode;
use super::node::place_of;
use crate::bitmap::bitwise::{self, clear_runs, set_runs};
use crate::bitmap::pieces::Piece;
use crate::bitmap::release;
use crate::runs::join_touching;
use crate::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, ChangeError, Exclusive, FreeError,
    MapChange, Nid, NodeSet, Order, PageCount, Pfn, PfnRange, PhysAddr, ReleaseError, ReserveError,
};

/// Changes a range of bits in a bitmap, or says which bit is not as it should be.
type ChangeBits = fn(&mut [u64], Range<u64>) -> Result<(), u64>;

impl PerNode<'_> {
    /// Changes the bits of `pages` node by node with `change`. Where that fails it undoes with `undo` what was changed,
    /// on the nodes before too, and returns the page where it failed.
    fn change_bits(&mut self, pages: PfnRange, change: ChangeBits, undo: ChangeBits) -> Result<(), Pfn> {
        for (piece, part) in self.pieces.parts(pages) {
            let node = &self.nodes[piece.node as usize];
            if let Err(bit) = change(&mut self.words[node.words()], node.bits(part)) {
                let failed = node.pfn(bit);
                for (piece, part) in self.pieces.parts(PfnRange::clamped(pages.start(), part.start())) {
                    let node = &self.nodes[piece.node as usize];
                    let undone = undo(&mut self.words[node.words()], node.bits(part));
                    debug_assert!(undone.is_ok(), "these bits were changed just now");
                }
                return Err(failed);
            }
        }
        Ok(())
    }

    /// The runs of bits that `runs` finds in the pages of `pieces`.
    fn runs<'a, I: Iterator<Item = Range<u64>> + 'a>(
        &'a self,
        pieces: impl Iterator<Item = &'a Piece> + 'a,
        runs: impl Fn(&'a [u64], Range<u64>) -> I + 'a,
    ) -> impl Iterator<Item = AddrRange> + 'a {
        let pages = pieces.flat_map(move |piece| {
            let node = &self.nodes[piece.node as usize];
            runs(&self.words[node.words()], node.bits(piece.pages())).map(|run| node.pages(run))
        });
        join_touching(pages).map(|pages| pages.addrs(self.map.page()))
    }
}

impl BootAllocator for PerNode<'_> {
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        let page = self.map.page();
        let pages = range.pages_touched(page);
        if pages.is_empty() {
            return Ok(());
        }
        self.pieces.cover(pages)?;
        let reserve: ChangeBits = match exclusive {
            Exclusive::Yes => bitwise::take,
            Exclusive::No => |words, bits| {
                bitwise::set(words, bits);
                Ok(())
            },
        };
        self.change_bits(pages, reserve, bitwise::give)
            .map_err(|busy| ReserveError::Busy(page.addr(busy).max(range.start())))?;
        for (piece, part) in self.pieces.parts(pages) {
            self.nodes[piece.node as usize].tail.forget_in(part, page);
        }
        Ok(())
    }

    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        let page = self.map.page();
        let pages = range.pages_inside(page);
        if pages.is_empty() {
            return Ok(());
        }
        self.pieces.cover(pages)?;
        self.change_bits(pages, bitwise::give, bitwise::take).map_err(FreeError::AlreadyFree)?;
        for (piece, part) in self.pieces.parts(pages) {
            let node = &mut self.nodes[piece.node as usize];
            node.hint_idx = node.hint_idx.min(node.bit(part.start()));
            node.tail.forget_in(part, page);
        }
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
        let words = &self.words[node.words()];
        Ok(PageCount(
            own.map(|pages| release::hand_over(words, node.bits(pages), node.min, order, sink)).sum(),
        ))
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
        self.runs(self.pieces.all().iter().filter(|piece| piece.is_usable()), clear_runs).for_each(visit);
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.runs(self.pieces.all().iter(), set_runs).for_each(visit);
    }

    fn metadata_bytes(&self) -> usize {
        self.metadata_bytes
    }
}
