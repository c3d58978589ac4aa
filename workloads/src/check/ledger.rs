//! Which bytes are memory, and which are in use: the checker's own account.

use allocators::{AddrRange, MapChange, MemFlags, MemoryRange, Nid, PageSize, PfnRange, PhysAddr};
use rangemap::{RangeMap, RangeSet};

use super::pages::WholePages;

/// The checker's account of a machine.
pub(super) struct Ledger {
    /// The same account by whole pages, where the strategy keeps no other.
    whole: Option<WholePages>,
    memory: RangeMap<u64, (Option<Nid>, MemFlags)>,
    reserved: RangeSet<u64>,
    blocks: RangeSet<u64>,
}

/// Why a range cannot be handed out.
pub(super) enum Taken {
    /// This part is no memory, or must not be touched.
    NotMemory(AddrRange),
    /// This part is in use.
    InUse(AddrRange),
}

impl Ledger {
    /// The memory that is there at the start; `whole_pages` says how large they are for strategies that know nothing smaller.
    pub(super) fn new(start: &[MemoryRange], whole_pages: Option<PageSize>) -> Self {
        let memory = start.iter().map(|piece| (bytes(piece.range), (piece.nid, piece.flags))).collect();
        let whole = whole_pages.map(|page| WholePages::new(start, page));
        Self { whole, memory, reserved: RangeSet::new(), blocks: RangeSet::new() }
    }

    pub(super) fn change(&mut self, change: &MapChange) {
        if let Some(whole) = &mut self.whole {
            whole.change(change);
        }
        match *change {
            MapChange::Add(piece) if !piece.range.is_empty() => {
                let gaps: Vec<_> = self.memory.gaps(&bytes(piece.range)).collect();
                for gap in gaps {
                    self.memory.insert(gap, (piece.nid, piece.flags));
                }
            }
            MapChange::Add(_) => {}
            MapChange::Remove(range) if range.is_empty() => {}
            MapChange::Remove(range) => self.memory.remove(bytes(range)),
            MapChange::SetNode(range, nid) => self.update(range, |(_, flags)| (nid, flags)),
            // Some flags are of reservations, and no matter of the memory under them.
            MapChange::SetFlags(range, set) => {
                let set = set.without(MemFlags::OF_RESERVED);
                self.update(range, |(nid, flags)| (nid, flags.with(set)));
            }
            MapChange::ClearFlags(range, clear) => {
                self.update(range, |(nid, flags)| (nid, flags.without(clear)));
            }
        }
    }

    fn update(&mut self, range: AddrRange, new: impl Fn((Option<Nid>, MemFlags)) -> (Option<Nid>, MemFlags)) {
        for (piece, known) in self.pieces(range) {
            self.memory.insert(bytes(piece), new(known));
        }
    }

    /// The memory in `range`, by node and flags.
    fn pieces(&self, range: AddrRange) -> Vec<(AddrRange, (Option<Nid>, MemFlags))> {
        if range.is_empty() {
            return Vec::new();
        }
        let inside = |piece: &std::ops::Range<u64>| range.intersection(of(piece));
        self.memory.overlapping(&bytes(range)).map(|(piece, known)| (inside(piece), *known)).collect()
    }

    /// Reserves `range`, and says whether it takes memory away from a block.
    pub(super) fn reserve(&mut self, range: AddrRange) -> bool {
        if range.is_empty() {
            return false;
        }
        let conflict = self.blocks.overlaps(&bytes(range));
        // The block's owner has lost those bytes: they are the reservation's from now on.
        self.blocks.remove(bytes(range));
        self.reserved.insert(bytes(range));
        conflict
    }

    pub(super) fn free(&mut self, range: AddrRange) {
        if !range.is_empty() {
            self.reserved.remove(bytes(range));
            self.blocks.remove(bytes(range));
        }
    }

