//! Which pages a strategy can hand out that knows no part of a page.

use allocators::{AddrRange, MapChange, MemFlags, MemoryRange, PageSize, Pfn, PfnRange, PhysAddr};
use rangemap::RangeMap;

/// The memory map by whole pages: of a page it is known whether it is there and which flags forbid its use, not of which
/// bytes. What is taken away or flagged counts with each page that it touches; what is added or cleared counts only from
/// its first whole page to its last. So a page that comes back in two halves stays out of use, as one does that is freed in
/// two halves.
pub(super) struct WholePages {
    page: PageSize,
    /// Those that are there, with those of their flags that forbid their use.
    there: RangeMap<u64, MemFlags>,
}

impl WholePages {
    pub(super) fn new(start: &[MemoryRange], page: PageSize) -> Self {
        // Pieces that touch share a page if neither forbids its use, or both do alike.
        let bytes = |piece: &MemoryRange| piece.range.start().0..piece.range.end().0;
        let pieces: RangeMap<u64, MemFlags> =
            start.iter().map(|piece| (bytes(piece), forbidding(piece.flags))).collect();
        let mut there = RangeMap::new();
        for (piece, flags) in pieces.iter() {
            let piece = AddrRange::clamped(PhysAddr(piece.start), PhysAddr(piece.end));
            if let Some(pages) = some(piece.pages_inside(page)) {
                there.insert(pages, *flags);
            }
        }
        Self { page, there }
    }

    pub(super) fn change(&mut self, change: &MapChange) {
        match *change {
            MapChange::Add(piece) => {
                let Some(pages) = some(piece.range.pages_inside(self.page)) else { return };
                let gaps: Vec<_> = self.there.gaps(&pages).collect();
                for gap in gaps {
                    self.there.insert(gap, forbidding(piece.flags));
                }
            }
            MapChange::Remove(range) => {
                if let Some(pages) = some(range.pages_touched(self.page)) {
                    self.there.remove(pages);
                }
            }
            MapChange::SetFlags(range, set) => {
                self.update(range.pages_touched(self.page), |flags| flags.with(forbidding(set)));
            }
            MapChange::ClearFlags(range, clear) => {
                self.update(range.pages_inside(self.page), |flags| flags.without(clear));
            }
            MapChange::SetNode(..) => {}
        }
    }

    fn update(&mut self, pages: PfnRange, new: impl Fn(MemFlags) -> MemFlags) {
        for (part, flags) in self.parts(pages) {
            self.there.insert(part.start().0..part.end().0, new(flags));
        }
    }

    fn parts(&self, pages: PfnRange) -> Vec<(PfnRange, MemFlags)> {
        let Some(wanted) = some(pages) else { return Vec::new() };
        let met = self.there.overlapping(&wanted);
        met.map(|(part, flags)| {
            (PfnRange::clamped(Pfn(part.start), Pfn(part.end)).intersection(pages), *flags)
        })
        .collect()
    }

    /// Those of `pages` that may be handed out.
    pub(super) fn usable(&self, pages: PfnRange) -> Vec<PfnRange> {
        let parts = self.parts(pages).into_iter();
        parts.filter(|(_, flags)| !flags.untouchable()).map(|(part, _)| part).collect()
    }
}

/// Those of `flags` that make memory [untouchable](MemFlags::untouchable), one by one.
fn forbidding(flags: MemFlags) -> MemFlags {
    let each = (0..u32::BITS).map(|bit| MemFlags(1 << bit));
    each.filter(|&flag| flags.has(flag) && flag.untouchable()).fold(MemFlags::NONE, MemFlags::with)
}

/// The numbers of `pages`, if there are any.
fn some(pages: PfnRange) -> Option<std::ops::Range<u64>> {
    (!pages.is_empty()).then(|| pages.start().0..pages.end().0)
}
