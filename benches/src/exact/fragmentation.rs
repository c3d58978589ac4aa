//! How broken up free memory is.

use allocators::{Order, PageSize, PfnRange};
use serde::{Deserialize, Serialize};

use crate::bounded;

/// Free pages, as ascending ranges that do not touch: what the page allocator would merge.
///
/// Blocks never merge across nodes or zones, so whoever asks about a whole machine adds up its parts.
#[derive(Clone, Debug, Default)]
pub struct Free(Vec<PfnRange>);

/// How broken up some free memory is. All figures are exact.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Fragmentation {
    /// Free pages.
    pub free_pages: u64,
    /// Free blocks by order, once neighbours are merged as the page allocator merges them.
    #[serde(deserialize_with = "bounded::list::<_, _, { bounded::ORDERS }>")]
    pub free_blocks: Vec<u64>,
    /// For each order, the share of free memory in blocks too small for it, in thousandths: 0 is perfect, 1000 useless.
    ///
    /// Source: `unusable_free_index` in the kernel's `mm/vmstat.c`; Gorman and Whitcroft, "The What, The Why and the Where
    /// To of Anti-Fragmentation", Ottawa Linux Symposium 2006.
    #[serde(deserialize_with = "bounded::list::<_, _, { bounded::ORDERS }>")]
    pub unusable_permille: Vec<u64>,
    /// The longest run of free pages, whatever its alignment.
    pub largest_run_pages: u64,
    /// Aligned free stretches of 2 MiB.
    pub intact_2m: u64,
    /// Aligned free stretches of 1 GiB.
    pub intact_1g: u64,
}

impl Free {
    /// Takes ranges in any order; those that touch are joined.
    #[must_use]
    pub fn new(ranges: impl IntoIterator<Item = PfnRange>) -> Self {
        let mut ranges: Vec<PfnRange> = ranges.into_iter().filter(|range| !range.is_empty()).collect();
        ranges.sort_unstable();
        let mut joined: Vec<PfnRange> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match joined.last_mut() {
                Some(last) if last.end() >= range.start() => {
                    *last = PfnRange::clamped(last.start(), last.end().max(range.end()));
                }
                _ => joined.push(range),
            }
        }
        Self(joined)
    }

    /// What of it lies in `bounds`.
    #[must_use]
    pub fn within(&self, bounds: PfnRange) -> Self {
        let inside = |range: &PfnRange| Some(range.intersection(bounds)).filter(|part| !part.is_empty());
        Self(self.0.iter().filter_map(inside).collect())
    }

    /// How broken up it is, for a page allocator whose largest block is of `max_order`.
    #[must_use]
    pub fn fragmentation(&self, page: PageSize, max_order: Order) -> Fragmentation {
        let mut free_blocks = vec![0; usize::from(max_order.0) + 1];
        for range in &self.0 {
            add_blocks(&mut free_blocks, *range);
        }
        let sizes = || self.0.iter().map(|range| range.count().0);
        let mut found = Fragmentation {
            free_pages: sizes().sum(),
            free_blocks,
            unusable_permille: Vec::new(),
            largest_run_pages: sizes().max().unwrap_or_default(),
            intact_2m: self.aligned(page, 1 << 21),
            intact_1g: self.aligned(page, 1 << 30),
        };
        found.unusable_permille = found.indices();
        found
    }

    /// The aligned free stretches of so many bytes.
    fn aligned(&self, page: PageSize, bytes: u64) -> u64 {
        let pages = (bytes >> page.shift()).max(1);
        self.0
            .iter()
            .map(|range| (range.end().0 / pages).saturating_sub(range.start().0.div_ceil(pages)))
            .sum()
    }
}

/// Cuts a range into the largest naturally aligned blocks: what is left when buddies have merged.
fn add_blocks(blocks: &mut [u64], range: PfnRange) {
    let (mut at, end) = (range.start().0, range.end().0);
    let top = (1..).zip(blocks.iter().skip(1)).last().map_or(0, |(order, _)| order);
    while at < end {
        let order = at.trailing_zeros().min((end - at).ilog2()).min(top);
        // A long middle is counted at once: 1 TiB is a quarter of a million blocks.
        let count = if order == top { (end - at) >> top } else { 1 };
        blocks[order as usize] += count;
        at += count << order;
    }
}

