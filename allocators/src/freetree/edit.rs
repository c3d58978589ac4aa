//! Putting entries in and taking them out, and what that does to nodes.

use super::node::{Child, Entry, Gap, NONE, len};
use super::tree::{Path, Tree};
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
        let Entry { region: next, gap: had } = *self.entry(above);
        let joins_below = below.filter(|&below| self.entry(below).region.continues_in(&gap));
        let from = below.map_or(PhysAddr(0), |below| self.entry(below).region.end);
        match (joins_below, gap.continues_in(&next)) {
            (Some(below), true) => {
                self.region_mut(below).end = next.end;
                self.remove_at(next.start);
            }
            (Some(below), false) => {
                self.region_mut(below).end = gap.end;
                self.narrow(above, had.cut_to(gap.end, next.start));
            }
            (None, true) => {
                self.narrow(above, had.cut_to(from, gap.start));
                self.lower(above, gap.start);
            }
            (None, false) => {
                self.narrow(above, had.cut_to(gap.end, next.start));
                self.insert_below(above, Entry { region: gap, gap: had.cut_to(from, gap.start) });
            }
        }
    }

    /// Puts an entry below another, of whose gap no more is said than of that.
    #[inline]
    fn insert_below(&mut self, (leaf, at): (u64, usize), entry: Entry) {
        let node = self.leaves.get_mut(leaf);
        // Before a leaf's first entry its key would have to be less.
        if len(node.len) == L || (at == 0 && self.depth > 0) {
            self.insert(entry);
            return;
        }
        node.put(at, entry);
        self.count += 1;
    }

    /// Lets the region at a place begin lower, above where the one below it ends.
    #[inline]
    fn lower(&mut self, place: (u64, usize), start: PhysAddr) {
        let old = self.entry(place).region.start;
        self.region_mut(place).start = start;
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

    /// Lets the region at a place begin higher, below where it ends, with such a gap below it. There are nodes for one
    /// insertion.
    pub(super) fn begin_higher(&mut self, place: (u64, usize), start: PhysAddr, gap: Gap) {
        let Entry { region, .. } = *self.entry(place);
        if self.depth > 0 && place.1 + 1 == len(self.leaves.get(place.0).len) {
            // The key of the next leaf may be less than where it begins now: then it belongs there.
            self.remove_at(region.start);
            self.insert(Entry { region: Region { start, ..region }, gap });
        } else {
            self.region_mut(place).start = start;
            self.set_gap(place, gap);
        }
    }

    /// Puts an entry where its region belongs.
    pub(super) fn insert(&mut self, entry: Entry) {
        let mut path = self.seek(entry.region.start);
        while len(self.leaves.get(path.leaf).len) == L {
            self.split(&path);
            path = self.seek(entry.region.start);
        }
        self.leaves.get_mut(path.leaf).put(path.at, entry);
        self.count += 1;
        self.raise(&path, entry.gap);
    }

    /// Splits one full node on `path`: the leaf if its parent has room for another, else the lowest that can be.
    #[cold]
    fn split(&mut self, path: &Path) {
        let mut level = self.depth;
        while level > 0 && len(self.inners.get(path.inner[level - 1].0).len) == F {
            level -= 1;
        }
        if level == 0 {
            let gap = if self.depth == 0 {
                self.leaves.get(self.root).gap()
            } else {
                self.inners.get(self.root).gap()
            };
            let root = self.inners.take();
            let node = self.inners.get_mut(root);
            node.len = 1;
            node.children[0] = Child { key: PhysAddr(0), gap, node: self.root };
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
        node.children[at].gap = left;
        node.children[at + 1] = right;
        node.len += 1;
    }

    /// Moves the upper half of a leaf to a new one. Returns what is known of the gaps left, and what the parent is to say of the
    /// new one.
    fn split_leaf(&mut self, node: u64) -> (Gap, Child) {
        let new = self.leaves.take();
        let mut lower = *self.leaves.get(node);
        let upper = self.leaves.get_mut(new);
        lower.split_off(L / 2, upper);
        (upper.prev, upper.next) = (node, lower.next);
        let above = Child { key: upper.entries()[0].region.start, gap: upper.gap(), node: new };
        if lower.next != NONE {
            self.leaves.get_mut(lower.next).prev = new;
        }
        lower.next = new;
        *self.leaves.get_mut(node) = lower;
        (lower.gap(), above)
    }

    fn split_inner(&mut self, node: u64) -> (Gap, Child) {
        let new = self.inners.take();
        let mut upper = *self.inners.get(node);
        let keep = F / 2;
        upper.children.copy_within(keep.., 0);
        upper.len = (F - keep) as u64;
        *self.inners.get_mut(new) = upper;
        let lower = self.inners.get_mut(node);
        lower.len = keep as u64;
        (lower.gap(), Child { key: upper.children[0].key, gap: upper.gap(), node: new })
    }

    /// Takes out the entry whose region begins at `start`. What is known of gaps stays with those above.
    pub(super) fn remove_at(&mut self, start: PhysAddr) {
        let path = self.way_to(start);
        let leaf = self.leaves.get_mut(path.leaf);
        leaf.take_out(path.at);
        let left = len(leaf.len);
        self.count -= 1;
        if left < L / 4 && self.depth > 0 {
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
                // An only child; its parent may find company. Nothing that is empty stays: its key would stand between those of its
                // neighbours, which may be lowered past it.
                if count == 0 {
                    self.drop_child(parent, leaves);
                }
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

    /// Takes away the only child of a node, which is empty.
    fn drop_child(&mut self, parent: u64, leaf: bool) {
        let node = self.inners.get_mut(parent);
        node.len = 0;
        let child = node.children[0].node;
        if !leaf {
            self.inners.give_back(child);
            return;
        }
        let (prev, next) = (self.leaves.get(child).prev, self.leaves.get(child).next);
        if prev != NONE {
            self.leaves.get_mut(prev).next = next;
        }
        if next != NONE {
            self.leaves.get_mut(next).prev = prev;
        }
        self.leaves.give_back(child);
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
            lower.append(&upper);
            lower.next = upper.next;
            if upper.next != NONE {
                self.leaves.get_mut(upper.next).prev = left.node;
            }
            self.leaves.give_back(right.node);
        } else {
            let mut upper = *self.inners.get(right.node);
            // What lies below the key of a node's first child is below that child, too.
            upper.children[0].key = right.key;
            let lower = self.inners.get_mut(left.node);
            let (from, count) = (len(lower.len), len(upper.len));
            lower.children[from..from + count].copy_from_slice(&upper.children[..count]);
            lower.len += upper.len;
            self.inners.give_back(right.node);
        }
        let node = self.inners.get_mut(parent);
        let end = len(node.len);
        node.children[at].gap = left.gap.join(right.gap);
        node.children.copy_within(at + 2..end, at + 1);
        node.len -= 1;
    }
}
