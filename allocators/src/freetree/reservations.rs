//! The tree as memblock's list of reservations: what it says of itself, and how memory and gaps come together.

use super::node::room;
use super::search::{Tried, least_room};
use super::tree::{Tree, words};
use crate::memblock::{Attrs, Look, Memblock, Region, Reservations, Search};
use crate::{AddrRange, MemoryMap, Nid, PhysAddr, Record, records};

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

/// Reserved regions, with what is free between them.
pub struct FreeGaps<'m, const L: usize, const F: usize> {
    tree: Tree<'m, L, F>,
    /// By node id.
    spans: &'m mut [Span],
    capacity: usize,
    home: Option<AddrRange>,
}

fn nodes(map: &MemoryMap<'_>) -> usize {
    map.nids().iter().map(|nid| nid.get() as usize + 1).max().unwrap_or(0)
}

impl<const L: usize, const F: usize> FreeGaps<'_, L, F> {
    /// Holds so many regions.
    #[cfg(test)]
    pub(super) fn allow(&mut self, regions: usize) {
        self.capacity = regions;
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
    let mut most = 0;
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
        if !look.passes_over(search, region.attrs) {
            let found = if up { search.lowest(from, to) } else { search.highest(from, to) };
            if let Some(block) = found {
                return Tried::Fits(block);
            }
        }
        if !region.attrs.flags().untouchable() {
            most = most.max(room(from, to));
        }
        at = if up { at + 1 } else { at.wrapping_sub(1) };
    }
    Tried::TooSmall(whole.then_some(most))
}

impl<'m, const L: usize, const F: usize> Reservations<'m> for FreeGaps<'m, L, F> {
    /// How many gaps a range has.
    type Place = usize;
    /// The entry above the gap.
    type Found = (u64, usize);

    fn words(map: &MemoryMap<'_>) -> usize {
        nodes(map) * size_of::<Span>() / 8 + words::<L, F>(FIRST_REGIONS)
    }

    fn new(memory: &'m mut [u64], map: &MemoryMap<'_>) -> Self {
        let (spans, memory) = memory.split_at_mut(nodes(map) * size_of::<Span>() / 8);
        let spans = records(spans);
        spans.fill(Span { start: u64::MAX, end: 0 });
        let tree = Tree::new(memory, FIRST_REGIONS);
        Self { tree, spans, capacity: Memblock::STATIC_REGIONS, home: None }
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
            self.tree.move_to(memory.get_mut(..words::<L, F>(regions))?, regions);
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
        more <= self.capacity - self.tree.count && self.tree.has_nodes(more)
    }

    fn regions(&self) -> impl ExactSizeIterator<Item = Region> {
        self.tree.iter()
    }

    fn first_overlapping(&self, range: AddrRange) -> Option<Region> {
        let (_, entry) = self.tree.first_above(range.start())?;
        (entry.region.start < range.end()).then_some(entry.region)
    }

    #[inline]
    fn place(&self, range: AddrRange) -> usize {
        self.tree.gaps(range)
    }

    #[inline]
    fn gaps(place: usize) -> usize {
        place
    }

    #[inline]
    fn add(&mut self, _: usize, range: AddrRange, attrs: Attrs) {
        self.tree.add(range, attrs);
    }

    #[inline]
    fn add_found(&mut self, above: (u64, usize), block: AddrRange, attrs: Attrs) -> bool {
        let room = self.has_room(1);
        if room {
            self.tree.fill_below(above, Region::new(block, attrs));
        }
        room
    }

    #[inline]
    fn remove(&mut self, range: AddrRange) {
        self.tree.remove(range);
    }

    fn change(&mut self, range: AddrRange, to: impl Fn(Attrs) -> Attrs) {
        self.tree.change(range, to);
    }

    #[inline]
    fn find(
        &mut self,
        search: &Search,
        within: AddrRange,
        up: bool,
        look: &Look<'_>,
    ) -> Option<(PhysAddr, (u64, usize))> {
        let within = self.on_node(search, within);
        let least = least_room(search.size, search.align);
        let mut look = |gap, whole| look_into(gap, whole, search, up, look);
        if up {
            self.tree.find_up(within, least, &mut look)
        } else {
            self.tree.find_down(within, least, &mut look)
        }
    }

    fn for_each_gap(&self, cursor: &mut usize, window: AddrRange, mut visit: impl FnMut(PhysAddr, PhysAddr)) {
        *cursor += 1;
        self.tree.for_each_gap(window, &mut visit);
    }

    fn learn_node(&mut self, range: AddrRange, nid: Option<Nid>) {
        if let Some(span) = nid.and_then(|nid| self.spans.get_mut(nid.get() as usize)) {
            span.start = span.start.min(range.start().0);
            span.end = span.end.max(range.end().0);
        }
    }

    fn widen(&mut self, range: AddrRange) {
        if !range.is_empty() {
            self.tree.widen(range);
        }
    }
}