impl Fragmentation {
    /// The sum of two parts that do not merge with each other.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        let orders = self.free_blocks.len().max(other.free_blocks.len());
        self.free_blocks.resize(orders, 0);
        for (mine, others) in self.free_blocks.iter_mut().zip(&other.free_blocks) {
            *mine += others;
        }
        self.free_pages += other.free_pages;
        self.largest_run_pages = self.largest_run_pages.max(other.largest_run_pages);
        self.intact_2m += other.intact_2m;
        self.intact_1g += other.intact_1g;
        self.unusable_permille = self.indices();
        self
    }

    /// The order of the largest free block, if any memory is free.
    #[must_use]
    pub fn largest_order(&self) -> Option<usize> {
        self.free_blocks.iter().rposition(|&count| count > 0)
    }

    /// Free pages that lie in blocks below an order: useless to whoever asks for one of that order.
    #[must_use]
    pub fn pages_below(&self, order: u8) -> u128 {
        let below = (0_u32..).zip(&self.free_blocks).take(usize::from(order));
        below.map(|(order, &blocks)| u128::from(blocks) << order).sum()
    }

    fn indices(&self) -> Vec<u64> {
        let orders = 0..self.free_blocks.len();
        orders.map(|order| unusable(self.free_pages, &self.free_blocks, order)).collect()
    }
}

/// The kernel's index: with no memory free, 1000.
fn unusable(free_pages: u64, free_blocks: &[u64], order: usize) -> u64 {
    let suitable: u64 = (order..).zip(&free_blocks[order..]).map(|(order, &count)| count << order).sum();
    ((free_pages - suitable) * 1000).checked_div(free_pages).unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use allocators::Pfn;
    use proptest::prelude::*;

    use super::*;

    fn pages(start: u64, end: u64) -> PfnRange {
        PfnRange::new(Pfn(start), Pfn(end)).unwrap()
    }

    /// ```text
    /// pfn  0   1   2   3   4   5   6   7   8
    ///      |xxx|...|.......|...............|      order 0 at 1, order 1 at 2, order 2 at 4
    /// ```
    /// Expect blocks as merged buddies would lie, not as they were handed over.
    #[test]
    fn neighbours_merge_to_aligned_blocks() {
        let free = Free::new([pages(3, 5), pages(1, 3), pages(5, 8)]);
        let found = free.fragmentation(PageSize::KIB_4, Order(3));
        assert_eq!(found.free_blocks, [1, 1, 1, 0]);
        assert_eq!((found.free_pages, found.largest_run_pages, found.largest_order()), (7, 7, Some(2)));
        // 7 pages: all usable for order 0, 6 for order 1, 4 for order 2, none for order 3.
        assert_eq!(found.unusable_permille, [0, 142, 428, 1000]);
    }

    #[test]
    fn with_nothing_free_everything_is_unusable() {
        let found = Free::default().fragmentation(PageSize::KIB_4, Order(2));
        assert_eq!(found.unusable_permille, [1000, 1000, 1000]);
        assert_eq!(found.largest_order(), None);
    }

    #[test]
    fn intact_stretches_are_counted_whatever_the_largest_block() {
        let gib = (1 << 30) >> 12;
        let found = Free::new([pages(1, 2 * gib + 512)]).fragmentation(PageSize::KIB_4, Order(10));
        assert_eq!((found.intact_1g, found.intact_2m), (1, 2 * 512));
        assert_eq!(found.free_blocks[10], 2 * gib / 1024 - 1);
    }

    proptest! {
        /// A page allocator that merges one page at a time ends with the same blocks.
        #[test]
        fn merging_page_by_page_gives_the_same_blocks(free in prop::collection::vec(any::<bool>(), 0..200)) {
            let ranges = (0..).zip(&free).filter(|(_, free)| **free).map(|(pfn, _)| pages(pfn, pfn + 1));
            let found = Free::new(ranges).fragmentation(PageSize::KIB_4, Order(4));
            prop_assert_eq!(found.free_blocks, naive(&free));
        }
    }

    fn naive(free: &[bool]) -> Vec<u64> {
        let mut level: Vec<bool> = free.to_vec();
        let mut blocks = Vec::new();
        for order in 0..=4 {
            let pairs: Vec<bool> = level.chunks(2).map(|pair| pair == [true, true]).collect();
            let merged = if order == 4 { 0 } else { pairs.iter().filter(|both| **both).count() as u64 };
            blocks.push(level.iter().filter(|free| **free).count() as u64 - 2 * merged);
            level = pairs;
        }
        blocks
    }
}
