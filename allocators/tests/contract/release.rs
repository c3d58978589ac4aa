//! Handing over what is free.

use allocators::{
    BlockSink, CountingSink, Exclusive, FreeError, MapChange, MemoryRange, Order, PageSize, Pfn,
    ReleaseError, ReserveError,
};

use crate::boot::{BITMAPS, Boot, MEMBLOCK, NONE, exact, of_pages, page};
use crate::machine::{Machine, PAGE, bytes, each, nid, pages};
use crate::play::Blocks;

/// A machine of one piece.
fn one(start: u64, end: u64) -> Boot {
    Boot::on(Machine::of(&[(0, start, end)]))
}

/// ```text
/// pfn    32         64                        128        160
///        |..........|.........................|..........|
/// ```
/// Expect 32 single pages, one block of order 6, and 32 single pages: the first step re-aligns the walk.
#[test]
fn a_node_that_begins_inside_a_word_is_re_aligned() {
    one(32, 160)
        .releases(
            0,
            &[
                (BITMAPS, &[(32, 0, 32), (64, 6, 1), (128, 0, 32)]),
                (MEMBLOCK, &[(32, 5, 1), (64, 6, 1), (128, 5, 1)]),
            ],
        )
        .play();
}

/// Expect what is in use in the second half of an unaligned node to stay, and what is free in the first half to go.
#[test]
fn only_free_pages_are_handed_over() {
    one(32, 96)
        .takes(pages(64, 96))
        .releases(0, &[(BITMAPS, &[(32, 0, 32)]), (MEMBLOCK, &[(32, 5, 1)])])
        .play();
    one(5, 200)
        .takes(pages(70, 80))
        .releases(0, &[(BITMAPS, &[(5, 0, 65), (80, 0, 48), (128, 6, 1), (192, 0, 8)])])
        .play();
}

/// ```text
/// pfn    10           64         80
///        |............|..........|
/// ```
/// Expect every page of a node of 70 pages that begins inside a word. Bootmem of 4.19 looked at the second word only while 64
/// pages or more were left, and lost the last six.
#[test]
fn the_last_pages_of_an_unaligned_node_are_handed_over() {
    one(10, 80).releases(0, &[(BITMAPS, &[(10, 0, 70)])]).play();
    one(10, 74).takes(pages(73, 74)).releases(0, &[(BITMAPS, &[(10, 0, 63)])]).play();
}

/// Expect the last whole word of a node to be one block, and the pages behind it to go one by one.
#[test]
fn the_last_whole_word_is_a_block() {
    one(64, 128).releases(0, &[(BITMAPS, &[(64, 6, 1)]), (MEMBLOCK, &[(64, 6, 1)])]).play();
    one(64, 256).releases(0, &[(BITMAPS, &[(64, 6, 3)]), (MEMBLOCK, &[(64, 6, 1), (128, 7, 1)])]).play();
    one(64, 129)
        .releases(0, &[(BITMAPS, &[(64, 6, 1), (128, 0, 1)]), (MEMBLOCK, &[(64, 6, 1), (128, 0, 1)])])
        .play();
    one(64, 191).releases(0, &[(BITMAPS, &[(64, 6, 1), (128, 0, 63)])]).play();
}

/// Expect the words of a large node to be blocks of order 6, but for the one with a page in use.
#[test]
fn a_page_in_use_costs_its_word() {
    one(1 << 20, (1 << 20) + 64 * 40)
        .takes(pages((1 << 20) + 64 * 17 + 5, (1 << 20) + 64 * 17 + 6))
        .releases(
            0,
            &[(
                BITMAPS,
                &[
                    (1 << 20, 6, 17),
                    ((1 << 20) + 64 * 17, 0, 5),
                    ((1 << 20) + 64 * 17 + 6, 0, 58),
                    ((1 << 20) + 64 * 18, 6, 22),
                ],
            )],
        )
        .play();
}

