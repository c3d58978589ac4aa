//! Random calls on machines of up to 64 TiB, held against interval sets.
//!
//! A word of the tree's lowest level stands for 8 GiB, of the next for 512 GiB, of the one above for 32 TiB. The calls begin
//! and end around multiples of those and of a chunk, and are of a page or of terabytes.

use std::ops::Range;

use allocators::wordtree::Wordtree;
use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, Exclusive, FreeError, Goal, MemFlags,
    MemoryMap, MemoryRange, Metadata, Nid, NodeChoice, Order, PageCount, PageSize, Pfn, PhysAddr,
    ReserveError, Strategy as _,
};
use proptest::prelude::*;
use rangemap::RangeSet;

const PAGE: u64 = 0x1000;
/// Pages in a chunk, and in what a word of each level stands for.
const STEPS: [u64; 4] = [1 << 15, 1 << 21, 1 << 27, 1 << 33];
/// 64 TiB.
const END: u64 = 1 << 34;

#[derive(Clone, Debug)]
enum Op {
    Reserve(Range<u64>, bool),
    Free(Range<u64>),
    Alloc { count: u64, step: u64, goal: u64, strict: bool, limit: Option<u64>, node: Option<u32> },
}

/// A page near a border between chunks, or between what words stand for.
fn page() -> impl Strategy<Value = u64> {
    let near = prop_oneof![Just(0), Just(-1i64), Just(1), Just(64), Just(-64), -40_000..40_000i64];
    (prop::sample::select(STEPS.to_vec()), 0..70u64, near)
        .prop_map(|(step, times, near)| (step * times).saturating_add_signed(near).min(END - 1))
}

fn pages() -> impl Strategy<Value = Range<u64>> {
    let count = prop_oneof![
        1..200u64,
        (prop::sample::select(STEPS.to_vec()), 1..4u64).prop_map(|(step, times)| step * times),
        1..1u64 << 31,
    ];
    let short = (page(), count).prop_map(|(start, count)| start..(start + count).min(END));
    let between = (page(), page()).prop_map(|(a, b)| a.min(b)..a.max(b) + 1);
    prop_oneof![2 => short, 1 => between]
}

fn op() -> impl Strategy<Value = Op> {
    let count =
        prop_oneof![6 => 1..70u64, 3 => 64..5000u64, 2 => 1u64 << 14..1 << 18, 1 => 1u64 << 20..1 << 32];
    let step = prop_oneof![4 => Just(0), 3 => 0..7u32, 2 => 7..20u32].prop_map(|order| 1u64 << order);
    let limit = prop_oneof![3 => Just(None), 1 => page().prop_map(|page| Some(page + 1))];
    let node = prop_oneof![2 => Just(None), 1 => (0..2u32).prop_map(Some)];
    let goal = prop_oneof![1 => Just(0), 1 => page()];
    let alloc = (count, step, goal, any::<bool>(), limit, node).prop_map(
        |(count, step, goal, strict, limit, node)| Op::Alloc { count, step, goal, strict, limit, node },
    );
    prop_oneof![
        3 => (pages(), any::<bool>()).prop_map(|(pages, exclusive)| Op::Reserve(pages, exclusive)),
        2 => pages().prop_map(Op::Free),
        5 => alloc,
    ]
}

/// What is memory, by node, and what of it is free.
struct Model {
    memory: [RangeSet<u64>; 2],
    free: RangeSet<u64>,
}

impl Model {
    fn all(&self) -> RangeSet<u64> {
        self.memory[0].iter().chain(self.memory[1].iter()).cloned().collect()
    }

    /// The first fit in `window` among what is free, on a node if one is named.
    fn fit(&self, count: u64, step: u64, window: &Range<u64>, node: Option<u32>) -> Option<u64> {
        let stretches = match node {
            Some(node) => self.memory[node as usize].clone(),
            None => self.all(),
        };
        stretches.iter().find_map(|stretch| {
            let bounds = stretch.start.max(window.start)..stretch.end.min(window.end);
            if bounds.is_empty() {
                return None;
            }
            self.free.overlapping(&bounds).find_map(|run| {
                let first = run.start.max(bounds.start).next_multiple_of(step);
                (first.checked_add(count)? <= run.end.min(bounds.end)).then_some(first)
            })
        })
    }
}

fn addrs(pages: &Range<u64>) -> AddrRange {
    AddrRange::new(PhysAddr(pages.start * PAGE), PhysAddr(pages.end * PAGE)).unwrap()
}

