//! Where something begins or ends: the addresses at which code goes wrong.

use allocators::{AddrRange, Nid, PhysAddr};
use workloads::replay::Step;

use crate::Scenario;
use crate::dice::Dice;

/// The edges of a machine and of its boot so far.
pub(super) struct Edges {
    points: Vec<u64>,
    page: u64,
    nids: Vec<Nid>,
}

impl Edges {
    pub(super) fn of(new: &Scenario) -> Self {
        let ranges = new.memory.iter().map(|piece| piece.range).chain(new.reserved.iter().copied());
        let steps = new.steps.iter().filter_map(|step| match step {
            Step::Reserve(range) | Step::Free(range) => Some(*range),
            _ => None,
        });
        let mut points: Vec<u64> =
            ranges.chain(steps).flat_map(|range| [range.start().0, range.end().0]).collect();
        if points.is_empty() {
            points.push(0);
        }
        let nids = new.nids().into_iter().chain(new.memoryless.iter().copied()).collect();
        Self { points, page: new.page.bytes(), nids }
    }

    /// The nodes, those without memory included.
    pub(super) fn nids(&self) -> &[Nid] {
        &self.nids
    }

    /// An edge.
    pub(super) fn at(&self, dice: &mut Dice) -> u64 {
        dice.pick(&self.points)
    }

    /// An edge, or an address beside it.
    pub(super) fn near(&self, dice: &mut Dice) -> u64 {
        let at = self.at(dice);
        let by = dice.pick(&[0, 0, 0, 1, 8, 64, self.page, 3 * self.page]);
        if dice.one_in(2) { at.saturating_add(by) } else { at.saturating_sub(by) }
    }

    /// The pages that a range touches.
    pub(super) fn whole_pages(&self, range: AddrRange) -> AddrRange {
        let (start, end) = (range.start().0 & !(self.page - 1), range.end().0.saturating_add(self.page - 1));
        AddrRange::clamped(PhysAddr(start), PhysAddr(end & !(self.page - 1)))
    }

    /// A range from near one edge, to near another or a few pages further; never empty.
    pub(super) fn range(&self, dice: &mut Dice) -> AddrRange {
        let start = self.near(dice);
        let end = if dice.one_in(3) { self.near(dice) } else { start.saturating_add(size(self.page, dice)) };
        let (start, end) = if start <= end { (start, end) } else { (end, start) };
        AddrRange::clamped(PhysAddr(start), PhysAddr(end.max(start.saturating_add(1))))
    }
}

/// A size: small, about a page, a few pages, or far too much.
pub(super) fn size(page: u64, dice: &mut Dice) -> u64 {
    match dice.below(12) {
        0 => 1,
        1 => dice.within(1, 200),
        2 => page - 1,
        3 => page + 1,
        4 => page / 2,
        5..8 => page,
        8 | 9 => page * dice.within(1, 8),
        10 => page * dice.within(8, 200),
        _ => page * dice.within(1, 4) + dice.below(page),
    }
}
