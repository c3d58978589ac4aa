//! The tree: its memory, and finding the way in it.

use super::node::{Child, Entry, Inner, Leaf, NONE, len};
use crate::memblock::{Attrs, Region};
use crate::{MemFlags, PhysAddr, records};

/// More levels of inner nodes than any memory has nodes for.
const DEPTH: usize = 12;

/// A tree of reserved regions, with at most `L` to a leaf and `F` children to an inner node.
///
/// Behind the last region there is one more entry, at the end of the address space and of no bytes, for the gap below it.
pub(super) struct Tree<'m, const L: usize, const F: usize> {
    pub(super) leaves: Pool<'m, Leaf<L>>,
    pub(super) inners: Pool<'m, Inner<F>>,
    /// An inner node, or the only leaf if there is no level of inner nodes.
    pub(super) root: u64,
    /// The levels of inner nodes.
    pub(super) depth: usize,
    /// The regions, without the last entry.
    pub(super) count: usize,
}

/// Nodes of a kind: those from `fresh` on were never used, and those that were given back are a list.
pub(super) struct Pool<'m, N> {
    nodes: &'m mut [N],
    fresh: usize,
    given_back: u64,
    pub(super) spare: usize,
}

/// The way to an entry: through which child of each inner node, to which place in which leaf. That place may be one past the
/// last of the leaf; then the entry meant is the first of the next.
#[derive(Clone, Copy)]
pub(super) struct Path {
    pub(super) inner: [(u64, usize); DEPTH],
    pub(super) leaf: u64,
    pub(super) at: usize,
}

/// What a node that nobody uses is linked by.
pub(super) trait Link {
    fn link(&mut self) -> &mut u64;
}

impl<const N: usize> Link for Leaf<N> {
    fn link(&mut self) -> &mut u64 {
        &mut self.len
    }
}

impl<const N: usize> Link for Inner<N> {
    fn link(&mut self) -> &mut u64 {
        &mut self.len
    }
}

impl<'m, N: Link + Copy> Pool<'m, N> {
    fn new(nodes: &'m mut [N]) -> Self {
        Self { spare: nodes.len(), nodes, fresh: 0, given_back: NONE }
    }

    #[inline]
    pub(super) fn get(&self, node: u64) -> &N {
        &self.nodes[len(node)]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, node: u64) -> &mut N {
        &mut self.nodes[len(node)]
    }

    /// A node that nobody uses; there is one to spare.
    pub(super) fn take(&mut self) -> u64 {
        self.spare -= 1;
        if self.given_back == NONE {
            self.fresh += 1;
            return self.fresh as u64 - 1;
        }
        let node = self.given_back;
        self.given_back = *self.get_mut(node).link();
        node
    }

    pub(super) fn give_back(&mut self, node: u64) {
        *self.get_mut(node).link() = self.given_back;
        self.given_back = node;
        self.spare += 1;
    }

    /// Goes on in `nodes`, which are no fewer.
    fn move_to(&mut self, nodes: &'m mut [N]) {
        nodes[..self.fresh].copy_from_slice(&self.nodes[..self.fresh]);
        self.spare += nodes.len() - self.nodes.len();
        self.nodes = nodes;
    }
}

/// The words that a tree needs for so many regions: of leaves that are half full on average.
pub(super) const fn words<const L: usize, const F: usize>(regions: usize) -> usize {
    let (leaves, inners) = nodes::<L, F>(regions);
    (leaves * size_of::<Leaf<L>>() + inners * size_of::<Inner<F>>()) / 8
}

const fn nodes<const L: usize, const F: usize>(regions: usize) -> (usize, usize) {
    let leaves = regions.div_ceil(L / 2) + 4;
    (leaves, leaves.div_ceil(F / 4) + DEPTH)
}

impl<'m, const L: usize, const F: usize> Tree<'m, L, F> {
    /// A tree of no regions, in the words for so many.
    pub(super) fn new(words: &'m mut [u64], regions: usize) -> Self {
        let (leaves, inners) = Self::divide(words, regions);
        let (mut leaves, inners) = (Pool::new(leaves), Pool::new(inners));
        let root = leaves.take();
        let end = PhysAddr(u64::MAX);
        // Flags that no region has, so that none is merged with it.
        let attrs = Attrs::new(None, MemFlags(u32::MAX));
        let leaf: &mut Leaf<L> = leaves.get_mut(root);
        (leaf.len, leaf.prev, leaf.next) = (1, NONE, NONE);
        leaf.entries[0] = Entry { region: Region { start: end, end, attrs }, room: u64::MAX };
        Self { leaves, inners, root, depth: 0, count: 0 }
    }

