//! Looking for a gap that holds a block, from the top or from the bottom.
//!
//! The leaves are walked entry by entry; from one that holds nothing the way leads up to the first node with a child that may
//! hold something, and down again. What a leaf turned out not to hold is told to those above it.

use super::node::{Entry, UNIT, len};
use super::tree::{Path, Tree, position};
use crate::{AddrRange, PhysAddr};

/// What came of looking into a gap.
pub(super) enum Tried {
    /// The block begins here.
    Fits(PhysAddr),
    /// There is no block. If all of the gap was looked into, whatever memory it is, it has so much room at most.
    TooSmall(Option<u64>),
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
    /// Offers the gaps in `within` that may hold a block, descending, until one does.
    #[inline]
    pub(super) fn find_down(
        &mut self,
        within: AddrRange,
        least: u64,
        look: &mut impl FnMut(AddrRange, bool) -> Tried,
    ) -> Found {
        if within.is_empty() {
            return None;
        }
        let topmost = PhysAddr(within.end().0 - 1);
        if self.depth > 0 {
            return self.find_down_far(topmost, within, least, look);
        }
        let entries = self.leaves.get(self.root).entries();
        // The last entry is at the end of the address space.
        let above = entries.len() - 1;
        let at = if within.end() == PhysAddr(u64::MAX) { above } else { position(entries, topmost) };
        match self.walk_down(self.root, at + 1, within, least, look) {
            Walked::Found(block, place) => Some((block, place)),
            Walked::Over | Walked::Out => None,
        }
    }

    /// The same from leaf to leaf.
    fn find_down_far(
        &mut self,
        topmost: PhysAddr,
        within: AddrRange,
        least: u64,
        look: &mut impl FnMut(AddrRange, bool) -> Tried,
    ) -> Found {
        let mut path = self.seek(topmost);
        if let Some(place) = self.at(&path).filter(|&(leaf, _)| leaf != path.leaf) {
            path = self.way_to(self.entry(place).region.start);
        }
        let mut end = path.at + 1;
        loop {
            match self.walk_down(path.leaf, end, within, least, look) {
                Walked::Found(block, place) => return Some((block, place)),
                Walked::Over => return None,
                Walked::Out => {}
            }
            self.tighten(&path);
            path = self.aside::<false>(&path, least)?;
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
        least: u64,
        look: &mut impl FnMut(AddrRange, bool) -> Tried,
    ) -> Walked {
        let mut end = end;
        loop {
            let entries = &self.leaves.get(leaf).entries()[..end];
            let stops = |entry: &Entry| entry.room >= least || entry.region.start <= within.start();
            let Some(at) = entries.iter().rposition(stops) else { return Walked::Out };
            let Entry { region, room } = entries[at];
            if room >= least {
                let below = if at > 0 { entries[at - 1].region.end } else { self.end_below((leaf, 0)) };
                let gap = AddrRange::clamped(below, region.start);
                match look(gap.intersection(within), within.covers(gap)) {
                    Tried::Fits(block) => return Walked::Found(block, (leaf, at)),
                    Tried::TooSmall(Some(most)) => self.entry_mut((leaf, at)).room = room.min(most),
                    Tried::TooSmall(None) => {}
                }
            }
            if region.start <= within.start() {
                return Walked::Over;
            }
            end = at;
        }
    }

    /// The same as [`find_down`](Self::find_down), ascending.
    pub(super) fn find_up(
        &mut self,
        within: AddrRange,
        least: u64,
        look: &mut impl FnMut(AddrRange, bool) -> Tried,
    ) -> Found {
        if within.is_empty() {
            return None;
        }
        let mut path = self.seek(within.start());
        loop {
            match self.walk_up(path.leaf, path.at, within, least, look) {
                Walked::Found(block, place) => return Some((block, place)),
                Walked::Over => return None,
                Walked::Out if self.depth == 0 => return None,
                Walked::Out => {}
            }
            self.tighten(&path);
            path = self.aside::<true>(&path, least)?;
            path.at = 0;
        }
    }

    /// Walks up through a leaf from the entry at `from`.
    fn walk_up(
        &mut self,
        leaf: u64,
        from: usize,
        within: AddrRange,
        least: u64,
        look: &mut impl FnMut(AddrRange, bool) -> Tried,
    ) -> Walked {
        for at in from..len(self.leaves.get(leaf).len) {
            let Entry { region, room } = *self.entry((leaf, at));
            let below = self.end_below((leaf, at));
            if below >= within.end() {
                return Walked::Over;
            }
            if room >= least {
                let gap = AddrRange::clamped(below, region.start);
                match look(gap.intersection(within), within.covers(gap)) {
                    Tried::Fits(block) => return Walked::Found(block, (leaf, at)),
                    Tried::TooSmall(Some(most)) => self.entry_mut((leaf, at)).room = room.min(most),
                    Tried::TooSmall(None) => {}
                }
            }
        }
        Walked::Out
    }

    /// The way to the next leaf that may have `least` room, above or below that at the end of `path`.
    fn aside<const UP: bool>(&self, path: &Path, least: u64) -> Option<Path> {
        let mut path = *path;
        let mut level = self.depth;
        // Of a node that is entered from above, all children count: so many are before the place where it is entered.
        let mut entered = None;
        while level > 0 {
            let (node, at) = path.inner[level - 1];
            let children = self.inners.get(node).children();
            let found = if UP {
                let from = entered.take().unwrap_or(at + 1).min(children.len());
                children[from..].iter().position(|child| child.room >= least).map(|more| from + more)
            } else {
                children[..entered.take().unwrap_or(at)].iter().rposition(|child| child.room >= least)
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
