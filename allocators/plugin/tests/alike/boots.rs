//! Each recorded boot through both.

use std::collections::HashMap;

use allocators::{
    AddrRange, BlockSink, BootAllocator, MapChange, MemoryMap, Nid, Order, PageSize, Pfn, PfnRange, Strategy,
};
use plugin::Plugin;
use workloads::corpus;
use workloads::replay::{Observer, Program, Reach, Stage, Step, StepResult, run};

/// What a boot came to: all answers, what is free at the end, and the blocks that each node released.
#[derive(Default, PartialEq)]
struct Seen {
    answers: Vec<StepResult>,
    free: Vec<AddrRange>,
    blocks: Vec<(Pfn, Order)>,
}

impl Observer for Seen {
    fn after(&mut self, _: usize, _: &Step, result: &StepResult) {
        self.answers.push(*result);
    }
}

impl BlockSink for Seen {
    fn block(&mut self, first: Pfn, order: Order) {
        self.blocks.push((first, order));
    }
}

fn play<S: Strategy + 'static>(strategy: &'static S, program: &Program, stage: &mut Stage) -> Seen {
    stage
        .play(strategy, program, |allocator, slots| {
            let mut seen = Seen::default();
            run(program, allocator, slots, &mut seen);
            allocator.for_each_free(&mut |range| seen.free.push(range));
            allocator.release_all(&mut seen);
            seen
        })
        .unwrap()
}

/// Whether old code has an idea of this boot: its memory map is fixed, and a node is one range.
fn is_defined(program: &Program) -> bool {
    let fixed = |step: &Step| match step {
        Step::Change(MapChange::SetFlags(_, flags) | MapChange::ClearFlags(_, flags)) => !flags.untouchable(),
        Step::Change(MapChange::SetNode(..)) => true,
        Step::Change(_) => false,
        _ => true,
    };
    program.steps.iter().all(fixed) && !overlap(&program.machine.map().unwrap())
}

/// Whether a node begins before another one has ended.
fn overlap(map: &MemoryMap<'_>) -> bool {
    let mut spans: Vec<(Nid, PfnRange)> = Vec::new();
    for (pages, nid) in map.owned_pages() {
        match spans.iter_mut().find(|(known, _)| *known == nid) {
            Some((_, span)) => *span = PfnRange::clamped(span.start(), pages.end()),
            None => spans.push((nid, pages)),
        }
    }
    spans.sort_by_key(|(_, span)| span.start());
    spans.windows(2).any(|pair| pair[1].1.start() < pair[0].1.end())
}

/// Expects the same answers to all calls, the same free memory afterwards and the same blocks released, and says how many
/// boots both have an idea of.
pub(crate) fn compare<S: Strategy + 'static>(ours: &'static S, theirs: impl Fn(PageSize) -> &'static Plugin) {
    let mut strategies: HashMap<PageSize, &'static Plugin> = HashMap::new();
    let (mut stage, mut same, mut left_out) = (Stage::default(), 0, 0);
    for name in corpus::names() {
        let program = Program::compile(&corpus::trace(name).unwrap().unwrap(), Reach::Memory);
        if !is_defined(&program) {
            left_out += 1;
            continue;
        }
        let page = program.machine.page;
        let theirs = *strategies.entry(page).or_insert_with(|| theirs(page));
        let (ours, theirs) = (play(ours, &program, &mut stage), play(theirs, &program, &mut stage));
        let answers = ours.answers.iter().zip(&theirs.answers).enumerate();
        if let Some((step, (ours, theirs))) = answers.into_iter().find(|(_, (ours, theirs))| ours != theirs) {
            panic!("{name}, step {step}, {:x?}: ours {ours:x?}, theirs {theirs:x?}", program.steps[step]);
        }
        assert_eq!(ours.free, theirs.free, "{name}: what is free");
        assert!(ours.blocks == theirs.blocks, "{name}: blocks released");
        same += 1;
    }
    println!("{same} boots alike, {left_out} left out: their memory map changes, or nodes overlap");
    assert!(same > left_out, "{same} boots, {left_out} left out");
}
