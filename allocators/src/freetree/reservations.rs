//! The tree as memblock's list of reservations: what it says of itself, and how memory and gaps come together.

use super::node::{Gap, NONE, nid_bits, room};
use super::search::{Tried, least_room};
use super::tree::{Regions, Tree, words};
use crate::memblock::{Attrs, Halving, Kept, Look, Memblock, Place, Region, Reservations, Search, Table};
use crate::{AddrRange, MemFlags, MemoryMap, Nid, PhysAddr, Record, records};

/// Regions that the tree's first memory is for. That is more than memblock's list holds at first, so that to here, where all
/// known boots end, both take memory of the machine at the same time, and as much.
const FIRST_REGIONS: usize = 1024;

/// From the first byte of a node's memory to the last, whatever lies between.
#[repr(C)]
#[derive(Clone, Copy)]
struct Span {
    start: u64,
    end: u64,
}

// SAFETY: `repr(C)` of two u64 without padding, any bits are valid.
unsafe impl Record for Span {}

/// Reserved regions, with what is free between them: a list as long as they are few, then a tree.
pub struct FreeGaps<'m, const L: usize, const F: usize> {
    list: Table<'m, Halving>,
    /// The tree's memory, until there is a tree.
    rest: &'m mut [u64],
    tree: Option<Tree<'m, L, F>>,
    /// By node id.
    spans: &'m mut [Span],
    capacity: usize,
    home: Option<AddrRange>,
}

/// Where a block was found: below the region with the index `at` of the list, or below the entry at that place of a leaf.
#[derive(Clone, Copy)]
pub struct Above {
    leaf: u64,
    at: usize,
}

/// All regions, wherever they are.
enum Either<'t, 'm, const L: usize, const F: usize> {
    List(core::slice::Iter<'t, Region>),
    Tree(Regions<'t, 'm, L, F>),
}

fn nodes(map: &MemoryMap<'_>) -> usize {
    map.nids().iter().map(|nid| nid.get() as usize + 1).max().unwrap_or(0)
}

impl<'m, const L: usize, const F: usize> FreeGaps<'m, L, F> {
    /// To here the list is walked in less time than a tree is gone down: four leaves.
    const LISTED: usize = 4 * L;

    /// Holds so many regions.
    #[cfg(test)]
    pub(super) fn allow(&mut self, regions: usize) {
        self.capacity = regions;
    }

    /// The inner levels of the tree, if there is one.
    #[cfg(test)]
    pub(super) fn depth(&self) -> usize {
        self.tree.as_ref().map_or(0, |tree| tree.depth)
    }

    /// Holds the tree, if there is one, to its invariants.
    #[cfg(test)]
    pub(super) fn check(&self) {
        if let Some(tree) = &self.tree {
            tree.check();
        }
    }

    /// The list if that has room for `more` regions, else nothing, and there is a tree.
    #[inline]
    fn list_for(&mut self, more: usize) -> Option<&mut Table<'m, Halving>> {
        if self.tree.is_none() && !self.list.has_room(more) {
            self.plant();
        }
        if self.tree.is_none() { Some(&mut self.list) } else { None }
    }