/// Expect the same of stretches of more words than are said to the sink at once.
#[test]
fn long_stretches_are_handed_over_whole() {
    let word = |index: u64| (1 << 20) + 64 * index;
    for busy in [63, 64, 65, 127, 128, 130] {
        let blocks = vec![(word(0), 6, busy), (word(busy) + 1, 0, 63), (word(busy + 1), 6, 199 - busy)];
        one(word(0), word(200))
            .takes(pages(word(busy), word(busy) + 1))
            .releases(0, &[(BITMAPS, blocks.leak())])
            .play();
    }
}

/// Expect no block to be larger than the page allocator takes.
#[test]
fn a_small_largest_order_makes_small_blocks() {
    one(61, 67)
        .max_order(1)
        .releases(
            0,
            &[
                (BITMAPS, &[(61, 0, 1), (62, 1, 2), (66, 0, 1)]),
                (MEMBLOCK, &[(61, 0, 1), (62, 1, 2), (66, 0, 1)]),
            ],
        )
        .play();
    one(1, 4).max_order(0).releases(0, &[(BITMAPS, &[(1, 0, 3)]), (MEMBLOCK, &[(1, 0, 3)])]).play();
    one(64, 128).max_order(4).releases(0, &[(BITMAPS, &[(64, 4, 4)]), (MEMBLOCK, &[(64, 4, 4)])]).play();
}

/// Expect each page of nodes that interleave to be handed over with its own node, and none of the hole.
#[test]
fn nodes_that_interleave_are_handed_over_once() {
    Boot::of(".00110..011")
        .used("..x........")
        .releases(
            1,
            &[(BITMAPS, &[(3, 0, 2), (9, 0, 2)]), (MEMBLOCK, &[(3, 0, 1), (4, 0, 1), (9, 0, 1), (10, 0, 1)])],
        )
        .looks("..x........")
        .releases(
            0,
            &[(BITMAPS, &[(1, 0, 1), (5, 0, 1), (8, 0, 1)]), (MEMBLOCK, &[(1, 0, 1), (5, 0, 1), (8, 0, 1)])],
        )
        .looks("..x........")
        .play();
}

/// Expect a block of order 6 to end where the node does, though the pages behind are free too.
#[test]
fn a_block_stays_on_its_node() {
    Boot::on(Machine::of(&[(0, 64, 100), (1, 100, 192)]))
        .releases(0, &[(BITMAPS, &[(64, 0, 36)])])
        .releases(1, &[(BITMAPS, &[(100, 0, 28), (128, 6, 1)])])
        .play();
}

/// Expect a second release, and one of a node that is not there, to be refused.
#[test]
fn a_node_is_released_once() {
    Boot::of(".00011")
        .releases(0, &[(BITMAPS, &[(1, 0, 3)]), (MEMBLOCK, &[(1, 0, 1), (2, 1, 1)])])
        .refuses_release(0, ReleaseError::AlreadyReleased(nid(0)))
        .refuses_release(7, ReleaseError::UnknownNode(nid(7)))
        .releases(1, &[(BITMAPS, &[(4, 0, 2)]), (MEMBLOCK, &[(4, 1, 1)])])
        .refuses_release(1, ReleaseError::AlreadyReleased(nid(1)))
        .play();
}

/// Expect later blocks to come from nodes that are not released, to be merged into none of them, and no block to span
/// the border.
#[test]
fn no_memory_comes_from_a_released_node() {
    Boot::of(".000111000")
        .alloc(crate::boot::of_bytes(100).with_goal(crate::boot::prefer(3)), page(3))
        .releases(0, &[(BITMAPS, &[(1, 0, 2), (7, 0, 3)])])
        .alloc(crate::boot::of_bytes(100), page(4))
        .alloc(of_pages(1).with_node(exact(0)), NONE)
        .alloc(of_pages(1).with_node(crate::boot::on(0)), page(5))
        .alloc(of_pages(2), NONE)
        .alloc(of_pages(1), page(6))
        .alloc(of_pages(1), NONE)
        .looks("...xxxx...")
        .play();
}

