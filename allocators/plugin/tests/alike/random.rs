//! Random operations on random machines through both.

use std::panic::{AssertUnwindSafe, catch_unwind};

use allocators::{
    AddrRange, AllocRequest, BlockSink, BootAllocator, Exclusive, Goal, MemFlags, MemoryMap, MemoryRange,
    Metadata, Nid, NodeChoice, Order, PageSize, Pfn, PhysAddr, Strategy as Recipe,
};
use plugin::Plugin;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

const PAGE: u64 = 4096;

/// Nodes from the bottom up: the pages of the gap before each, and its own.
#[derive(Clone, Debug)]
struct Machine {
    nodes: Vec<(u64, u64)>,
    /// How far node ids are turned round, so that node 0 need not be the lowest.
    turn: usize,
}

#[derive(Clone, Debug)]
enum Call {
    /// From where, how many bytes, and whether all of it must be free.
    Reserve(u64, u64, bool),
    Free(u64, u64),
    /// Free the block of an earlier allocation, by its place among them.
    FreeBlock(usize),
    Alloc(AllocRequest),
}

impl Machine {
    fn memory(&self) -> Vec<MemoryRange> {
        let mut end = 0;
        let mut piece = |(place, &(gap, pages)): (usize, &(u64, u64))| {
            let start = end + gap;
            end = start + pages;
            let nid = u32::try_from((place + self.turn) % self.nodes.len()).unwrap();
            let range = AddrRange::clamped(PhysAddr(start * PAGE), PhysAddr(end * PAGE));
            MemoryRange { range, nid: Nid::new(nid), flags: MemFlags::NONE }
        };
        self.nodes.iter().enumerate().map(&mut piece).collect()
    }
}

fn machines() -> impl Strategy<Value = Machine> {
    // One page below 4 GiB a block can follow that is aligned to 4 GiB.
    let gap = prop_oneof![4 => Just(0), 4 => Just(64), 8 => 0..70_u64, 1 => Just((1 << 20) - 1)];
    let pages = prop_oneof![1..20_u64, 1..200_u64, Just(64), Just(128)];
    (vec((gap, pages), 1..4), 0..3_usize).prop_map(|(nodes, turn)| Machine { nodes, turn })
}

/// Most machines end below page 400; a little lies beyond.
fn addresses() -> impl Strategy<Value = u64> {
    prop_oneof![
        (0..90_u64).prop_map(|page| page * PAGE),
        (0..420_u64).prop_map(|page| page * PAGE),
        0..90 * PAGE
    ]
}

fn requests() -> impl Strategy<Value = AllocRequest> {
    let size =
        prop_oneof![4 => 1..600_u64, 2 => 1..4 * PAGE, 1 => (1..70_u64).prop_map(|pages| pages * PAGE)];
    let align = prop_oneof![Just(1), Just(64), (0..18_u32).prop_map(|shift| 1_u64 << shift), Just(1 << 32)];
    let goal = prop_oneof![
        3 => Just(Goal::Prefer(PhysAddr(0))),
        2 => addresses().prop_map(|goal| Goal::Prefer(PhysAddr(goal))),
        1 => addresses().prop_map(|goal| Goal::AtLeast(PhysAddr(goal))),
    ];
    let limit = prop_oneof![3 => Just(None), 1 => addresses().prop_map(|at| Some(PhysAddr(at)))];
    let nid = || (0..3_u32).prop_map(|nid| Nid::new(nid).unwrap());
    let node = prop_oneof![
        3 => Just(NodeChoice::Any),
        1 => nid().prop_map(NodeChoice::Prefer),
        1 => nid().prop_map(NodeChoice::Exact),
    ];
    (size, align, goal, limit, node).prop_map(|(size, align, goal, limit, node)| AllocRequest {
        size,
        align,
        goal,
        limit,
        node,
    })
}

