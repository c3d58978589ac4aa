//! Long requests among single pages, held against wordscan, which tries window after window.
//!
//! ```text
//! chunk   |      0      |      1      |      2      |      3      | ...
//! taken    ..x..x..x..x..x..x..x..x..x..x..x...........x..x..x..x..         combs of all widths, with holes freed in them
//! ```

use allocators::wordscan::Wordscan;
use allocators::wordtree::Wordtree;
use allocators::{
    AddrRange, AllocRequest, BootAllocator, Exclusive, Goal, MemFlags, MemoryMap, MemoryRange, Metadata, Nid,
    PageSize, PhysAddr,
};
use proptest::prelude::*;

const PAGE: u64 = 0x1000;
/// Pages in eight chunks: what is played with.
const PLAYED: u64 = 8 << 15;

#[derive(Clone, Debug)]
enum Op {
    /// A page is reserved in each so many.
    Comb(u64, u64),
    /// A chunk is taken as a whole.
    Chunk(u64),
    Free(u64, u64),
    Alloc {
        count: u64,
        order: u32,
        goal: u64,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let count = prop_oneof![3 => 120..140u64, 3 => 64..1000u64, 1 => 1000..40_000u64];
    let goal = prop_oneof![Just(0), 0..PLAYED];
    let freed = prop_oneof![1..300u64, 1..70_000u64];
    prop_oneof![
        2 => (0..PLAYED, 2..250u64).prop_map(|(start, apart)| Op::Comb(start, apart)),
        1 => (0..8u64).prop_map(Op::Chunk),
        2 => (0..PLAYED, freed).prop_map(|(start, count)| Op::Free(start, count)),
        4 => (count, 0..10u32, goal).prop_map(|(count, order, goal)| Op::Alloc { count, order, goal }),
    ]
}

fn pages(start: u64, end: u64) -> AddrRange {
    AddrRange::new(PhysAddr(start * PAGE), PhysAddr(end.min(PLAYED) * PAGE)).unwrap()
}

/// What comes of each request. Pages are reserved one by one and freed where they are reserved, so that nothing is refused.
fn play(boot: &mut dyn BootAllocator, ops: &[Op], all: u64) -> Vec<Option<PhysAddr>> {
    let above = AddrRange::new(PhysAddr(PLAYED * PAGE), PhysAddr(all * PAGE)).unwrap();
    boot.reserve(above, Exclusive::Yes).unwrap();
    boot.reserve(pages(0, 1), Exclusive::No).unwrap();
    let mut answers = Vec::new();
    for op in ops {
        match *op {
            Op::Comb(start, apart) => {
                for page in (start..PLAYED).step_by(usize::try_from(apart).unwrap()) {
                    boot.reserve(pages(page, page + 1), Exclusive::No).unwrap();
                }
            }
            Op::Chunk(chunk) => boot.reserve(pages(chunk << 15, (chunk + 1) << 15), Exclusive::No).unwrap(),
            Op::Free(start, count) => {
                boot.reserve(pages(start, start + count), Exclusive::No).unwrap();
                boot.free(pages(start, start + count)).unwrap();
            }
            Op::Alloc { count, order, goal } => {
                let goal = Goal::Prefer(PhysAddr(goal * PAGE));
                let request = AllocRequest::new(count * PAGE, PAGE << order).with_goal(goal);
                answers.push(boot.alloc(&request).ok());
            }
        }
    }
    answers
}

fn on<S: allocators::Strategy + 'static>(
    strategy: &'static S,
    ops: &[Op],
    all: u64,
) -> Vec<Option<PhysAddr>> {
    let range = AddrRange::new(PhysAddr(0), PhysAddr(all * PAGE)).unwrap();
    let nodes = [MemoryRange { range, nid: Nid::new(0), flags: MemFlags::NONE }];
    let map = MemoryMap::new(PageSize::KIB_4, &nodes).unwrap();
    let mut words = vec![0x5555_5555_5555_5555; strategy.metadata_words(&map)];
    play(&mut strategy.build(map, Metadata::new(&mut words)).unwrap(), ops, all)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// A machine of a plain map, and one that is too large for that: all above what is played with is taken.
    #[test]
    fn what_is_stepped_over_held_nothing(ops in prop::collection::vec(op(), 1..40), large in any::<bool>()) {
        let all = if large { (10 << 20) + (3 << 15) } else { PLAYED + 64 };
        prop_assert_eq!(on(&Wordtree, &ops, all), on(&Wordscan, &ops, all));
    }
}
