//! The flat bitmap as a [`BootAllocator`].

use core::ops::Range;

use super::node::place_of;
use super::{Engine, Flat, Full, Refused};
use crate::runs::join_touching;
use crate::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, ChangeError, Exclusive, FreeError,
    MapChange, Nid, NodeSet, PageCount, PfnRange, PhysAddr, ReleaseError, ReserveError,
};

impl<'m, E: Engine<'m>> Flat<'m, E> {
    /// Forgets the rests of pages that have been reserved or freed.
    pub(super) fn forget_tails(&mut self, pages: PfnRange) {
        let page = self.map.page();
        self.tail.forget_in(pages, page);
        for (piece, part) in self.pieces.parts(pages) {
            self.nodes[piece.node as usize].tail.forget_in(part, page);
        }
    }

    /// Calls `visit` for each run of bits in `pages` from one that `begins` finds to the next that `ends` finds.
    fn for_each_run(
        &self,
        pages: PfnRange,
        begins: impl Fn(&E, Range<u64>) -> u64,
        ends: impl Fn(&E, Range<u64>) -> u64,
        visit: &mut dyn FnMut(AddrRange),
    ) {
        let bits = self.bits(pages);
        let mut at = bits.start;
        while at < bits.end {
            let start = begins(&self.engine, at..bits.end);
            at = ends(&self.engine, start..bits.end);
            if start < at {
                visit(PfnRange::clamped(self.pfn(start), self.pfn(at)).addrs(self.map.page()));
            }
        }
    }
}

impl<'m, E: Engine<'m>> BootAllocator for Flat<'m, E> {
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        let page = self.map.page();
        let pages = range.pages_touched(page);
        if pages.is_empty() {
            return Ok(());
        }
        self.pieces.cover(pages)?;
        self.make_room();
        let bits = self.bits(pages);
        match exclusive {
            Exclusive::Yes => self.engine.take(bits).map_err(|refused| match refused {
                Refused::At(busy) => ReserveError::Busy(page.addr(self.pfn(busy)).max(range.start())),
                Refused::Full => ReserveError::MetadataFull,
            })?,
            Exclusive::No => self.engine.set(bits).map_err(|Full| ReserveError::MetadataFull)?,
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
        self.make_room();
        let bits = self.bits(pages);
        self.engine.give(bits).map_err(|refused| match refused {
            Refused::At(free) => FreeError::AlreadyFree(self.pfn(free)),
            Refused::Full => FreeError::MetadataFull,
        })?;
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
        let order = self.map.max_order().min(E::LARGEST);
        let own = self.pieces.stretches(node.span(), u32::try_from(place).ok());
        let base = self.span.start();
        Ok(PageCount(own.map(|pages| self.engine.hand_over(self.bits(pages), base, order, sink)).sum()))
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
        usable.for_each(|pages| self.for_each_run(pages, E::next_clear, E::next_set, visit));
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        let memory = join_touching(self.pieces.all().iter().map(super::pieces::Piece::pages));
        memory.for_each(|pages| self.for_each_run(pages, E::next_set, E::next_clear, visit));
    }

    fn metadata_bytes(&self) -> usize {
        self.metadata_bytes + self.grown_bytes()
    }
}
