//! What goes to the page allocator.

use allocators::{
    AllocError, BootAllocator, Exclusive, MapChange, MemFlags, MemoryMap, Order, PageCount, PageSize,
    ReleaseError,
};

use crate::draw::{Blocks, boot, build, bytes, exact, free, memory, nid, of_pages, page_of, pages};

/// The first page and the order of each block.
type Cut = &'static [(u64, u8)];

/// The machine, what is reserved, the largest order, and the blocks of node 0.
const BLOCKS: &[(&str, &str, u8, Cut)] = &[
    ("0000000000000000", "................", 10, &[(0, 4)]),
    ("0000000000000000", "................", 2, &[(0, 2), (4, 2), (8, 2), (12, 2)]),
    ("0000000000000000", "x...............", 10, &[(1, 0), (2, 1), (4, 2), (8, 3)]),
    ("0000000000000000", "...............x", 10, &[(0, 3), (8, 2), (12, 1), (14, 0)]),
    ("0000000000000000", "xxxxx.xx..xx.xxx", 10, &[(5, 0), (8, 1), (12, 0)]),
    ("000000000000000.", "xxxxx...........", 1, &[(5, 0), (6, 1), (8, 1), (10, 1), (12, 1), (14, 0)]),
    (
        "0000000000000000",
        "................",
        0,
        &[
            (0, 0),
            (1, 0),
            (2, 0),
            (3, 0),
            (4, 0),
            (5, 0),
            (6, 0),
            (7, 0),
            (8, 0),
            (9, 0),
            (10, 0),
            (11, 0),
            (12, 0),
            (13, 0),
            (14, 0),
            (15, 0),
        ],
    ),
    ("0000111100001111", "................", 10, &[(0, 2), (8, 2)]),
    ("0000000011111111", "xxxxxxxx........", 10, &[]),
];

#[test]
fn free_pages_go_in_the_largest_aligned_blocks() {
    for &(machine, reserved, order, expected) in BLOCKS {
        let pieces = Vec::leak(memory(machine));
        let mut memblock =
            build(MemoryMap::new(PageSize::KIB_4, pieces).unwrap().with_max_order(Order(order)), true);
        for (range, _) in crate::draw::runs(reserved) {
            memblock.reserve(range, Exclusive::No).unwrap();
        }
        let mut blocks = Blocks::default();
        let count = memblock.hand_over(nid(0), &mut blocks).unwrap();
        assert_eq!(blocks.0, expected, "{machine} {reserved}");
        assert_eq!(count, PageCount(expected.iter().map(|&(_, order)| 1 << order).sum()));
    }
}

/// ```text
/// byte      0x0800      0x2800  0x3000        0x5000
/// nid            0000000000000000 11111111111111
/// reserved                                  x          one byte at 0x4fff
/// whole               |-------|   |-------|
/// ```
/// Expect whole pages only: what is cut by the end of a region or by a reserved byte is lost.
#[test]
fn only_whole_pages_are_handed_over() {
    let piece = |start, end, number| allocators::MemoryRange {
        range: bytes(start, end),
        nid: Some(nid(number)),
        flags: MemFlags::NONE,
    };
    let pieces = Vec::leak(vec![piece(0x800, 0x2800, 0), piece(0x2800, 0x5000, 1)]);
    let mut memblock = build(MemoryMap::new(PageSize::KIB_4, pieces).unwrap(), true);
    memblock.reserve(bytes(0x4fff, 0x5000), Exclusive::No).unwrap();
    for (node, expected) in [(0, (1, 0)), (1, (3, 0))] {
        let mut blocks = Blocks::default();
        memblock.release(nid(node), &mut blocks).unwrap();
        assert_eq!(blocks.0, [expected]);
    }
}

/// ```text
/// nid       0000000000000000
/// flags     hhhhhhhhnnnn....      h: may be unplugged; n: not to be mapped
/// ```
/// Expect memory that may be unplugged to be handed over with its neighbours, whatever `movable_node` says, and memory
/// that is not to be mapped to stay behind.
#[test]
fn flags_at_the_hand_over() {
    let mut memblock = boot("0000000000000000", "");
    memblock.set(allocators::Setting::MovableNode(true));
    memblock.change(MapChange::SetFlags(pages(2, 6), MemFlags::HOTPLUG)).unwrap();
    memblock.change(MapChange::SetFlags(pages(8, 12), MemFlags::NOMAP)).unwrap();
    let mut blocks = Blocks::default();
    memblock.release(nid(0), &mut blocks).unwrap();
    assert_eq!(blocks.0, [(0, 3), (12, 2)]);
}