    /// Makes a tree of the list. There is no way back: who had so many regions will have them again.
    #[cold]
    fn plant(&mut self) {
        const { assert!(4 * L <= Tree::<'static, L, F>::FIRST && 4 * L <= FIRST_REGIONS) };
        let words = core::mem::take(&mut self.rest);
        self.tree = Some(Tree::of(Table::regions(&self.list), words, FIRST_REGIONS));
    }

    /// The tree, where there is one.
    // What is done with it is never compiled into the callers, which mostly have a list.
    fn with_tree<T>(&mut self, then: impl FnOnce(&mut Tree<'m, L, F>) -> T) -> Option<T> {
        self.tree.as_mut().map(then)
    }

    #[inline(never)]
    fn gaps_in_tree(&self, range: AddrRange) -> usize {
        self.tree.as_ref().map_or(0, |tree| tree.gaps(range))
    }

    #[inline(never)]
    fn add_alone_to_tree(&mut self, range: AddrRange, attrs: Attrs) -> bool {
        self.has_room(1) && self.with_tree(|tree| tree.add_alone(range, attrs)) == Some(true)
    }

    #[inline(never)]
    fn add_to_tree(&mut self, range: AddrRange, attrs: Attrs) {
        self.with_tree(|tree| tree.add(range, attrs));
    }

    #[inline(never)]
    fn fill_tree(&mut self, above: Above, block: Region) {
        self.with_tree(|tree| tree.fill_below((above.leaf, above.at), block));
    }

    #[inline(never)]
    fn remove_from_tree(&mut self, range: AddrRange) {
        self.with_tree(|tree| tree.remove(range));
    }

    #[inline(never)]
    fn find_in_tree(
        &mut self,
        search: &Search,
        within: AddrRange,
        up: bool,
        look: &Look<'_>,
    ) -> Option<(PhysAddr, Above)> {
        let within = self.on_node(search, within);
        let nids = nid_bits(Attrs::new(search.nid, MemFlags::NONE));
        let wanted = Gap { room: least_room(search.size, search.align), nids };
        let mut look = |gap, whole| look_into(gap, whole, search, up, look);
        let tree = self.tree.as_mut()?;
        let found = if up {
            tree.find_up(within, wanted, &mut look)
        } else {
            tree.find_down(within, wanted, &mut look)
        };
        found.map(|(block, (leaf, at))| (block, Above { leaf, at }))
    }

    /// What of `within` can be on the node that is asked for, if any.
    fn on_node(&self, search: &Search, within: AddrRange) -> AddrRange {
        match search.nid.map(|nid| self.spans.get(nid.get() as usize)) {
            None => within,
            Some(span) => {
                let span = span.copied().unwrap_or(Span { start: 0, end: 0 });
                within.intersection(AddrRange::clamped(PhysAddr(span.start), PhysAddr(span.end)))
            }
        }
    }
}

/// Looks for a block in the memory of a gap, from its upper end or its lower.
#[inline]
fn look_into(gap: AddrRange, whole: bool, search: &Search, up: bool, look: &Look<'_>) -> Tried {
    let mut seen = Gap::NONE;
    let mut at = if up {
        look.memory.partition_point(|region| region.end <= gap.start())
    } else {
        look.memory.partition_point(|region| region.start < gap.end()).wrapping_sub(1)
    };
    while let Some(region) = look.memory.get(at) {
        let (from, to) = (region.start.max(gap.start()), region.end.min(gap.end()));
        if from >= to {
            break;
        }
        if !look.passes_over(region.attrs) {
            let found = if up { search.lowest(from, to) } else { search.highest(from, to) };
            if let Some(block) = found {
                return Tried::Fits(block);
            }
        }
        if !region.attrs.flags().untouchable() {
            seen = seen.join(Gap { room: room(from, to), nids: nid_bits(region.attrs) });
        }
        at = if up { at + 1 } else { at.wrapping_sub(1) };
    }
    Tried::TooSmall(whole.then_some(seen))
}

impl<'m, const L: usize, const F: usize> Reservations<'m> for FreeGaps<'m, L, F> {
    type Place = Place;
    type Found = Above;

    fn words(map: &MemoryMap<'_>) -> usize {
        nodes(map) * size_of::<Span>() / 8
            + Self::LISTED * size_of::<Region>() / 8
            + words::<L, F>(FIRST_REGIONS)
    }

    fn new(memory: &'m mut [u64], map: &MemoryMap<'_>) -> Self {
        let (spans, memory) = memory.split_at_mut(nodes(map) * size_of::<Span>() / 8);
        let spans = records(spans);
        spans.fill(Span { start: u64::MAX, end: 0 });
        let (list, rest) = memory.split_at_mut(Self::LISTED * size_of::<Region>() / 8);
        let list = Table::new(records(list));
        Self { list, rest, tree: None, spans, capacity: Memblock::STATIC_REGIONS, home: None }
    }

    fn bytes(regions: usize) -> usize {
        // As much as memblock's list takes, until the tree has to move there.
        if regions <= FIRST_REGIONS { regions * size_of::<Region>() } else { words::<L, F>(regions) * 8 }
    }

    fn move_to(
        &mut self,
        regions: usize,
        memory: &'m mut [u64],
        home: AddrRange,
    ) -> Option<Option<AddrRange>> {
        if regions > FIRST_REGIONS {
            let memory = memory.get_mut(..words::<L, F>(regions))?;
            if self.tree.is_none() {
                self.plant();
            }
            self.tree.as_mut()?.move_to(memory, regions);
        }
        self.capacity = regions;
        Some(self.home.replace(home))
    }

    fn home(&self) -> Option<AddrRange> {
        self.home
    }

    fn capacity(&self) -> usize {
        self.capacity
    }

    #[inline]
    fn has_room(&self, more: usize) -> bool {
        match &self.tree {
            // Of the list, a tree comes to be with nodes for as many regions more as it has gaps.
            None => more <= self.capacity - Table::regions(&self.list).len(),
            Some(tree) => more <= self.capacity - tree.count && tree.has_nodes(more),
        }
    }

    fn regions(&self) -> impl ExactSizeIterator<Item = Region> {
        match &self.tree {
            None => Either::List(Table::regions(&self.list).iter()),
            Some(tree) => Either::Tree(tree.iter()),
        }
    }

    fn first_overlapping(&self, range: AddrRange) -> Option<Region> {
        match &self.tree {
            None => self.list.first_overlapping(range),
            Some(tree) => {
                let (_, entry) = tree.first_above(range.start())?;
                (entry.region.start < range.end()).then_some(entry.region)
            }
        }
    }

    #[inline]
    fn add_alone(&mut self, range: AddrRange, attrs: Attrs) -> bool {
        if self.tree.is_none() {
            let room = Table::regions(&self.list).len() < self.capacity && self.list.has_room(1);
            return room && Table::add_alone(&mut self.list, range, attrs);
        }
        self.add_alone_to_tree(range, attrs)
    }

    #[inline]
    fn place(&self, range: AddrRange) -> Place {
        if self.tree.is_none() {
            return Table::place(&self.list, range);
        }
        Place::of_gaps(self.gaps_in_tree(range))
    }

    #[inline]
    fn gaps(place: Place) -> usize {
        place.gaps
    }

    #[inline]
    fn add(&mut self, place: Place, range: AddrRange, attrs: Attrs) {
        match self.list_for(place.gaps) {
            Some(list) => Table::add(list, place, range, attrs),
            None => self.add_to_tree(range, attrs),
        }
    }

    #[inline]
    fn add_found(&mut self, above: Above, block: AddrRange, attrs: Attrs) -> bool {
        if !self.has_room(1) {
            return false;
        }
        match self.list_for(1) {
            Some(list) => list.add_before(above.at, block, attrs),
            None if above.leaf == NONE => return false,
            None => self.fill_tree(above, Region::new(block, attrs)),
        }
        true
    }

    #[inline]
    fn remove(&mut self, range: AddrRange) {
        match self.list_for(1) {
            Some(list) => Table::remove(list, range),
            None => self.remove_from_tree(range),
        }
    }

    fn change(&mut self, range: AddrRange, to: impl Fn(Attrs) -> Attrs) {
        match self.list_for(2) {
            Some(list) => Table::change(list, range, to),
            None => {
                self.with_tree(|tree| tree.change(range, to));
            }
        }
    }

    #[inline]
    fn find(
        &mut self,
        search: &Search,
        within: AddrRange,
        up: bool,
        look: &Look<'_>,
    ) -> Option<(PhysAddr, Above)> {
        if self.tree.is_some() {
            return self.find_in_tree(search, within, up, look);
        }
        let (block, Kept(at)) = self.list.find(search, within, up, look)?;
        Some((block, Above { leaf: NONE, at }))
    }

    fn for_each_gap(&self, cursor: &mut usize, window: AddrRange, mut visit: impl FnMut(PhysAddr, PhysAddr)) {
        match &self.tree {
            None => self.list.for_each_gap(cursor, window, visit),
            Some(tree) => tree.for_each_gap(window, &mut visit),
        }
    }

    fn learn_node(&mut self, range: AddrRange, nid: Option<Nid>) {
        if let Some(span) = nid.and_then(|nid| self.spans.get_mut(nid.get() as usize)) {
            span.start = span.start.min(range.start().0);
            span.end = span.end.max(range.end().0);
        }
    }

    fn widen(&mut self, range: AddrRange) {
        if let Some(tree) = self.tree.as_mut().filter(|_| !range.is_empty()) {
            tree.widen(range);
        }
    }
}

impl<const L: usize, const F: usize> Iterator for Either<'_, '_, L, F> {
    type Item = Region;

    fn next(&mut self) -> Option<Region> {
        match self {
            Self::List(list) => list.next().copied(),
            Self::Tree(tree) => tree.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::List(list) => list.size_hint(),
            Self::Tree(tree) => tree.size_hint(),
        }
    }
}

impl<const L: usize, const F: usize> ExactSizeIterator for Either<'_, '_, L, F> {}
