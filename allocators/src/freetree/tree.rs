//! The tree: its memory, and finding the way in it.

use super::node::{Child, Entry, Gap, Inner, Leaf, NONE, len};
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
    /// How many regions a tree may be [made of](Self::of): three quarters of as many leaves as one inner node has room for.
    pub(super) const FIRST: usize = L * 3 / 4 * F - 1;

    /// A tree of these regions, which are [few enough](Self::FIRST), in the words for so many.
    pub(super) fn of(start: &[Region], words: &'m mut [u64], regions: usize) -> Self {
        let (leaves, inners) = Self::divide(words, regions);
        let (mut leaves, mut inners) = (Pool::new(leaves), Pool::new(inners));
        let end = PhysAddr(u64::MAX);
        // Flags that no region has, so that none is merged with it.
        let last = Region { start: end, end, attrs: Attrs::new(None, MemFlags(u32::MAX)) };
        let mut below = PhysAddr(0);
        let mut entries = start.iter().copied().chain([last]).map(|region| {
            let gap = Gap::between(below, region.start);
            below = region.end;
            Entry { region, gap }
        });
        let root = inners.take();
        let node: &mut Inner<F> = inners.get_mut(root);
        node.len = 0;
        let mut prev = NONE;
        for first in (0..=start.len()).step_by(L * 3 / 4) {
            let new = leaves.take();
            let leaf: &mut Leaf<L> = leaves.get_mut(new);
            leaf.fill(entries.by_ref().take(L * 3 / 4));
            (leaf.prev, leaf.next) = (prev, NONE);
            let key = if first == 0 { PhysAddr(0) } else { leaf.entries()[0].region.start };
            node.children[len(node.len)] = Child { key, gap: leaf.gap(), node: new };
            node.len += 1;
            if prev != NONE {
                leaves.get_mut(prev).next = new;
            }
            prev = new;
        }
        Self { leaves, inners, root, depth: 1, count: start.len() }
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
    fn settle(&self, leaf: u64, at: usize) -> Option<(u64, usize)> {
        let node = self.leaves.get(leaf);
        if at < len(node.len) {
            return Some((leaf, at));
        }
        (node.next != NONE).then_some((node.next, 0))
    }

    #[inline]
    pub(super) fn entry(&self, (leaf, at): (u64, usize)) -> &Entry {
        &self.leaves.get(leaf).entries()[at]
    }

    #[inline]
    pub(super) fn region_mut(&mut self, (leaf, at): (u64, usize)) -> &mut Region {
        self.leaves.get_mut(leaf).region_mut(at)
    }

    /// Notes what is known of the gap below an entry, which is no more than was known before.
    #[inline]
    pub(super) fn narrow(&mut self, (leaf, at): (u64, usize), gap: Gap) {
        self.leaves.get_mut(leaf).set_gap(at, gap);
    }

    /// The leaf and the place of the entry below that at a place, which may be one past a leaf's last.
    #[inline]
    pub(super) fn below(&self, (leaf, at): (u64, usize)) -> Option<(u64, usize)> {
        if at > 0 {
            return Some((leaf, at - 1));
        }
        let prev = self.leaves.get(leaf).prev;
        (prev != NONE).then(|| (prev, len(self.leaves.get(prev).len) - 1))
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

    /// Sees to it that nobody on the way to a leaf believes less of it than this.
    pub(super) fn raise(&mut self, path: &Path, gap: Gap) {
        for &(node, at) in path.inner[..self.depth].iter().rev() {
            if !self.inners.get_mut(node).children[at].gap.raise(gap) {
                return;
            }
        }
    }

    /// Tells those on the way to a leaf what is known of its gaps.
    pub(super) fn tighten(&mut self, path: &Path) {
        if self.depth == 0 {
            return;
        }
        let mut gap = self.leaves.get(path.leaf).gap();
        for &(node, at) in path.inner[..self.depth].iter().rev() {
            let child = &mut self.inners.get_mut(node).children[at];
            if child.gap == gap {
                return;
            }
            child.gap = gap;
            gap = self.inners.get(node).gap();
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

    /// Notes what is known of the gap below an entry.
    #[inline]
    pub(super) fn set_gap(&mut self, place: (u64, usize), gap: Gap) {
        let Entry { region, gap: mut had } = *self.entry(place);
        self.narrow(place, gap);
        if self.depth > 0 && had.raise(gap) {
            let path = self.way_to(region.start);
            self.raise(&path, gap);
        }
    }

    /// Holds all nodes to the invariants that keep it searchable.
    #[cfg(test)]
    pub(super) fn check(&self) {
        fn below<const L: usize, const F: usize>(
            tree: &Tree<'_, L, F>,
            node: u64,
            depth: usize,
            leaves: &mut std::vec::Vec<u64>,
        ) -> Gap {
            if depth == 0 {
                leaves.push(node);
                tree.leaves.get(node).check();
                return tree.leaves.get(node).gap();
            }
            let inner = tree.inners.get(node);
            let mut all = Gap::NONE;
            for (at, child) in inner.children().iter().enumerate() {
                let (before, first) = (tree.start_of_last(leaves), leaves.len());
                let gap = below(tree, child.node, depth - 1, leaves);
                assert!(gap.join(child.gap) == child.gap, "a child has more than is said of it");
                all = all.join(child.gap);
                let start = tree.leaves.get(leaves[first]).entries()[0].region.start;
                assert!(at == 0 || child.key <= start, "a key is too high");
                assert!(at == 0 || before.is_none_or(|start| start < child.key), "a key is too low");
            }
            all
        }
        let mut leaves = std::vec::Vec::new();
        below(self, self.root, self.depth, &mut leaves);
        let mut prev = NONE;
        for &leaf in &leaves {
            assert_eq!(self.leaves.get(leaf).prev, prev);
            if prev != NONE {
                assert_eq!(self.leaves.get(prev).next, leaf);
            }
            prev = leaf;
        }
        assert_eq!(self.leaves.get(prev).next, NONE);
        let entries: usize = leaves.iter().map(|&leaf| self.leaves.get(leaf).entries().len()).sum();
        assert_eq!(entries, self.count + 1);
    }

    /// Where the last region in these leaves begins.
    #[cfg(test)]
    fn start_of_last(&self, leaves: &[u64]) -> Option<PhysAddr> {
        Some(self.leaves.get(*leaves.last()?).entries().last()?.region.start)
    }

    /// All regions, ascending.
    pub(super) fn iter(&self) -> Regions<'_, 'm, L, F> {
        let leaf = (0..self.depth).fold(self.root, |node, _| self.inners.get(node).children[0].node);
        Regions { tree: self, leaf, at: 0, left: self.count }
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