/// ```text
/// map       0000000011111111
/// memory    ????????????????     no node was ever learnt
/// ```
/// Expect each node to be handed what the machine's map says is its own, and nothing to be given to anyone once a node
/// is gone: nobody can tell whose memory it would be.
#[test]
fn memory_of_no_node_goes_by_the_map() {
    let nodes: &'static [_] = Vec::leak(memory("0000000011111111"));
    let start = Vec::leak(memory("????????????????"));
    let mut memblock =
        build(MemoryMap::new(PageSize::KIB_4, nodes).unwrap().with_start(start).unwrap(), true);
    let mut blocks = Blocks::default();
    memblock.release(nid(1), &mut blocks).unwrap();
    assert_eq!(blocks.0, [(8, 3)]);
    assert_eq!(free(&memblock, 16), "--------........");
    assert_eq!(memblock.alloc(&of_pages(1)), Err(AllocError::NoMemory));
    assert!(memblock.change(MapChange::SetNode(pages(0, 9), Some(nid(0)))).is_err());
    memblock.change(MapChange::SetNode(pages(0, 8), Some(nid(0)))).unwrap();
    assert_eq!(page_of(&mut memblock, false, &of_pages(1)), Ok(7));
    memblock.release(nid(0), &mut blocks).unwrap();
    assert_eq!(blocks.0, [(8, 3), (0, 2), (4, 1), (6, 0)]);
}

/// ```text
/// map       00000000
/// memory    ????????     no node was ever learnt
/// ```
/// Expect memory of no node to stay with whoever asks when a node is retired that the machine does not have.
#[test]
fn to_retire_an_unknown_node_changes_nothing() {
    let mut memblock = boot("????????", "");
    memblock.retire(nid(3));
    assert_eq!(free(&memblock, 8), "--------");
    assert_eq!(page_of(&mut memblock, false, &of_pages(1)), Ok(7));
}

/// ```text
/// nid       0000000011111111
/// reserved  ............xx..
/// ```
/// Expect a node that was released to be neither searched nor free nor released again; what is reserved on it stays
/// listed.
#[test]
fn a_released_node_is_gone() {
    for (bottom_up, left) in [(false, 7), (true, 1)] {
        let mut memblock = boot("0000000011111111", "............xx..");
        let mut blocks = Blocks::default();
        assert_eq!(memblock.release(nid(1), &mut blocks), Ok(PageCount(6)));
        assert_eq!(blocks.0, [(8, 2), (14, 1)]);
        assert_eq!(memblock.release(nid(1), &mut blocks), Err(ReleaseError::AlreadyReleased(nid(1))));
        assert_eq!(memblock.release(nid(2), &mut blocks), Err(ReleaseError::UnknownNode(nid(2))));
        assert_eq!(blocks.0.len(), 2);
        assert_eq!(free(&memblock, 16), "--------........");
        assert_eq!(crate::draw::reserved(&memblock, 16), "............xx..");
        memblock.free(pages(12, 14)).unwrap();
        assert_eq!(
            page_of(&mut memblock, bottom_up, &of_pages(1).with_node(exact(1))),
            Err(AllocError::NoMemory)
        );
        assert_eq!(page_of(&mut memblock, bottom_up, &of_pages(1)), Ok(left));
    }
}

