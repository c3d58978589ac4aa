//! How many requests become of how many, and how large they are.

use super::side::{Side, touched};
use crate::ranges::Ranges;

/// Where a kernel begins to make its hash tables smaller than memory, and by which factor memory grows for each step.
///
/// Source: `ADAPT_SCALE_BASE` and `ADAPT_SCALE_SHIFT` of `alloc_large_system_hash`.
const ADAPT_FROM: u64 = 64 << 30;
const ADAPT_SHIFT: u32 = 2;

/// `value` in the proportion `new` to `old`, rounded up; exact where `value` is a multiple of `old`.
pub(super) fn scaled(value: u64, old: u64, new: u64) -> u64 {
    let product = u128::from(value) * u128::from(new);
    u64::try_from(product.div_ceil(u128::from(old.max(1)))).unwrap_or(u64::MAX)
}

/// The size of a table that has something for each unit; numbers of words, unless every unit takes the same.
pub(super) fn sized(size: u64, old: u64, new: u64) -> u64 {
    let new_size = scaled(size, old, new);
    if old == new {
        size
    } else if size.is_multiple_of(old.max(1)) {
        new_size
    } else {
        new_size.next_multiple_of(8)
    }
}

/// Page tables: each maps so much, at the finest of three levels at which the recorded ones suffice; those of other levels,
/// and whatever else the function asked for, stay as many.
///
/// A table of `size` bytes has an entry of 8 bytes for each page, or for each table below it.
pub(super) fn tables(count: u64, size: u64, old: &Side, new: &Side) -> u64 {
    let entries = (size / 8).max(2);
    let levels = (1..=3).map_while(|level| entries.checked_pow(level)?.checked_mul(old.page));
    over(count, levels, &old.memory, &new.memory)
}

/// Page tables of struct pages, by the node whose memory is the first that each is needed for: one maps as many huge pages
/// as it has entries. What else the function asked for stays as much, on the first node.
pub(super) fn windows(count: u64, old: &Side, new: &Side) -> Vec<u64> {
    let page = old.page;
    let entries = page / 8;
    let huge = page * entries;
    // A struct page has 64 bytes.
    let window = entries.checked_mul(huge).and_then(|bytes| bytes.checked_mul(page / 64)).unwrap_or(1 << 62);
    let before: u64 = first_touched(old, window).iter().sum();
    if count > 4 * before + 8 {
        // Struct pages that are mapped page by page.
        return (0..new.nodes.len()).map(|rank| scaled(count, old.all_units(), new.units(rank))).collect();
    }
    let mut after = first_touched(new, window);
    if count < before {
        after.fill(0);
    }
    if let Some(first) = after.first_mut() {
        *first += if count < before { count } else { count - before };
    }
    after
}

/// How many windows of so many bytes each node is the first to have memory in.
fn first_touched(side: &Side, window: u64) -> Vec<u64> {
    let mut seen = std::collections::BTreeSet::new();
    let fresh = |(_, memory): &(allocators::Nid, Ranges)| {
        let windows =
            memory.iter().flat_map(|piece| piece.start().0 / window..piece.end().0.div_ceil(window));
        windows.filter(|number| seen.insert(*number)).count() as u64
    };
    side.nodes.iter().map(fresh).collect()
}

fn over(count: u64, levels: impl Iterator<Item = u64>, old: &Ranges, new: &Ranges) -> u64 {
    for level in levels {
        let before = touched(old, level);
        if before <= count {
            return count - before + touched(new, level);
        }
    }
    count
}

/// A hash table: as large in proportion to memory, which counts less beyond 64 GiB, rounded to a power of two.
pub(super) fn hash(size: u64, old: u64, new: u64) -> u64 {
    let entries = |bytes: u64| {
        let (mut shift, mut limit) = (0, ADAPT_FROM);
        while limit < bytes && shift < 32 {
            shift += 1;
            limit = limit.saturating_mul(1 << ADAPT_SHIFT);
        }
        (bytes >> shift).max(1).next_power_of_two()
    };
    let (old, new) = (entries(old), entries(new));
    if new >= old { size.saturating_mul(new / old) } else { (size / (old / new)).max(4096.min(size)) }
}

/// How many of `new` requests are made when the one of index `at` of `old` was: they are spread evenly, and are `new` in all.
pub(super) fn share(at: u64, old: u64, new: u64) -> u64 {
    let upto = |at: u64| {
        u64::try_from(u128::from(at) * u128::from(new) / u128::from(old.max(1))).unwrap_or(u64::MAX)
    };
    upto(at + 1) - upto(at)
}

/// Which sections begin a root, by node: a root is a page of so many `struct mem_section`, whose size the recorded boot shows.
pub(super) fn roots(size: u64, count: u64, old: &Side, new: &Side) -> Vec<u64> {
    let by_node =
        |side: &Side, bytes: u64| first_touched(side, side.section().saturating_mul((size / bytes).max(1)));
    let sizes = [16, 32, 24, 64];
    let known = sizes.into_iter().find(|&bytes| by_node(old, bytes).iter().sum::<u64>() == count);
    by_node(new, known.unwrap_or(16))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn shares_are_even_and_add_up() {
        for (old, new) in [(1, 8), (8, 1), (5, 5), (3, 7), (1000, 3), (2, 0)] {
            let shares: Vec<u64> = (0..old).map(|at| share(at, old, new)).collect();
            assert_eq!(shares.iter().sum::<u64>(), new, "{old} {new}");
            let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
            assert!(most - least <= 1, "{shares:?}");
        }
    }

    /// Expect a table to double with memory up to 64 GiB, and from there with each fourfold.
    #[test]
    fn hash_tables_grow_by_powers_of_two_and_ever_more_slowly() {
        let size = |gib: u64| hash(1 << 20, GIB, gib * GIB);
        assert_eq!([1, 2, 3, 64].map(size), [1 << 20, 2 << 20, 4 << 20, 64 << 20]);
        assert_eq!([128, 256, 1024].map(size), [64 << 20, 128 << 20, 256 << 20]);
        assert_eq!(hash(1 << 20, 64 * GIB, GIB), 1 << 14);
        assert_eq!(hash(512, 64 * GIB, GIB), 512);
    }

    #[test]
    fn a_table_with_something_for_each_section_has_it_for_each_new_one() {
        assert_eq!(sized(56 * 16, 16, 272), 56 * 272);
        assert_eq!(sized(100, 3, 3), 100);
        assert_eq!(sized(100, 3, 4), 136);
        assert_eq!(scaled(u64::MAX, 1, u64::MAX), u64::MAX);
    }
}
