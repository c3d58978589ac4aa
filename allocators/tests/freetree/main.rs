//! freetree with more regions than its first memory holds.

use allocators::freetree::Freetree;
use allocators::memquick::Memquick;
use allocators::{
    AddrRange, AllocRequest, BootAllocator, BumpMemory, Exclusive, Goal, MemFlags, MemoryMap, MemoryRange,
    Metadata, Nid, PageSize, PhysAddr, Setting, Strategy,
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