/// Expect a bitmap to refuse to reserve, free or change what it has let go of.
#[test]
fn a_released_page_is_not_the_allocators_any_more() {
    Boot::of(".001100")
        .used(".x.....")
        .releases(0, &[(BITMAPS, &[(2, 0, 1), (5, 0, 2)])])
        .free_by(pages(1, 2), &[(BITMAPS, Err(FreeError::Released(Pfn(1))))])
        .reserve_by(pages(3, 6), Exclusive::No, &[(BITMAPS, Err(ReserveError::Released(Pfn(5))))])
        .reserve_by(pages(3, 5), Exclusive::Yes, &[(BITMAPS, Ok(()))])
        .looks_by(&[(BITMAPS, ".x.xx..")])
        .play();
    let machine = Machine::drawn(PageSize::KIB_4, ".001100");
    each(&machine, |facts, allocator| {
        allocator.release(nid(0), &mut CountingSink::default()).unwrap();
        let add = MapChange::Add(MemoryRange { range: pages(1, 7), ..machine.nodes[0] });
        let changes =
            [add, MapChange::Remove(pages(2, 4)), MapChange::SetFlags(pages(2, 3), allocators::MemFlags(4))];
        if BITMAPS.contains(&facts.name) {
            let released = |at| Err(allocators::ChangeError::Released(Pfn(at)));
            assert_eq!(
                changes.map(|change| allocator.change(change)),
                [released(1), released(2), released(2)]
            );
        }
    });
}

/// Expect all nodes together to give the blocks that each gives, and nothing after that.
#[test]
fn all_nodes_are_released_at_once() {
    let machine = Machine::drawn(PageSize::KIB_4, ".00110..011222.2");
    each(&machine, |facts, allocator| {
        allocator.reserve(pages(9, 10), Exclusive::Yes).unwrap();
        assert!(allocator.nids().iter().eq([0, 1, 2].map(nid)), "{}", facts.name);
        let mut by_node = Blocks::default();
        for number in [0, 1, 2] {
            allocator.hand_over(nid(number), &mut by_node).unwrap();
        }
        let mut at_once = Blocks::default();
        assert_eq!(allocator.hand_over_all(&mut at_once).0, 11, "{}", facts.name);
        by_node.0.sort_unstable();
        at_once.0.sort_unstable();
        assert_eq!(at_once, by_node, "{}", facts.name);

        allocator.release(nid(1), &mut CountingSink::default()).unwrap();
        let mut rest = CountingSink::default();
        assert_eq!(allocator.release_all(&mut rest).0, 8, "{}", facts.name);
        assert_eq!(rest.pages(), 8, "{}", facts.name);
        assert_eq!(allocator.release_all(&mut rest).0, 0, "{}", facts.name);
        assert_eq!(allocator.release(nid(2), &mut rest), Err(ReleaseError::AlreadyReleased(nid(2))));
        assert!(crate::play::free(allocator).is_empty(), "{}", facts.name);
    });
}

/// A sink that knows only single blocks.
#[derive(Default)]
struct Blockwise(CountingSink);

impl BlockSink for Blockwise {
    fn block(&mut self, first: Pfn, order: Order) {
        self.0.block(first, order);
    }
}

/// Expect a hand-over to only read: done twice it gives the same, and a sink may take runs or blocks.
#[test]
fn a_hand_over_changes_nothing_until_the_node_is_retired() {
    let machine = Machine::of(&[(4, 13, 3000)]);
    each(&machine, |_, allocator| {
        allocator.reserve(bytes(100 * PAGE, 101 * PAGE), Exclusive::Yes).unwrap();
        let (mut first, mut second) = (CountingSink::default(), Blockwise::default());
        assert_eq!(allocator.hand_over(nid(4), &mut first), allocator.hand_over(nid(4), &mut second));
        assert_eq!(first, second.0);
        assert_eq!(first.pages(), 2986);
        allocator.retire(nid(4));
        assert_eq!(allocator.hand_over(nid(4), &mut first), Err(ReleaseError::AlreadyReleased(nid(4))));
    });
}