fn step(boot: &mut dyn BootAllocator, model: &mut Model, op: &Op) {
    match op {
        Op::Reserve(pages, exclusive) => {
            let outside = model.all().gaps(pages).next().map(|gap| gap.start);
            let busy = model.free.gaps(pages).next().map(|gap| gap.start).filter(|_| *exclusive);
            let expected = match (outside, busy) {
                (Some(outside), _) => Err(ReserveError::OutsideMemory(Pfn(outside))),
                (None, Some(busy)) => Err(ReserveError::Busy(PhysAddr(busy * PAGE))),
                (None, None) => Ok(()),
            };
            let exclusive = if *exclusive { Exclusive::Yes } else { Exclusive::No };
            assert_eq!(boot.reserve(addrs(pages), exclusive), expected, "{op:x?}");
            if expected.is_ok() {
                model.free.remove(pages.clone());
            }
        }
        Op::Free(pages) => {
            let outside = model.all().gaps(pages).next().map(|gap| gap.start);
            let free = model.free.overlapping(pages).next().map(|free| free.start.max(pages.start));
            let expected = match (outside, free) {
                (Some(outside), _) => Err(FreeError::OutsideMemory(Pfn(outside))),
                (None, Some(free)) => Err(FreeError::AlreadyFree(Pfn(free))),
                (None, None) => Ok(()),
            };
            assert_eq!(boot.free(addrs(pages)), expected, "{op:x?}");
            if expected.is_ok() {
                model.free.insert(pages.clone());
            }
        }
        &Op::Alloc { count, step, goal, strict, limit, node } => {
            let end = limit.unwrap_or(END);
            let above = model.fit(count, step, &(goal..end), node);
            // What begins below the goal may cross it, but need not be looked for above.
            let below = (!strict && goal > 0)
                .then(|| model.fit(count, step, &(0..end.min(goal + count - 1)), node))
                .flatten();
            let request = AllocRequest {
                size: count * PAGE,
                align: step * PAGE,
                goal: if strict {
                    Goal::AtLeast(PhysAddr(goal * PAGE))
                } else {
                    Goal::Prefer(PhysAddr(goal * PAGE))
                },
                limit: limit.map(|limit| PhysAddr(limit * PAGE)),
                node: node.map_or(NodeChoice::Any, |node| NodeChoice::Exact(Nid::new(node).unwrap())),
            };
            let given = boot.alloc(&request);
            if matches!(given, Err(AllocError::LimitBelowGoal { .. })) {
                return;
            }
            let expected = above.or(below);
            assert_eq!(
                given,
                expected.map(|first| PhysAddr(first * PAGE)).ok_or(AllocError::NoMemory),
                "{op:x?}"
            );
            if let Some(first) = expected {
                model.free.remove(first..first + count);
            }
        }
    }
}

#[derive(Default)]
struct Runs {
    blocks: Vec<(u64, u8)>,
    pages: RangeSet<u64>,
}

impl BlockSink for Runs {
    fn block(&mut self, first: Pfn, order: Order) {
        self.blocks(first, order, 1);
    }

    fn blocks(&mut self, first: Pfn, order: Order, count: u64) {
        self.blocks.push((first.0, order.0));
        self.pages.insert(first.0..first.0 + (count << order.0));
    }
}

fn replay(borders: &[u64], ops: &[Op]) {
    // Nodes take turns; the third of the pieces is a hole.
    let ends = borders.iter().copied().chain([END]);
    let pieces = ends
        .scan(0, |at, end| Some(std::mem::replace(at, end)..end))
        .zip([0, 1, 2, 0, 1].into_iter().cycle());
    let pieces: Vec<_> = pieces.filter(|(pages, node)| !pages.is_empty() && *node < 2).collect();
    let mut model = Model { memory: Default::default(), free: RangeSet::new() };
    for (pages, node) in &pieces {
        model.memory[*node as usize].insert(pages.clone());
        model.free.insert(pages.clone());
    }
    let nodes: Vec<_> = pieces
        .iter()
        .map(|(pages, node)| MemoryRange { range: addrs(pages), nid: Nid::new(*node), flags: MemFlags::NONE })
        .collect();
    let map = [0, 1]
        .map(|nid| Nid::new(nid).unwrap())
        .into_iter()
        .fold(MemoryMap::new(PageSize::KIB_4, &nodes).unwrap(), MemoryMap::with_node);
    let mut words = vec![0x5555_5555_5555_5555; Wordtree.metadata_words(&map)];
    let mut boot = Wordtree.build(map, Metadata::new(&mut words)).unwrap();
    for op in ops {
        step(&mut boot, &mut model, op);
    }
    let mut free = RangeSet::new();
    boot.for_each_free(&mut |range| free.insert(range.start().0 / PAGE..range.end().0 / PAGE));
    assert_eq!(free, model.free);
    let mut reserved = RangeSet::new();
    boot.for_each_reserved(&mut |range| reserved.insert(range.start().0 / PAGE..range.end().0 / PAGE));
    let taken: RangeSet<u64> =
        model.all().iter().flat_map(|piece| model.free.gaps(piece).collect::<Vec<_>>()).collect();
    assert_eq!(reserved, taken);
    for node in 0..2 {
        let mut runs = Runs::default();
        let pages = boot.release(Nid::new(node).unwrap(), &mut runs).unwrap();
        let own: RangeSet<u64> = model.memory[node as usize]
            .iter()
            .flat_map(|piece| {
                let clip = |run: &Range<u64>| run.start.max(piece.start)..run.end.min(piece.end);
                model.free.overlapping(piece).map(clip).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(pages, PageCount(own.iter().map(|run| run.end - run.start).sum()));
        assert_eq!(runs.pages, own);
        // Runs of the largest order are given in one call, and a free stretch has at most one of them.
        let stretches = own.iter().count();
        assert!(runs.blocks.iter().filter(|(_, order)| *order == 10).count() <= stretches);
        assert!(runs.blocks.len() <= stretches * 21);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn wordtree_equals_a_list_of_free_pages(
        mut borders in prop::collection::vec(page(), 0..6),
        ops in prop::collection::vec(op(), 1..60),
    ) {
        borders.sort_unstable();
        replay(&borders, &ops);
    }
}
