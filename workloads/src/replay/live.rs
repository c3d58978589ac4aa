//! Who owns which addresses in the recorded boot.

use allocators::{AddrRange, PhysAddr};
use rangemap::RangeMap;

use super::program::{Part, Piece, Slot};

/// The owner of a byte that is in use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Owner {
    /// A reservation of these very addresses.
    Fixed,
    /// An allocation, of which this is where the kernel put it.
    Block(Slot, PhysAddr),
}

/// The bytes in use, with their owners.
#[derive(Default)]
pub(super) struct Live(RangeMap<u64, Owner>);

impl Live {
    pub(super) fn reserve(&mut self, range: AddrRange) {
        let gaps: Vec<_> = self.0.gaps(&bytes(range)).collect();
        for gap in gaps {
            self.0.insert(gap, Owner::Fixed);
        }
    }

    pub(super) fn allocate(&mut self, range: AddrRange, slot: Slot) {
        if !range.is_empty() {
            self.0.insert(bytes(range), Owner::Block(slot, range.start()));
        }
    }

    pub(super) fn free(&mut self, range: AddrRange) {
        if !range.is_empty() {
            self.0.remove(bytes(range));
        }
    }

    /// `range` in pieces, ascending: parts of blocks, and between them what means itself.
    pub(super) fn pieces(&self, range: AddrRange) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut at = range.start();
        let absolute = |from, to| (from < to).then(|| Piece::Absolute(AddrRange::clamped(from, to)));
        if range.is_empty() {
            return vec![Piece::Absolute(range)];
        }
        for (part, owner) in self.0.overlapping(&bytes(range)) {
            let Owner::Block(slot, base) = *owner else { continue };
            let start = PhysAddr(part.start).max(range.start());
            let end = PhysAddr(part.end).min(range.end());
            pieces.extend(absolute(at, start));
            pieces.push(Piece::Block(Part { slot, offset: start.0 - base.0, size: end.0 - start.0 }));
            at = end;
        }
        pieces.extend(absolute(at, range.end()));
        pieces
    }
}

fn bytes(range: AddrRange) -> std::ops::Range<u64> {
    range.start().0..range.end().0
}