    /// Takes `range` for a block, or says why it cannot be one.
    pub(super) fn allocate(&mut self, range: AddrRange) -> Result<(), Taken> {
        let mut usable = RangeSet::new();
        for (piece, (_, flags)) in self.pieces(range) {
            if !flags.untouchable() {
                usable.insert(bytes(piece));
            }
        }
        let result = if let Some(gap) = usable.gaps(&bytes(range)).next() {
            Err(Taken::NotMemory(of(&gap)))
        } else {
            self.in_use(range).map_or(Ok(()), |part| Err(Taken::InUse(part)))
        };
        self.blocks.insert(bytes(range));
        result
    }

    /// The first part of `range` that is in use.
    pub(super) fn in_use(&self, range: AddrRange) -> Option<AddrRange> {
        let first = |set: &RangeSet<u64>| set.overlapping(&bytes(range)).next().map(of);
        if range.is_empty() {
            return None;
        }
        [first(&self.reserved), first(&self.blocks)].into_iter().flatten().min()
    }

    /// The first part of `range` that is not scratch memory.
    pub(super) fn outside_scratch(&self, range: AddrRange) -> Option<AddrRange> {
        let scratch: RangeSet<u64> = self
            .pieces(range)
            .into_iter()
            .filter(|(_, (_, flags))| flags.has(MemFlags::KHO_SCRATCH))
            .map(|(piece, _)| bytes(piece))
            .collect();
        if range.is_empty() { None } else { scratch.gaps(&bytes(range)).next().map(|gap| of(&gap)) }
    }

    /// Whether all of `range` lies on `nid`.
    pub(super) fn is_on(&self, range: AddrRange, nid: Nid) -> bool {
        let here = |(piece, (on, _)): &(AddrRange, (Option<Nid>, MemFlags))| {
            if *on == Some(nid) { piece.size() } else { 0 }
        };
        self.pieces(range).iter().map(here).sum::<u64>() == range.size()
    }

    /// Whether all of `range` belongs to `nid` in the end: memory whose node was never learnt does where `map` says so.
    pub(super) fn belongs_to(&self, range: AddrRange, nid: Nid, map: &[MemoryRange]) -> bool {
        let by_map = |part: AddrRange| -> u64 {
            // The map ascends: a log that names no nodes at all has all of it here.
            let from = map.partition_point(|piece| piece.range.end() <= part.start());
            let met = map[from..].iter().take_while(|piece| piece.range.start() < part.end());
            met.filter(|piece| piece.nid == Some(nid))
                .map(|piece| piece.range.intersection(part).size())
                .sum()
        };
        let here = |(piece, (on, _)): &(AddrRange, (Option<Nid>, MemFlags))| match on {
            Some(on) if *on == nid => piece.size(),
            Some(_) => 0,
            None => by_map(*piece),
        };
        self.pieces(range).iter().map(here).sum::<u64>() == range.size()
    }

    /// The whole pages of memory that may be handed out.
    pub(super) fn usable_pages(&self, page: PageSize) -> Vec<PfnRange> {
        let usable = self.memory.iter().filter(|(_, (_, flags))| !flags.untouchable());
        usable.map(|(piece, _)| of(piece).pages_inside(page)).filter(|pages| !pages.is_empty()).collect()
    }

    /// Those of `pages` that the strategy must release or list as reserved: all, unless changes of the map cut pages in parts
    /// that a strategy of whole pages cannot put together again.
    pub(super) fn accountable(&self, pages: PfnRange) -> Vec<PfnRange> {
        self.whole.as_ref().map_or_else(|| vec![pages], |whole| whole.usable(pages))
    }

    /// The bytes of usable memory that are in use.
    pub(super) fn bytes_in_use(&self) -> u64 {
        let mut used = self.reserved.clone();
        used.extend(self.blocks.iter().cloned());
        used.iter()
            .flat_map(|range| self.pieces(of(range)))
            .filter(|(_, (_, flags))| !flags.untouchable())
            .map(|(piece, _)| piece.size())
            .sum()
    }
}

fn bytes(range: AddrRange) -> std::ops::Range<u64> {
    range.start().0..range.end().0
}

fn of(range: &std::ops::Range<u64>) -> AddrRange {
    AddrRange::clamped(PhysAddr(range.start), PhysAddr(range.end))
}
