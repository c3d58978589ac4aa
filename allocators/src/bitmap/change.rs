//! The memory map changes while the allocator runs.
//!
//! A bitmap has no bits for memory that it was not built for, but of that it knows exactly what may be handed out: a
//! change cuts pieces and marks them. The bits say what is reserved, whether the memory is there or not.

use super::pieces::{ABSENT, Piece, Pieces, RELEASED};
use crate::{ChangeError, MapChange, MemoryMap, Pfn, PfnRange};

impl Pieces<'_> {
    /// Takes note of `change`.
    ///
    /// What is added counts from its first whole page to its last, what is taken away or flagged with each page that it
    /// touches. Nodes were known from the start.
    pub(crate) fn change(&mut self, map: &MemoryMap<'_>, change: MapChange) -> Result<(), ChangeError> {
        let page = map.page();
        match change {
            MapChange::Add(new) => {
                if let Some(outside) = map.first_outside(new.range) {
                    return Err(ChangeError::OutsideMemory(page.pfn_down(outside)));
                }
                self.update(new.range.pages_inside(page), |piece| {
                    if piece.state & ABSENT != 0 {
                        *piece = Piece { node: piece.node, ..Piece::new(piece.pages(), new.flags, 0) };
                    }
                })
            }
            MapChange::Remove(range) => self.update(range.pages_touched(page), |piece| piece.state |= ABSENT),
            MapChange::SetFlags(range, flags) => self.update(range.pages_touched(page), |piece| {
                *piece = Piece {
                    node: piece.node,
                    ..Piece::new(piece.pages(), piece.flags.with(flags), piece.state)
                };
            }),
            MapChange::ClearFlags(range, flags) => {
                self.update(range.pages_inside(page), |piece| piece.flags = piece.flags.without(flags))
            }
            MapChange::SetNode(..) => Ok(()),
        }
    }

    /// Changes what of `pages` is memory.
    fn update(&mut self, pages: PfnRange, change: impl Fn(&mut Piece)) -> Result<(), ChangeError> {
        if pages.is_empty() {
            return Ok(());
        }
        if let Some(piece) = self.meeting(pages).find(|piece| piece.state & RELEASED != 0) {
            return Err(ChangeError::Released(piece.start.max(pages.start())));
        }
        let cuts = [pages.start(), pages.end()].map(|at| self.cut_by(at));
        if self.len + cuts.iter().flatten().count() > self.table.len() {
            return Err(ChangeError::MetadataFull);
        }
        for at in [pages.start(), pages.end()] {
            if let Some(place) = self.cut_by(at) {
                self.table.copy_within(place..self.len, place + 1);
                self.len += 1;
                self.table[place].end = at;
                self.table[place + 1].start = at;
            }
        }
        for piece in self.table[..self.len].iter_mut().filter(|piece| pages.covers(piece.pages())) {
            change(piece);
        }
        self.tidy();
        Ok(())
    }

    /// The place of the piece that `at` cuts in two, if any.
    fn cut_by(&self, at: Pfn) -> Option<usize> {
        let place = self.all().partition_point(|piece| piece.end <= at);
        (self.all().get(place)?.start < at).then_some(place)
    }

    /// Joins pieces that no longer differ.
    pub(super) fn tidy(&mut self) {
        let mut kept = 0;
        for place in 1..self.len {
            let next = self.table[place];
            if !self.table[kept].absorb(&next) {
                kept += 1;
                self.table[kept] = next;
            }
        }
        self.len = self.len.min(kept + 1);
        self.all_usable = self.all().iter().all(Piece::is_usable);
    }
}