    fn divide(words: &'m mut [u64], regions: usize) -> (&'m mut [Leaf<L>], &'m mut [Inner<F>]) {
        let (leaves, _) = nodes::<L, F>(regions);
        let (leaves, inners) = words.split_at_mut(leaves * size_of::<Leaf<L>>() / 8);
        (records(leaves), records(inners))
    }

    /// Goes on in the words for so many regions, which are no fewer than before.
    pub(super) fn move_to(&mut self, words: &'m mut [u64], regions: usize) {
        let (leaves, inners) = Self::divide(words, regions);
        self.leaves.move_to(leaves);
        self.inners.move_to(inners);
    }

    /// Whether there are nodes for so many insertions between regions that follow each other.
    #[inline]
    pub(super) fn has_nodes(&self, insertions: usize) -> bool {
        // A leaf that has to be split is full. If it lies inside what is inserted into, as many gaps as it has entries are, and
        // make three more of it at most; those at either end are split for fewer.
        let leaves = insertions.min(3 * (insertions / L + 2));
        // Likewise on each level above.
        self.leaves.spare >= leaves && self.inners.spare > 2 * self.depth + leaves.div_ceil(F / 4)
    }

    /// The way to the first entry that ends above `addr`.
    #[inline]
    pub(super) fn seek(&self, addr: PhysAddr) -> Path {
        let mut path = Path { inner: [(0, 0); DEPTH], leaf: self.root, at: 0 };
        for level in 0..self.depth {
            let children = self.inners.get(path.leaf).children();
            let at = children.partition_point(|child| child.key <= addr).saturating_sub(1);
            path.inner[level] = (path.leaf, at);
            path.leaf = children[at].node;
        }
        path.at = position(self.leaves.get(path.leaf).entries(), addr);
        // A key may be less than where the first region below begins, so that the region that holds `addr` comes before it.
        if path.at == 0 && self.depth > 0 { self.step_back(path, addr) } else { path }
    }

    #[cold]
    fn step_back(&self, path: Path, addr: PhysAddr) -> Path {
        let below = self.below((path.leaf, 0)).map(|below| self.entry(below).region);
        below.filter(|region| region.end > addr).map_or(path, |region| self.way_to(region.start))
    }

    /// The leaf and the place of the entry that `path` means, if there is one.
    #[inline]
    pub(super) fn at(&self, path: &Path) -> Option<(u64, usize)> {
        self.settle(path.leaf, path.at)
    }

    /// The entry above a place.
    #[inline]
    pub(super) fn above(&self, (leaf, at): (u64, usize)) -> Option<(u64, usize)> {
        self.settle(leaf, at + 1)
    }

    /// The same place, or the first of the next leaf if it is one past the last.
    #[inline]
    fn settle(&self, mut leaf: u64, mut at: usize) -> Option<(u64, usize)> {
        // A leaf may be empty where its parent has no other.
        while at >= len(self.leaves.get(leaf).len) {
            (leaf, at) = (self.leaves.get(leaf).next, 0);
            if leaf == NONE {
                return None;
            }
        }
        Some((leaf, at))
    }

    #[inline]
    pub(super) fn entry(&self, (leaf, at): (u64, usize)) -> &Entry {
        &self.leaves.get(leaf).entries[at]
    }

    #[inline]
    pub(super) fn entry_mut(&mut self, (leaf, at): (u64, usize)) -> &mut Entry {
        &mut self.leaves.get_mut(leaf).entries[at]
    }

    /// The leaf and the place of the entry below that at a place, which may be one past a leaf's last.
    #[inline]
    pub(super) fn below(&self, (leaf, at): (u64, usize)) -> Option<(u64, usize)> {
        if at > 0 {
            return Some((leaf, at - 1));
        }
        let mut leaf = self.leaves.get(leaf).prev;
        while leaf != NONE {
            let node = self.leaves.get(leaf);
            if node.len > 0 {
                return Some((leaf, len(node.len) - 1));
            }
            leaf = node.prev;
        }
        None
    }

