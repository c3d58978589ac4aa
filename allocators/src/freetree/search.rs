//! Looking for a gap that holds a block, from the top or from the bottom.
//!
//! In a leaf, only the entries are looked at whose gaps may hold the block; from one that holds nothing the way leads up to the
//! first node with a child that may, and down again. What a leaf turned out not to hold is told to those above it.

use super::node::{Entry, Gap, UNIT, len};
use super::tree::{Path, Tree};
use crate::{AddrRange, PhysAddr};

/// What came of looking into a gap.
pub(super) enum Tried {
    /// The block begins here.
    Fits(PhysAddr),
    /// There is no block. If all of the gap was looked into, whatever memory it is, this is what it has at most.
    TooSmall(Option<Gap>),
}

/// The room that a gap must have for a block.
#[inline]
pub(super) fn least_room(size: u64, align: u64) -> u64 {
    // A gap has at most so many bytes before a multiple of the unit.
    if align >= UNIT { size } else { size.saturating_sub(UNIT - 1) }
}

/// What came of walking through a leaf.
enum Walked {
    /// A block was found in the gap below the entry at this place.
    Found(PhysAddr, (u64, usize)),
    /// The other end of what is searched was reached.
    Over,
    /// The leaf's end was reached.
    Out,
}

/// Where a block begins, and the place of the entry above its gap.
type Found = Option<(PhysAddr, (u64, usize))>;

impl<const L: usize, const F: usize> Tree<'_, L, F> {
    /// Offers the gaps in `within` that may hold what is wanted, descending, until one does.
    pub(super) fn find_down(
        &mut self,
        within: AddrRange,
        wanted: Gap,
        look: &mut impl FnMut(AddrRange, bool) -> Tried,
    ) -> Found {
        if within.is_empty() {
            return None;
        }
        let topmost = PhysAddr(within.end().0 - 1);
        let mut path = self.seek(topmost);
        if let Some(place) = self.at(&path).filter(|&(leaf, _)| leaf != path.leaf) {
            path = self.way_to(self.entry(place).region.start);
        }
        let mut end = path.at + 1;
        loop {
            match self.walk_down(path.leaf, end, within, wanted, look) {
                Walked::Found(block, place) => return Some((block, place)),
                Walked::Over => return None,
                Walked::Out => {}
            }
            self.tighten(&path);
            path = self.aside::<false>(&path, wanted)?;
            let entries = self.leaves.get(path.leaf).entries();
            if entries.last().is_some_and(|entry| entry.region.end <= within.start()) {
                return None;
            }
            end = entries.len();
        }
    }

    /// Walks down through a leaf from the entry before `end`.
    #[inline]
    fn walk_down(
        &mut self,
        leaf: u64,
        end: usize,
        within: AddrRange,
        wanted: Gap,
        look: &mut impl FnMut(AddrRange, bool) -> Tried,
    ) -> Walked {
        let node = self.leaves.get(leaf);
        let entries = node.entries();
        // The gaps of those that begin lower are outside.
        let from = match entries.first() {
            Some(lowest) if lowest.region.start <= within.start() => {
                entries.partition_point(|entry| entry.region.start <= within.start())
            }
            _ => 0,
        };
        let mut roomy = node.roomy(from, end, wanted.room);
        while roomy != 0 {
            let at = 63 - len(u64::from(roomy.leading_zeros()));
            roomy ^= 1 << at;
            if let Some(found) = self.try_at((leaf, at), within, wanted, look) {
                return found;
            }
        }
        if from > 0 { Walked::Over } else { Walked::Out }
    }

    /// Looks into the gap below an entry, if that may hold what is wanted.
    #[inline]
    fn try_at(
        &mut self,
        place: (u64, usize),
        within: AddrRange,
        wanted: Gap,
        look: &mut impl FnMut(AddrRange, bool) -> Tried,
    ) -> Option<Walked> {
        let Entry { region, gap } = *self.entry(place);
        if !gap.may_hold(wanted) {
            return None;
        }
        let bytes = AddrRange::clamped(self.end_below(place), region.start);
        match look(bytes.intersection(within), within.covers(bytes)) {
            Tried::Fits(block) => return Some(Walked::Found(block, place)),
            Tried::TooSmall(Some(seen)) => self.narrow(place, gap.meet(seen)),
            Tried::TooSmall(None) => {}
        }
        None
    }

    /// The same as [`find_down`](Self::find_down), ascending.
    pub(super) fn find_up(
        &mut self,
        within: AddrRange,
        wanted: Gap,
        look: &mut impl FnMut(AddrRange, bool) -> Tried,
    ) -> Found {
        if within.is_empty() {
            return None;
        }
        let mut path = self.seek(within.start());
        loop {
            match self.walk_up(path.leaf, path.at, within, wanted, look) {
                Walked::Found(block, place) => return Some((block, place)),
                Walked::Over => return None,
                Walked::Out if self.depth == 0 => return None,
                Walked::Out => {}
            }
            self.tighten(&path);
            path = self.aside::<true>(&path, wanted)?;
            path.at = 0;
        }
    }

    /// Walks up through a leaf from the entry at `from`.
    fn walk_up(
        &mut self,
        leaf: u64,
        from: usize,
        within: AddrRange,
        wanted: Gap,
        look: &mut impl FnMut(AddrRange, bool) -> Tried,
    ) -> Walked {
        let node = self.leaves.get(leaf);
        // From the first that ends at or above the end on, the gaps of the others are outside.
        let last = node.entries().partition_point(|entry| entry.region.end < within.end());
        let over = last < len(node.len);
        let mut roomy = node.roomy(from, (last + 1).min(len(node.len)), wanted.room);
        while roomy != 0 {
            let at = len(u64::from(roomy.trailing_zeros()));
            roomy &= roomy - 1;
            if let Some(found) = self.try_at((leaf, at), within, wanted, look) {
                return found;
            }
        }
        if over { Walked::Over } else { Walked::Out }
    }

    /// The way to the next leaf that may hold what is wanted, above or below that at the end of `path`.
    fn aside<const UP: bool>(&self, path: &Path, wanted: Gap) -> Option<Path> {
        let mut path = *path;
        let mut level = self.depth;
        // Of a node that is entered from above, all children count: so many are before the place where it is entered.
        let mut entered = None;
        while level > 0 {
            let (node, at) = path.inner[level - 1];
            let children = self.inners.get(node).children();
            let found = if UP {
                let from = entered.take().unwrap_or(at + 1).min(children.len());
                children[from..].iter().position(|child| child.gap.may_hold(wanted)).map(|more| from + more)
            } else {
                children[..entered.take().unwrap_or(at)].iter().rposition(|child| child.gap.may_hold(wanted))
            };
            let Some(at) = found else {
                level -= 1;
                continue;
            };
            path.inner[level - 1].1 = at;
            let below = children[at].node;
            if level == self.depth {
                path.leaf = below;
                return Some(path);
            }
            path.inner[level].0 = below;
            entered = Some(if UP { 0 } else { len(self.inners.get(below).len) });
            level += 1;
        }
        None
    }
}