/// ```text
/// nid       0000111100002222
/// reserved  .x......x.....x.
/// ```
/// Expect nodes that are handed over side by side to give the blocks that they give one after another.
#[test]
fn nodes_are_handed_over_side_by_side() {
    let mut memblock = boot("0000111100002222", ".x......x.....x.");
    let shared = &memblock;
    let side_by_side = std::thread::scope(|scope| {
        let hand_over = |number| {
            let mut blocks = Blocks::default();
            shared.hand_over(nid(number), &mut blocks).unwrap();
            blocks.0
        };
        [0, 1, 2].map(|number| scope.spawn(move || hand_over(number))).map(|thread| thread.join().unwrap())
    });
    let in_turn = [0, 1, 2].map(|number| {
        let mut blocks = Blocks::default();
        memblock.release(nid(number), &mut blocks).unwrap();
        blocks.0
    });
    assert_eq!(side_by_side, in_turn);
    assert_eq!(free(&memblock, 16), "................");
}

/// ```text
/// nid       0000111100002222333
/// reserved  .x......x.....x..x.
/// ```
/// Expect one walk over all nodes to give the blocks of each node in the order of their addresses, and not those of a node
/// that was released; afterwards nothing is free and nothing can be released again.
#[test]
fn all_nodes_are_handed_over_in_one_walk() {
    let mut memblock = boot("0000111100002222333", ".x......x.....x..x.");
    let by_node = |memblock: &allocators::memblock::MemblockAllocator<'_>, nids: &[u32]| {
        let mut blocks = Blocks::default();
        for &number in nids {
            memblock.hand_over(nid(number), &mut blocks).unwrap();
        }
        blocks.0.sort_unstable();
        blocks.0
    };
    let mut blocks = Blocks::default();
    assert_eq!(memblock.hand_over_all(&mut blocks), PageCount(15));
    assert_eq!(blocks.0, [(0, 0), (2, 1), (4, 2), (9, 0), (10, 1), (12, 1), (15, 0), (16, 0), (18, 0)]);
    assert_eq!(blocks.0, by_node(&memblock, &[0, 1, 2, 3]));

    memblock.release(nid(1), &mut Blocks::default()).unwrap();
    let expected = by_node(&memblock, &[0, 2, 3]);
    let mut blocks = Blocks::default();
    assert_eq!(memblock.release_all(&mut blocks), PageCount(11));
    assert_eq!(blocks.0, expected);
    assert_eq!(free(&memblock, 19), "...................");
    assert_eq!(memblock.release_all(&mut blocks), PageCount(0));
    assert_eq!(memblock.release(nid(0), &mut blocks), Err(ReleaseError::AlreadyReleased(nid(0))));
}

/// ```text
/// pfn    0    5           16
/// map    00000|00000000000|     node 0 twice, the upper part may be unplugged
/// memory ??????????????????     of no node
/// ```
/// Expect one block: the map says whose the memory is, and its flags cut nothing.
#[test]
fn memory_of_no_node_is_not_cut_where_only_flags_change() {
    let piece = |start, end, number, flags| allocators::MemoryRange {
        range: pages(start, end),
        nid: number,
        flags: allocators::MemFlags(flags),
    };
    let nodes = vec![piece(0, 5, Some(nid(0)), 0), piece(5, 16, Some(nid(0)), 1)];
    let map = allocators::MemoryMap::new(allocators::PageSize::KIB_4, Vec::leak(nodes)).unwrap();
    let start: &'static [_] = Vec::leak(vec![piece(0, 16, None, 0)]);
    let memblock = crate::draw::build(map.with_start(start).unwrap(), true);
    let (mut one, mut all) = (Blocks::default(), Blocks::default());
    memblock.hand_over(nid(0), &mut one).unwrap();
    memblock.hand_over_all(&mut all);
    assert_eq!((one.0, all.0), (vec![(0, 4)], vec![(0, 4)]));
}

/// ```text
/// map       0000000011111111
/// memory    ????????????????     no node was ever learnt
/// ```
/// Expect memory of no node to be cut where the machine's map changes nodes, as when nodes go one by one.
#[test]
fn one_walk_over_memory_of_no_node_goes_by_the_map() {
    let nodes: &'static [_] = Vec::leak(memory("0000000011111111"));
    let start = Vec::leak(memory("????????????????"));
    let memblock = build(MemoryMap::new(PageSize::KIB_4, nodes).unwrap().with_start(start).unwrap(), true);
    let mut blocks = Blocks::default();
    assert_eq!(memblock.hand_over_all(&mut blocks), PageCount(16));
    assert_eq!(blocks.0, [(0, 3), (8, 3)]);
}