    /// Where the region below that place ends.
    #[inline]
    pub(super) fn end_below(&self, place: (u64, usize)) -> PhysAddr {
        self.below(place).map_or(PhysAddr(0), |below| self.entry(below).region.end)
    }

    /// The place of the first entry that ends above `addr`.
    #[inline]
    pub(super) fn locate(&self, addr: PhysAddr) -> Option<(u64, usize)> {
        if self.depth > 0 {
            return self.at(&self.seek(addr));
        }
        self.settle(self.root, position(self.leaves.get(self.root).entries(), addr))
    }

    /// The first entry that ends above `addr`, with its place.
    #[inline]
    pub(super) fn first_above(&self, addr: PhysAddr) -> Option<((u64, usize), Entry)> {
        let place = self.locate(addr)?;
        Some((place, *self.entry(place)))
    }

    /// Sees to it that nobody on the way to a leaf believes it to have less room than this.
    pub(super) fn raise(&mut self, path: &Path, room: u64) {
        for &(node, at) in path.inner[..self.depth].iter().rev() {
            let child = &mut self.inners.get_mut(node).children[at];
            if child.room >= room {
                return;
            }
            child.room = room;
        }
    }

    /// Tells those on the way to a leaf how much room it really has.
    pub(super) fn tighten(&mut self, path: &Path) {
        let mut room = if self.depth > 0 { self.leaves.get(path.leaf).room() } else { 0 };
        for &(node, at) in path.inner[..self.depth].iter().rev() {
            let child = &mut self.inners.get_mut(node).children[at];
            if child.room == room {
                return;
            }
            child.room = room;
            room = self.inners.get(node).room();
        }
    }

    /// The way to the entry whose region begins at `start`.
    #[inline]
    pub(super) fn way_to(&self, start: PhysAddr) -> Path {
        let mut path = Path { inner: [(0, 0); DEPTH], leaf: self.root, at: 0 };
        for level in 0..self.depth {
            let children = self.inners.get(path.leaf).children();
            let at = children.partition_point(|child| child.key <= start).saturating_sub(1);
            path.inner[level] = (path.leaf, at);
            path.leaf = children[at].node;
        }
        path.at = self.leaves.get(path.leaf).entries().partition_point(|entry| entry.region.start < start);
        path
    }

    /// Notes how much room there is at most below the entry at a place.
    #[inline]
    pub(super) fn set_room(&mut self, place: (u64, usize), room: u64) {
        let entry = self.entry_mut(place);
        let more = room > entry.room;
        entry.room = room;
        if more && self.depth > 0 {
            let path = self.way_to(self.entry(place).region.start);
            self.raise(&path, room);
        }
    }

    /// All regions, ascending.
    pub(super) fn iter(&self) -> Regions<'_, 'm, L, F> {
        Regions { tree: self, leaf: 0, at: 0, left: self.count }
    }
}

/// The index of the first entry that ends above `addr`, or the number of entries.
#[inline]
pub(super) fn position(entries: &[Entry], addr: PhysAddr) -> usize {
    entries.partition_point(|entry| entry.region.end <= addr)
}

/// The regions of a tree.
pub(super) struct Regions<'t, 'm, const L: usize, const F: usize> {
    tree: &'t Tree<'m, L, F>,
    leaf: u64,
    at: usize,
    left: usize,
}

impl<const L: usize, const F: usize> Iterator for Regions<'_, '_, L, F> {
    type Item = Region;

    fn next(&mut self) -> Option<Region> {
        self.left = self.left.checked_sub(1)?;
        let (leaf, at) = self.tree.settle(self.leaf, self.at)?;
        (self.leaf, self.at) = (leaf, at + 1);
        Some(self.tree.entry((leaf, at)).region)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<const L: usize, const F: usize> ExactSizeIterator for Regions<'_, '_, L, F> {}

/// What a parent says of a node.
pub(super) fn child(key: PhysAddr, room: u64, node: u64) -> Child {
    Child { key, room, node }
}
