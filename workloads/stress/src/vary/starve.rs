//! Free memory in awkward places only.
//!
//! ```text
//! memory     000000000000000000   11111111
//! reserved   x.xxxxxxxx..xxxxxx   .xxxxxx.     holes of a few pages, at edges and off page boundaries
//! ```

use allocators::{AddrRange, PhysAddr};
use workloads::replay::Step;

use crate::Scenario;
use crate::dice::Dice;

pub(super) fn starve(new: &mut Scenario, dice: &mut Dice) {
    if !dice.one_in(3) {
        return;
    }
    let page = new.page.bytes();
    let pieces: Vec<AddrRange> = new.memory.iter().map(|piece| piece.range).collect();
    for piece in pieces {
        let mut at = piece.start().0;
        for _ in 0..dice.below(3) {
            let skip =
                dice.pick(&[0, page, 8 * page, piece.size() / 2, piece.size().saturating_sub(2 * page)]);
            let ragged = dice.pick(&[0, 0, 64, page / 2]);
            let hole = at.saturating_add(skip).saturating_add(ragged).min(piece.end().0);
            reserve(new, at, hole);
            at = (hole + page * dice.within(1, 5)).min(piece.end().0);
        }
        // Some pieces stay open at their end.
        if !dice.one_in(4) {
            reserve(new, at, piece.end().0);
        }
    }
}

fn reserve(new: &mut Scenario, start: u64, end: u64) {
    if start < end {
        new.steps.push(Step::Reserve(AddrRange::clamped(PhysAddr(start), PhysAddr(end))));
    }
}
