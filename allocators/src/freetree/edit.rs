//! Putting entries in and taking them out, and what that does to nodes.

use super::node::{Entry, Leaf, NONE, len, room};
use super::tree::{Path, Tree, child};
use crate::PhysAddr;
use crate::memblock::Region;

impl<const L: usize, const F: usize> Tree<'_, L, F> {
    /// Adds `gap`, which overlaps no region, merged with the neighbours that it continues. There are nodes for one insertion.
    #[inline]
    pub(super) fn fill(&mut self, gap: Region) {
        if let Some(above) = self.locate(gap.start) {
            self.fill_below(above, gap);
        }
    }

    /// The same where the first entry above the gap is known.
    #[inline]
    pub(super) fn fill_below(&mut self, above: (u64, usize), gap: Region) {
        let below = self.below(above);
        let Entry { region: next, room: had } = *self.entry(above);
        let joins_below = below.filter(|&below| self.entry(below).region.continues_in(&gap));
        let from = below.map_or(PhysAddr(0), |below| self.entry(below).region.end);
        match (joins_below, gap.continues_in(&next)) {
            (Some(below), true) => {
                self.entry_mut(below).region.end = next.end;
                self.remove_at(next.start);
            }
            (Some(below), false) => {
                self.entry_mut(below).region.end = gap.end;
                self.entry_mut(above).room = had.min(room(gap.end, next.start));
            }
            (None, true) => {
                self.entry_mut(above).room = had.min(room(from, gap.start));
                self.lower(above, gap.start);
            }
            (None, false) => {
                self.entry_mut(above).room = had.min(room(gap.end, next.start));
                self.insert_below(above, Entry { region: gap, room: had.min(room(from, gap.start)) });
            }
        }
    }

    /// Puts an entry below another, with no more room than that had.
    #[inline]
    fn insert_below(&mut self, (leaf, at): (u64, usize), entry: Entry) {
        let node = self.leaves.get_mut(leaf);
        let end = len(node.len);
        // Before a leaf's first entry its key would have to be less.
        if end == L || (at == 0 && self.depth > 0) {
            self.insert(entry);
            return;
        }
        node.entries.copy_within(at..end, at + 1);
        node.entries[at] = entry;
        node.len += 1;
        self.count += 1;
    }

    /// Lets the region at a place begin lower, above where the one below it ends.
    #[inline]
    fn lower(&mut self, place: (u64, usize), start: PhysAddr) {
        let old = self.entry(place).region.start;
        self.entry_mut(place).region.start = start;
        if self.depth == 0 || place.1 > 0 {
            return;
        }
        // Keys are no more than where the first region below begins.
        let path = self.way_to(old);
        for &(node, at) in path.inner[..self.depth].iter().rev() {
            let child = &mut self.inners.get_mut(node).children[at];
            child.key = child.key.min(start);
            if at > 0 {
                return;
            }
        }
    }

    /// Lets the region at a place begin higher, below where it ends, with so much room below it. There are nodes for one
    /// insertion.
    pub(super) fn begin_higher(&mut self, place: (u64, usize), start: PhysAddr, room: u64) {
        let Entry { region, .. } = *self.entry(place);
        if self.depth > 0 && place.1 + 1 == len(self.leaves.get(place.0).len) {
            // The key of the next leaf may be less than where it begins now: then it belongs there.
            self.remove_at(region.start);
            self.insert(Entry { region: Region { start, ..region }, room });
        } else {
            self.entry_mut(place).region.start = start;
            self.set_room(place, room);
        }
    }

    /// Puts an entry where its region belongs.
    pub(super) fn insert(&mut self, entry: Entry) {
        let mut path = self.seek(entry.region.start);
        while len(self.leaves.get(path.leaf).len) == L {
            self.split(&path);
            path = self.seek(entry.region.start);
        }
        let leaf = self.leaves.get_mut(path.leaf);
        let end = len(leaf.len);
        leaf.entries.copy_within(path.at..end, path.at + 1);
        leaf.entries[path.at] = entry;
        leaf.len += 1;
        self.count += 1;
        self.raise(&path, entry.room);
    }

    /// Splits one full node on `path`: the leaf if its parent has room for another, else the lowest that can be.
    #[cold]
    fn split(&mut self, path: &Path) {
        let mut level = self.depth;
        while level > 0 && len(self.inners.get(path.inner[level - 1].0).len) == F {
            level -= 1;
        }
        if level == 0 {
            let above = if self.depth == 0 {
                self.leaves.get(self.root).room()
            } else {
                self.inners.get(self.root).room()
            };
            let root = self.inners.take();
            let node = self.inners.get_mut(root);
            node.len = 1;
            node.children[0] = child(PhysAddr(0), above, self.root);
            self.root = root;
            self.depth += 1;
            return;
        }
        let (parent, at) = path.inner[level - 1];
        let (left, right) = if level == self.depth {
            self.split_leaf(path.leaf)
        } else {
            self.split_inner(path.inner[level].0)
        };
        let node = self.inners.get_mut(parent);
        let end = len(node.len);
        node.children.copy_within(at + 1..end, at + 2);
        node.children[at].room = left;
        node.children[at + 1] = right;
        node.len += 1;
    }

    /// Moves the upper half of a leaf to a new one. Returns the room left, and what the parent is to say of the new one.
    fn split_leaf(&mut self, node: u64) -> (u64, super::node::Child) {
        let new = self.leaves.take();
        let mut upper: Leaf<L> = *self.leaves.get(node);
        let keep = L / 2;
        upper.entries.copy_within(keep.., 0);
        (upper.len, upper.prev) = ((L - keep) as u64, node);
        *self.leaves.get_mut(new) = upper;
        if upper.next != NONE {
            self.leaves.get_mut(upper.next).prev = new;
        }
        let lower = self.leaves.get_mut(node);
        (lower.len, lower.next) = (keep as u64, new);
        (lower.room(), child(upper.entries[0].region.start, upper.room(), new))
    }

    fn split_inner(&mut self, node: u64) -> (u64, super::node::Child) {
        let new = self.inners.take();
        let mut upper = *self.inners.get(node);
        let keep = F / 2;
        upper.children.copy_within(keep.., 0);
        upper.len = (F - keep) as u64;
        *self.inners.get_mut(new) = upper;
        let lower = self.inners.get_mut(node);
        lower.len = keep as u64;
        (lower.room(), child(upper.children[0].key, upper.room(), new))
    }

    /// Takes out the entry whose region begins at `start`. What is known of room above stays.
    pub(super) fn remove_at(&mut self, start: PhysAddr) {
        let path = self.way_to(start);
        let leaf = self.leaves.get_mut(path.leaf);
        let end = len(leaf.len);
        leaf.entries.copy_within(path.at + 1..end, path.at);
        leaf.len -= 1;
        self.count -= 1;
        if end - 1 < L / 4 && self.depth > 0 {
            self.shrink(&path);
        }
    }

    /// Merges nodes on `path` that are nearly empty with a neighbour, and takes roots of one child away.
    #[cold]
    fn shrink(&mut self, path: &Path) {
        for level in (1..=self.depth).rev() {
            let leaves = level == self.depth;
            let node = if leaves { path.leaf } else { path.inner[level].0 };
            let (parent, at) = path.inner[level - 1];
            let most = if leaves { L } else { F };
            let count = self.len_of(leaves, node);
            if count >= most / 4 {
                break;
            }
            let siblings = len(self.inners.get(parent).len);
            let other = if at + 1 < siblings { at + 1 } else { at.wrapping_sub(1) };
            if other >= siblings {
                // An only child; its parent may find company.
                continue;
            }
            let sum = count + self.len_of(leaves, self.inners.get(parent).children[other].node);
            if sum > most || (count > 0 && sum > most * 3 / 4) {
                break;
            }
            self.merge(parent, at.min(other), leaves);
        }
        while self.depth > 0 && self.inners.get(self.root).len == 1 {
            let old = self.root;
            self.root = self.inners.get(old).children[0].node;
            self.inners.give_back(old);
            self.depth -= 1;
        }
    }

    fn len_of(&self, leaf: bool, node: u64) -> usize {
        len(if leaf { self.leaves.get(node).len } else { self.inners.get(node).len })
    }

    /// Moves what the child after `at` holds to the one at `at`.
    fn merge(&mut self, parent: u64, at: usize, leaves: bool) {
        let node = self.inners.get(parent);
        let (left, right) = (node.children[at], node.children[at + 1]);
        if leaves {
            let upper = *self.leaves.get(right.node);
            let lower = self.leaves.get_mut(left.node);
            let (from, count) = (len(lower.len), len(upper.len));
            lower.entries[from..from + count].copy_from_slice(&upper.entries[..count]);
            lower.len += upper.len;
            lower.next = upper.next;
            if upper.next != NONE {
                self.leaves.get_mut(upper.next).prev = left.node;
            }
            self.leaves.give_back(right.node);
        } else {
            let upper = *self.inners.get(right.node);
            let lower = self.inners.get_mut(left.node);
            let (from, count) = (len(lower.len), len(upper.len));
            lower.children[from..from + count].copy_from_slice(&upper.children[..count]);
            lower.len += upper.len;
            self.inners.give_back(right.node);
        }
        let node = self.inners.get_mut(parent);
        let end = len(node.len);
        node.children[at].room = left.room.max(right.room);
        node.children.copy_within(at + 2..end, at + 1);
        node.len -= 1;
    }
}
