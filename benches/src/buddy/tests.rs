use std::collections::BTreeSet;

use allocators::PageSize;
use proptest::prelude::*;

use super::*;
use crate::exact::Free;

fn pages(start: u64, end: u64) -> PfnRange {
    PfnRange::new(Pfn(start), Pfn(end)).unwrap()
}

/// ```text
/// pfn  0   1   2   3   4   5   6   7   8
///      |.......|...|...|...............|
///           1    0   0         2           orders handed in, the order-0 block at 3 last
/// ```
/// Expect one block of order 3: the last page completes a pair, that one a block of four, and that one all eight.
#[test]
fn the_missing_page_merges_everything() {
    let mut buddy = Buddy::new([pages(0, 8)], Order(3));
    for (first, order) in [(0, 1), (2, 0), (4, 2)] {
        buddy.block(Pfn(first), Order(order));
    }
    assert_eq!(buddy.by_order(), [1, 1, 1, 0]);
    buddy.block(Pfn(3), Order(0));
    assert_eq!(buddy.by_order(), [0, 0, 0, 1]);
    assert_eq!((buddy.pages(), buddy.strays()), (8, 0));
    buddy.reset();
    assert_eq!(buddy.by_order(), [0, 0, 0, 0]);
}

/// ```text
/// pfn  2   3   4           9   10
///      |...|...|   hole    |...|
/// ```
/// Expect no merge with what is no memory, though the tables have a place for it.
#[test]
fn pages_beside_a_hole_stay_alone() {
    let mut buddy = Buddy::new([pages(2, 4), pages(9, 10)], Order(2));
    buddy.block(Pfn(3), Order(0));
    buddy.block(Pfn(9), Order(0));
    assert_eq!(buddy.by_order(), [2, 0, 0]);
    buddy.block(Pfn(2), Order(0));
    assert_eq!(buddy.by_order(), [1, 1, 0]);
}

#[test]
fn what_is_no_memory_or_free_already_is_counted_apart() {
    let mut buddy = Buddy::new([pages(8, 16)], Order(2));
    for pfn in [0, 7, 16, 1 << 50, u64::MAX] {
        buddy.block(Pfn(pfn), Order(0));
    }
    assert_eq!((buddy.pages(), buddy.strays()), (0, 5));
    buddy.block(Pfn(8), Order(0));
    buddy.block(Pfn(8), Order(0));
    assert_eq!((buddy.pages(), buddy.strays()), (1, 6));
}

/// ```text
/// pfn  0           3   4           8
///      |- node 0 --|-- node 1 -----|       a pair of pages has one in each node
/// ```
/// Expect blocks of two nodes not to merge, even where the nodes meet inside what would be one block.
#[test]
fn nodes_do_not_merge() {
    let mut buddy = Buddy::over([(0, pages(0, 3)), (1, pages(3, 8))], Order(3));
    for pfn in [3, 2, 0, 1, 4, 5, 6, 7] {
        buddy.block(Pfn(pfn), Order(0));
    }
    assert_eq!(buddy.by_order(), [2, 1, 1, 0]);
    assert_eq!((buddy.pages(), buddy.strays()), (8, 0));
}

/// Expect a model that knows which of its tables are in use to be as empty afterwards as one that clears them all.
#[test]
fn taking_the_same_memory_back_leaves_nothing() {
    let mut buddy = Buddy::new([pages(3, 200)], Order(3));
    for round in 0..3 {
        for pfn in 3..200 {
            buddy.block(Pfn(pfn), Order(0));
        }
        assert_eq!((buddy.pages(), buddy.strays()), (197, 0), "{round}");
        buddy.note_use();
        buddy.reset();
        assert!(buddy.free.iter().all(|bits| bits.words().next().is_none()));
    }
}

#[test]
fn a_block_above_the_largest_is_cut() {
    let mut buddy = Buddy::new([pages(0, 64)], Order(3));
    buddy.block(Pfn(0), Order(6));
    assert_eq!(buddy.by_order(), [0, 0, 0, 8]);
}

/// Merging as the definition has it: a set of blocks, and any two buddies in it become one.
fn naive(freed: &[(u64, u8)], max_order: u8) -> Vec<u64> {
    let mut blocks: BTreeSet<(u64, u8)> = freed.iter().copied().collect();
    while let Some(&(first, order)) = blocks
        .iter()
        .find(|&&(first, order)| order < max_order && blocks.contains(&(first ^ (1 << order), order)))
    {
        blocks.remove(&(first, order));
        blocks.remove(&(first ^ (1 << order), order));
        blocks.insert((first & !(1 << order), order + 1));
    }
    (0..=max_order).map(|order| blocks.iter().filter(|block| block.1 == order).count() as u64).collect()
}

proptest! {
    /// Expect the same blocks as from two oracles that share no code with it, in whatever order blocks are handed in.
    #[test]
    fn merging_ends_alike_in_any_order(
        sizes in prop::collection::vec((0..4_u8, any::<bool>()), 0..60),
        base in 0..5_u64,
        shuffle in any::<u64>(),
    ) {
        let base = base * 8;
        let mut at = base;
        let mut freed = Vec::new();
        for (order, free) in sizes {
            at = at.next_multiple_of(1 << order);
            if free {
                freed.push((at, order));
            }
            at += 1 << order;
        }
        let ranges: Vec<_> = freed.iter().map(|&(first, order)| pages(first, first + (1 << order))).collect();
        let expected = naive(&freed, 3);
        prop_assert_eq!(&Free::new(ranges).fragmentation(PageSize::KIB_4, Order(3)).free_blocks, &expected);

        let mut buddy = Buddy::new([pages(base, at.max(base))], Order(3));
        freed.sort_by_key(|&(first, _)| (first ^ shuffle).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for &(first, order) in &freed {
            buddy.block(Pfn(first), Order(order));
        }
        prop_assert_eq!(buddy.by_order(), &expected[..]);
        prop_assert_eq!(buddy.strays(), 0);
    }
}
