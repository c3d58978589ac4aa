//! Every page of a machine, one by one.

use allocators::{
    AddrRange, BlockSink, ChangeError, Exclusive, FreeError, MapChange, MemFlags, MemoryRange, Nid, NodeSet,
    Order, PageCount, Pfn, PhysAddr, ReleaseError, ReserveError,
};

use crate::machine::{Machine, bytes};

#[derive(Clone, Copy)]
pub(crate) struct Page {
    pub(crate) nid: Nid,
    present: bool,
    flags: u32,
    reserved: bool,
    released: bool,
}

/// What is known of each page frame number; `None` is no memory.
pub(crate) struct Pages<'m> {
    pub(crate) machine: &'m Machine,
    pub(crate) all: Vec<Option<Page>>,
    pub(crate) nids: NodeSet,
    released: Vec<Nid>,
}

impl<'m> Pages<'m> {
    pub(crate) fn new(machine: &'m Machine) -> Self {
        let size = machine.page.bytes();
        let end = machine.nodes.iter().map(|piece| piece.range.end().0 / size).max().unwrap_or(0);
        // The first piece that has bytes of a page, if all bytes are in pieces that are like it.
        let whole = |pieces: &[MemoryRange], like: fn(&MemoryRange) -> u32, pfn: u64| {
            let page = bytes(pfn * size, (pfn + 1) * size);
            let parts: Vec<_> = pieces.iter().filter(|piece| piece.range.overlaps(page)).collect();
            let sum: u64 = parts.iter().map(|piece| piece.range.intersection(page).size()).sum();
            let first = **parts.first()?;
            (sum == size && parts.iter().all(|piece| like(piece) == like(&first))).then_some(first)
        };
        let page = |pfn: u64| {
            let owner = whole(&machine.nodes, |piece| piece.nid.map_or(0, Nid::get), pfn)?;
            let start = whole(&machine.start, |piece| piece.flags.0 & 0xc, pfn);
            Some(Page {
                nid: owner.nid?,
                present: start.is_some(),
                flags: start.map_or(0, |piece| piece.flags.0),
                reserved: false,
                released: false,
            })
        };
        let mut nids = NodeSet::EMPTY;
        machine.nids().iter().for_each(|&nid| nids.insert(nid));
        Self { machine, all: (0..end).map(page).collect(), nids, released: Vec::new() }
    }

    pub(crate) fn size(&self) -> u64 {
        self.machine.page.bytes()
    }

    pub(crate) fn get(&self, pfn: u64) -> Option<&Page> {
        self.all.get(usize::try_from(pfn).unwrap())?.as_ref()
    }

    fn get_mut(&mut self, pfn: u64) -> &mut Page {
        self.all[usize::try_from(pfn).unwrap()].as_mut().unwrap()
    }

    /// Whether it is memory, of `nid` if one is named, that may be handed out.
    pub(crate) fn usable(&self, pfn: u64, nid: Option<Nid>) -> bool {
        self.get(pfn).is_some_and(|page| {
            let here = nid.is_none_or(|nid| page.nid == nid);
            here && page.present && !page.released && !MemFlags(page.flags).untouchable()
        })
    }

    /// The same, and nobody has it.
    pub(crate) fn is_free(&self, pfn: u64, nid: Option<Nid>) -> bool {
        self.usable(pfn, nid) && self.get(pfn).is_some_and(|page| !page.reserved)
    }

    pub(crate) fn take(&mut self, pages: std::ops::Range<u64>) {
        pages.for_each(|pfn| self.get_mut(pfn).reserved = true);
    }

    /// Returns the pages that were reserved.
    pub(crate) fn reserve(
        &mut self,
        range: AddrRange,
        exclusive: Exclusive,
    ) -> Result<std::ops::Range<u64>, ReserveError> {
        let (start, end) = (range.start().0, range.end().0);
        let pages = if start < end { start / self.size()..end.div_ceil(self.size()) } else { 0..0 };
        for pfn in pages.clone() {
            match self.get(pfn) {
                None => return Err(ReserveError::OutsideMemory(Pfn(pfn))),
                Some(page) if page.released => return Err(ReserveError::Released(Pfn(pfn))),
                _ => {}
            }
        }
        if let Some(busy) = pages.clone().find(|&pfn| self.get(pfn).unwrap().reserved)
            && exclusive == Exclusive::Yes
        {
            return Err(ReserveError::Busy(PhysAddr((busy * self.size()).max(start))));
        }
        self.take(pages.clone());
        Ok(pages)
    }

