//! Looking for a gap that holds a block, from the top or from the bottom.
//!
//! The leaves are walked entry by entry; from one that holds nothing the way leads up to the first node with a child that may
//! hold something, and down again. What a leaf turned out not to hold is told to those above it.

use super::node::{Entry, UNIT, len};
use super::tree::{Path, Tree};
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

impl<const L: usize, const F: usize> Tree<'_, L, F> {
    /// Offers the gaps in `within` that may hold a block, descending, until one does.
    #[inline]
    pub(super) fn find_down(
        &mut self,
        within: AddrRange,
        least: u64,
        mut look: impl FnMut(AddrRange, bool) -> Tried,
    ) -> Option<PhysAddr> {
        if within.is_empty() {
            return None;
        }
        let mut path = self.seek(PhysAddr(within.end().0 - 1));
        if let Some((leaf, at)) = self.at(&path).filter(|&(leaf, _)| leaf != path.leaf) {
            path = self.way_to(self.entry((leaf, at)).region.start);
        }
        // One past the first to be looked at.
        path.at += 1;
        loop {
            while path.at > 0 {
                path.at -= 1;
                let place = (path.leaf, path.at);
                let Entry { region, room } = *self.entry(place);
                if room >= least {
                    let gap = AddrRange::clamped(self.end_below(place), region.start);
                    match look(gap.intersection(within), within.covers(gap)) {
                        Tried::Fits(block) => return Some(block),
                        Tried::TooSmall(Some(most)) => self.entry_mut(place).room = room.min(most),
                        Tried::TooSmall(None) => {}
                    }
                }
                if region.start <= within.start() {
                    return None;
                }
            }
            if self.depth == 0 {
                return None;
            }
            self.tighten(&path);
            path = self.aside::<false>(&path, least)?;
            if self.entry_at_end(&path).is_some_and(|end| end <= within.start()) {
                return None;
            }
            path.at = len(self.leaves.get(path.leaf).len);
        }
    }

    /// The same, ascending.
    pub(super) fn find_up(
        &mut self,
        within: AddrRange,
        least: u64,
        mut look: impl FnMut(AddrRange, bool) -> Tried,
    ) -> Option<PhysAddr> {
        if within.is_empty() {
            return None;
        }
        let mut path = self.seek(within.start());
        loop {
            while path.at < len(self.leaves.get(path.leaf).len) {
                let place = (path.leaf, path.at);
                let Entry { region, room } = *self.entry(place);
                let from = self.end_below(place);
                if from >= within.end() {
                    return None;
                }
                if room >= least {
                    let gap = AddrRange::clamped(from, region.start);
                    match look(gap.intersection(within), within.covers(gap)) {
                        Tried::Fits(block) => return Some(block),
                        Tried::TooSmall(Some(most)) => self.entry_mut(place).room = room.min(most),
                        Tried::TooSmall(None) => {}
                    }
                }
                path.at += 1;
            }
            if self.depth == 0 {
                return None;
            }
            self.tighten(&path);
            path = self.aside::<true>(&path, least)?;
            path.at = 0;
        }
    }

    /// Where the last region of the leaf ends.
    fn entry_at_end(&self, path: &Path) -> Option<PhysAddr> {
        self.leaves.get(path.leaf).entries().last().map(|entry| entry.region.end)
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