fn calls() -> impl Strategy<Value = Call> {
    let bytes = || prop_oneof![Just(0), Just(PAGE), 1..3 * PAGE, 1..40 * PAGE];
    prop_oneof![
        3 => (addresses(), bytes(), any::<bool>()).prop_map(|(at, bytes, all)| Call::Reserve(at, bytes, all)),
        1 => (addresses(), bytes()).prop_map(|(at, bytes)| Call::Free(at, bytes)),
        2 => (0..30_usize).prop_map(Call::FreeBlock),
        6 => requests().prop_map(Call::Alloc),
    ]
}

#[derive(Default, Debug, PartialEq)]
struct Blocks(Vec<(Pfn, Order)>);

impl BlockSink for Blocks {
    fn block(&mut self, first: Pfn, order: Order) {
        self.0.push((first, order));
    }
}

/// What is answered, in words.
fn play(allocator: &mut impl BootAllocator, calls: &[Call], blocks: &mut Vec<AddrRange>) -> Vec<String> {
    let range = |at: u64, bytes: u64| AddrRange::clamped(PhysAddr(at), PhysAddr(at + bytes));
    let mut answers: Vec<String> = Vec::new();
    for call in calls {
        answers.push(match call {
            Call::Reserve(at, bytes, all) => {
                let exclusive = if *all { Exclusive::Yes } else { Exclusive::No };
                format!("{:x?}", allocator.reserve(range(*at, *bytes), exclusive))
            }
            Call::Free(at, bytes) => format!("{:x?}", allocator.free(range(*at, *bytes))),
            Call::FreeBlock(place) => match blocks.get(*place) {
                Some(block) => format!("{:x?}", allocator.free(*block)),
                None => continue,
            },
            Call::Alloc(request) => {
                let given = allocator.alloc(request);
                blocks.extend(given.ok().and_then(|at| AddrRange::from_size(at, request.size)));
                format!("{given:x?}")
            }
        });
    }
    answers
}

/// All answers, what is free then, and node by node what is released and what is answered after that.
fn boot(mut allocator: impl BootAllocator, calls: &[Call]) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut answers = play(&mut allocator, calls, &mut blocks);
    allocator.for_each_free(&mut |range| answers.push(format!("free {range:?}")));
    let nids = *allocator.nids();
    for nid in nids.iter() {
        let mut released = Blocks::default();
        let pages = allocator.release(nid, &mut released);
        answers.push(format!("{pages:?} {released:?}"));
        for size in [100, PAGE] {
            answers.push(format!("{:x?}", allocator.alloc(&AllocRequest::new(size, 8))));
        }
    }
    answers
}

/// Whether foreign code has an idea of a request; those that stop its machine are left out.
pub(crate) type Defined = fn(&AllocRequest) -> bool;

/// The first random boot, made as small as it can be, at which the two differ. `PROPTEST_CASES` asks for more than 20,000.
pub(crate) fn first_difference(
    own: &'static impl Recipe,
    theirs: &'static Plugin,
    defined: Defined,
) -> Option<String> {
    let cases = Config::default().cases.max(20_000);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config.clone(),
        proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm),
    );
    let told = runner.run(&(machines(), vec(calls(), 1..40)), |(machine, mut calls)| {
        calls.retain(|call| !matches!(call, Call::Alloc(request) if !defined(request)));
        let memory = machine.memory();
        let map = MemoryMap::new(PageSize::KIB_4, &memory).unwrap();
        let mut words = [own.metadata_words(&map), theirs.metadata_words(&map)].map(|len| vec![0; len]);
        let [mine, foreign] = &mut words;
        let ours = boot(own.build(map, Metadata::new(mine)).unwrap(), &calls);
        // What stops the other is a difference too.
        let theirs = catch_unwind(AssertUnwindSafe(|| {
            boot(theirs.build(map, Metadata::new(foreign)).unwrap(), &calls)
        }));
        let theirs = theirs.map_err(|_| TestCaseError::fail("the other stops"))?;
        let differ = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
        prop_assert!(ours == theirs, "ours and theirs: {differ:#?}");
        Ok(())
    });
    match told {
        Ok(()) => None,
        Err(TestError::Fail(why, case)) => Some(format!("{why}\n{case:#x?}")),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}
