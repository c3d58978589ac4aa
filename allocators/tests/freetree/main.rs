//! freetree with more regions than its first memory holds, and on a map that changes.

use allocators::freetree::Freetree;
use allocators::memquick::Memquick;
use allocators::{
    AddrRange, AllocError, AllocRequest, BootAllocator, BumpMemory, Exclusive, Goal, MapChange, MemFlags,
    MemoryMap, MemoryRange, Metadata, Nid, PageSize, PhysAddr, Setting, Strategy,
};

const PAGE: u64 = 0x1000;
/// Pages that are reserved one by one.
const MANY: u64 = 20_000;

fn page(number: u64) -> AddrRange {
    AddrRange::from_size(PhysAddr(number * PAGE), PAGE).unwrap()
}

fn reserved(boot: &dyn BootAllocator) -> Vec<AddrRange> {
    let mut ranges = Vec::new();
    boot.for_each_reserved(&mut |range| ranges.push(range));
    ranges
}

/// Plays on a machine of a GiB with room for tables that grow.
fn with<S: Strategy + 'static, T>(strategy: &'static S, play: impl FnOnce(&mut dyn BootAllocator) -> T) -> T {
    let range = AddrRange::from_size(PhysAddr(0), 1 << 30).unwrap();
    let nodes = [MemoryRange { range, nid: Nid::new(0), flags: MemFlags::NONE }];
    let map = MemoryMap::new(PageSize::KIB_4, &nodes).unwrap();
    let mut words = vec![0x5555_5555_5555_5555; strategy.metadata_words(&map)];
    let mut arrays = vec![0x5555_5555_5555_5555; 1 << 20];
    let mut bump = BumpMemory::new(&mut arrays);
    play(&mut strategy.build(map, Metadata::new(&mut words).with_arrays(&mut bump)).unwrap())
}

/// What is reserved below the first page that nobody asked for, as every second page up to there.
fn below(ranges: &[AddrRange]) -> Vec<AddrRange> {
    ranges.iter().copied().filter(|range| range.end() <= PhysAddr(2 * MANY * PAGE)).collect()
}

/// Expect twenty thousand regions to be kept in memory of the machine, at its top and nowhere else, and each to be there.
#[test]
fn many_regions_move_the_tree_to_memory_of_the_machine() {
    with(&Freetree, |boot| {
        for number in 0..MANY {
            boot.reserve(page(2 * number + 1), Exclusive::Yes).unwrap();
        }
        let all = reserved(boot);
        assert!(below(&all).into_iter().eq((0..MANY).map(|number| page(2 * number + 1))));
        let own = &all[below(&all).len()..];
        assert_eq!(own.len(), 1, "only the last place of the tree is reserved");
        for number in (0..MANY).filter(|number| number % 3 != 0) {
            boot.free(page(2 * number + 1)).unwrap();
        }
        assert!(
            below(&reserved(boot)).into_iter().eq((0..MANY).step_by(3).map(|number| page(2 * number + 1)))
        );
    });
}

/// Expect the same blocks as of memblock's lists below where either took memory for itself, whether they lie among the pages
/// that are left or between regions that are freed, and from below as from above.
#[test]
fn many_regions_change_no_address() {
    let play = |boot: &mut dyn BootAllocator| {
        for number in 0..MANY {
            boot.reserve(page(2 * number + 1), Exclusive::Yes).unwrap();
        }
        let mut answers = Vec::new();
        let mut random = 1_u64;
        for round in 0..4000_u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = (random >> 33) % MANY;
            boot.set(Setting::BottomUp(round % 2 == 0));
            let limit = PhysAddr((2 * MANY - (random >> 20) % MANY) * PAGE);
            let size = (1 + (random >> 40) % 5) * PAGE / 2;
            let goal = Goal::AtLeast(PhysAddr((random >> 50) % 1000 * PAGE));
            answers.push(boot.alloc(&AllocRequest::new(size, 64).with_goal(goal).with_limit(limit)).ok());
            boot.free(page(2 * number + 1)).unwrap();
        }
        (answers, below(&reserved(boot)))
    };
    assert_eq!(with(&Freetree, play), with(&Memquick, play));
}

/// The pages from `start` up to `end`.
fn pages(start: u64, end: u64) -> AddrRange {
    AddrRange::new(PhysAddr(start * PAGE), PhysAddr(end * PAGE)).unwrap()
}

/// Memory whose pages have nodes as drawn, one piece a page: memblock merges those that are alike.
fn drawn(nodes: &str) -> Vec<MemoryRange> {
    let piece = |(number, node): (u64, char)| MemoryRange {
        range: page(number),
        nid: Nid::new(node.to_digit(10).unwrap()),
        flags: MemFlags::NONE,
    };
    (0..).zip(nodes.chars()).map(piece).collect()
}

/// A block lies in one region of memory, so a change that makes two regions one makes room for a larger block.
///
/// ```text
/// page      0         1
///           012345678901
/// before    000011110000    three regions of four pages: no block of six
/// after     000000000000    one region of twelve
/// reserved  x.....bbbbbb    the block, and page 0, so that a search sees all of the gap above it
/// ```
///
/// Expect a request for six pages to fail before the change and to be given the highest six after it: what the failure
/// taught freetree about the gap no longer holds.
#[test]
fn regions_of_memory_that_become_one_hold_what_fitted_in_none() {
    use MapChange::{ClearFlags, SetFlags, SetNode};
    const ONE: &str = "000000000000";
    let (all, low, middle, part) = (pages(0, 12), pages(0, 8), pages(4, 8), pages(5, 8));
    let (node, other) = (Nid::new(0), Nid::new(1));
    let (hotplug, mirror, nomap) = (MemFlags::HOTPLUG, MemFlags::MIRROR, MemFlags::NOMAP);
    let cases = [
        ("a comb gets the node between its teeth", "010010010010", None, SetNode(all, node)),
        ("the middle gets the node of either side", "000011110000", None, SetNode(middle, node)),
        ("either side gets the node of the middle", "000001110000", None, SetNode(all, other)),
        ("a node is taken back", ONE, Some(SetNode(part, other)), SetNode(part, node)),
        ("the rest is hot-pluggable too", ONE, Some(SetFlags(middle, hotplug)), SetFlags(all, hotplug)),
        ("the rest is mirrored too", ONE, Some(SetFlags(middle, mirror)), SetFlags(all, mirror)),
        ("nothing is hot-pluggable any more", ONE, Some(SetFlags(middle, hotplug)), ClearFlags(low, hotplug)),
        ("nothing is mirrored any more", ONE, Some(SetFlags(part, mirror)), ClearFlags(all, mirror)),
        ("all is mapped again", ONE, Some(SetFlags(part, nomap)), ClearFlags(low, nomap)),
    ];
    for (case, nodes, first, then) in cases {
        let memory = drawn(nodes);
        let map = MemoryMap::new(PageSize::KIB_4, &memory).unwrap();
        let mut words = vec![0x5555_5555_5555_5555; Freetree.metadata_words(&map)];
        let mut boot = Freetree.build(map, Metadata::new(&mut words)).unwrap();
        boot.reserve(page(0), Exclusive::Yes).unwrap();
        if let Some(first) = first {
            boot.change(first).unwrap();
        }
        let six = AllocRequest::new(6 * PAGE, PAGE);
        assert_eq!(boot.alloc(&six), Err(AllocError::NoMemory), "{case}");
        boot.change(then).unwrap();
        assert_eq!(boot.alloc(&six), Ok(PhysAddr(6 * PAGE)), "{case}");
    }
}