    /// Returns the pages that were freed.
    pub(crate) fn free(&mut self, range: AddrRange) -> Result<std::ops::Range<u64>, FreeError> {
        let pages = range.start().0.div_ceil(self.size())..range.end().0 / self.size();
        for pfn in pages.clone() {
            match self.get(pfn) {
                None => return Err(FreeError::OutsideMemory(Pfn(pfn))),
                Some(page) if page.released => return Err(FreeError::Released(Pfn(pfn))),
                _ => {}
            }
        }
        if let Some(free) = pages.clone().find(|&pfn| !self.get(pfn).unwrap().reserved) {
            return Err(FreeError::AlreadyFree(Pfn(free)));
        }
        pages.clone().for_each(|pfn| self.get_mut(pfn).reserved = false);
        Ok(pages)
    }

    pub(crate) fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        let size = self.size();
        let inside = |range: AddrRange| range.start().0.div_ceil(size)..range.end().0 / size;
        let touched = |range: AddrRange| range.start().0 / size..range.end().0.div_ceil(size);
        let (pages, range) = match change {
            MapChange::Add(piece) => (inside(piece.range), piece.range),
            MapChange::ClearFlags(range, _) => (inside(range), range),
            MapChange::Remove(range) | MapChange::SetFlags(range, _) | MapChange::SetNode(range, _) => {
                (touched(range), range)
            }
        };
        if range.is_empty() {
            return Ok(());
        }
        let known: Vec<u64> = pages.filter(|&pfn| self.get(pfn).is_some()).collect();
        if let Some(released) = known.iter().find(|&&pfn| self.get(pfn).unwrap().released) {
            return Err(ChangeError::Released(Pfn(*released)));
        }
        for pfn in known {
            let page = self.get_mut(pfn);
            match change {
                MapChange::Add(piece) if !page.present => {
                    (page.present, page.flags) = (true, piece.flags.0);
                }
                MapChange::Remove(_) => page.present = false,
                MapChange::SetFlags(_, flags) => page.flags |= flags.0,
                MapChange::ClearFlags(_, flags) => page.flags &= !flags.0,
                _ => {}
            }
        }
        Ok(())
    }

    /// Blocks of order 6, or of the largest order, where they are whole, else single pages.
    pub(crate) fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        if !self.machine.nids().contains(&nid) {
            return Err(ReleaseError::UnknownNode(nid));
        }
        if self.released.contains(&nid) {
            return Err(ReleaseError::AlreadyReleased(nid));
        }
        let order = self.machine.max_order.min(6);
        let chunk = 1 << order;
        let (mut pfn, mut count) = (0, 0);
        while pfn < self.all.len() as u64 {
            if pfn % chunk == 0 && (pfn..pfn + chunk).all(|pfn| self.is_free(pfn, Some(nid))) {
                sink.block(Pfn(pfn), Order(order));
                count += chunk;
                pfn += chunk;
            } else {
                if self.is_free(pfn, Some(nid)) {
                    sink.block(Pfn(pfn), Order(0));
                    count += 1;
                }
                pfn += 1;
            }
        }
        Ok(PageCount(count))
    }

    pub(crate) fn retire(&mut self, nid: Nid) {
        self.released.push(nid);
        self.all.iter_mut().flatten().filter(|page| page.nid == nid).for_each(|page| page.released = true);
    }

    pub(crate) fn for_each(&self, listed: impl Fn(u64) -> bool, visit: &mut dyn FnMut(AddrRange)) {
        let mut start = None;
        for pfn in 0..=self.all.len() as u64 {
            match (start, pfn < self.all.len() as u64 && listed(pfn)) {
                (None, true) => start = Some(pfn),
                (Some(first), false) => {
                    visit(crate::machine::bytes(first * self.size(), pfn * self.size()));
                    start = None;
                }
                _ => {}
            }
        }
    }

    pub(crate) fn is_reserved(&self, pfn: u64) -> bool {
        self.get(pfn).is_some_and(|page| page.reserved)
    }
}

/// The methods of the contract that are the same for every model with pages.
macro_rules! by_page {
    () => {
        fn change(&mut self, change: allocators::MapChange) -> Result<(), allocators::ChangeError> {
            self.pages.change(change)
        }

        fn nids(&self) -> &allocators::NodeSet {
            &self.pages.nids
        }

        fn hand_over(
            &self,
            nid: allocators::Nid,
            sink: &mut dyn allocators::BlockSink,
        ) -> Result<allocators::PageCount, allocators::ReleaseError> {
            self.pages.hand_over(nid, sink)
        }

        fn retire(&mut self, nid: allocators::Nid) {
            self.pages.retire(nid);
        }

        fn for_each_free(&self, visit: &mut dyn FnMut(allocators::AddrRange)) {
            self.pages.for_each(|pfn| self.pages.is_free(pfn, None), visit);
        }

        fn for_each_reserved(&self, visit: &mut dyn FnMut(allocators::AddrRange)) {
            self.pages.for_each(|pfn| self.pages.is_reserved(pfn), visit);
        }

        fn metadata_bytes(&self) -> usize {
            0
        }
    };
}
pub(crate) use by_page;
