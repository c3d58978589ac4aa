//! A set of addresses.

use allocators::AddrRange;

/// A set of addresses, as ascending ranges that neither overlap nor touch.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ranges(Vec<AddrRange>);

impl Ranges {
    /// The ranges, ascending.
    #[must_use]
    pub fn as_slice(&self) -> &[AddrRange] {
        &self.0
    }

    /// The ranges, ascending.
    pub fn iter(&self) -> impl Iterator<Item = AddrRange> + '_ {
        self.0.iter().copied()
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts `range` in, whatever of it is in already.
    pub fn insert(&mut self, range: AddrRange) {
        if range.is_empty() {
            return;
        }
        let from = self.0.partition_point(|piece| piece.end() < range.start());
        let to = self.0.partition_point(|piece| piece.start() <= range.end());
        let touched = &self.0[from..to];
        let start = touched.first().map_or(range.start(), |piece| piece.start().min(range.start()));
        let end = touched.last().map_or(range.end(), |piece| piece.end().max(range.end()));
        self.0.splice(from..to, [AddrRange::clamped(start, end)]);
    }

    /// Takes `range` out, whatever of it is in.
    pub fn remove(&mut self, range: AddrRange) {
        if range.is_empty() {
            return;
        }
        let (from, to) = self.overlapping(range);
        if from >= to {
            return;
        }
        let left = AddrRange::clamped(self.0[from].start(), range.start());
        let right = AddrRange::clamped(range.end(), self.0[to - 1].end());
        self.0.splice(from..to, [left, right].into_iter().filter(|piece| !piece.is_empty()));
    }

    /// What of this set is not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        other.iter().for_each(|range| rest.remove(range));
        rest
    }

    /// Whether all of `range` is in it.
    #[must_use]
    pub fn covers(&self, range: AddrRange) -> bool {
        let (from, _) = self.overlapping(range);
        range.is_empty() || self.0.get(from).is_some_and(|piece| piece.covers(range))
    }

    /// The first and the last but one of the ranges that meet `range`.
    fn overlapping(&self, range: AddrRange) -> (usize, usize) {
        let from = self.0.partition_point(|piece| piece.end() <= range.start());
        let to = self.0.partition_point(|piece| piece.start() < range.end());
        (from, to.max(from))
    }

    /// What of `window` is not in the set, from either end: the gaps between its ranges.
    #[must_use]
    pub fn gaps(&self, window: AddrRange) -> impl DoubleEndedIterator<Item = AddrRange> + '_ {
        let (first, last) = self.overlapping(window);
        let gap = move |at: usize| {
            let start = if at == first { window.start() } else { self.0[at - 1].end() };
            let end = if at == last { window.end() } else { self.0[at].start() };
            AddrRange::clamped(start.max(window.start()), end.min(window.end()))
        };
        (first..=last).map(gap).filter(|gap| !gap.is_empty())
    }
}

impl FromIterator<AddrRange> for Ranges {
    fn from_iter<I: IntoIterator<Item = AddrRange>>(ranges: I) -> Self {
        let mut set = Self::default();
        ranges.into_iter().for_each(|range| set.insert(range));
        set
    }
}

/// What of `range` is not in `hole`: up to two pieces.
pub fn without(range: AddrRange, hole: AddrRange) -> impl Iterator<Item = AddrRange> + use<> {
    let left = AddrRange::clamped(range.start(), range.end().min(hole.start()));
    let right = AddrRange::clamped(range.start().max(hole.end()), range.end());
    let apart = hole.is_empty() || !range.overlaps(hole);
    let pieces = if apart { [range, AddrRange::default()] } else { [left, right] };
    pieces.into_iter().filter(|piece| !piece.is_empty())
}

#[cfg(test)]
mod tests {
    use allocators::PhysAddr;

    use super::*;

    fn range(start: u64, end: u64) -> AddrRange {
        AddrRange::clamped(PhysAddr(start), PhysAddr(end))
    }

    /// ```text
    /// 0   2   4   6   8
    /// |xxx|   |xxx|   |     put in
    ///       |xx|            taken out
    /// ```
    #[test]
    fn a_set_is_what_was_put_in_and_not_taken_out() {
        let mut set: Ranges = [range(4, 6), range(0, 2)].into_iter().collect();
        set.remove(range(3, 5));
        assert_eq!(set.as_slice(), [range(0, 2), range(5, 6)]);
        assert_eq!(set.gaps(range(1, 8)).collect::<Vec<_>>(), [range(2, 5), range(6, 8)]);
        assert_eq!(set.gaps(range(1, 8)).next_back(), Some(range(6, 8)));
        assert!(set.covers(range(0, 1)) && !set.covers(range(1, 3)));
        set.insert(range(2, 5));
        assert_eq!(set.as_slice(), [range(0, 6)]);
        assert_eq!(set.without(&[range(1, 2)].into_iter().collect()).as_slice(), [range(0, 1), range(2, 6)]);
    }
}
