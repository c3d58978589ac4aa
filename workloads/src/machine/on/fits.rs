//! Whether all requests of a made trace find room: held against memblock, whose searches miss nothing.

use allocators::memblock::Memblock;
use allocators::{AllocRequest, BootAllocator};

use super::rules::Without;
use crate::replay::{Observer, Program, Reach, Stage, Step, StepResult, run};
use crate::trace::{Op, Trace};

/// A request that finds no room.
pub(super) struct Misfit {
    /// The number of its record, from 1.
    pub(super) record: usize,
    /// Which of the allocations it is, from 0.
    pub(super) allocation: usize,
    pub(super) request: String,
    /// Bytes that were free at the end of the boot.
    pub(super) free: u64,
    /// Why a kernel goes on without it, if it does.
    pub(super) without: Option<Without>,
}

struct Watch {
    failed: Option<(usize, AllocRequest)>,
}

impl Observer for Watch {
    fn after(&mut self, index: usize, step: &Step, result: &StepResult) {
        if let (Step::Alloc(request, _), StepResult::Alloc(Err(_)), None) = (step, result, self.failed) {
            self.failed = Some((index, *request));
        }
    }
}

/// The first request that finds no room, if there is one.
pub(super) fn first_that_fails(trace: &Trace) -> Option<Misfit> {
    let program = Program::compile(trace, Reach::Everywhere);
    let mut watch = Watch { failed: None };
    let memory: u64 = program.machine.nodes.iter().map(|piece| piece.range.size()).sum();
    let reserved = Stage::default().play(&Memblock, &program, |allocator, slots| {
        run(&program, allocator, slots, &mut watch);
        let mut reserved = 0;
        allocator.for_each_reserved(&mut |range| reserved += range.size());
        reserved
    });
    let (step, request) = watch.failed?;
    let record = *program.record_of.get(step)? as usize;
    let before = trace.records[..record].iter().filter(|record| matches!(record.op, Op::Alloc(..))).count();
    let caller =
        trace.records[record].caller.as_deref().map(|caller| format!(" by {caller}")).unwrap_or_default();
    let node = request.node.nid().map(|nid| format!(" on node {nid}")).unwrap_or_default();
    let limit = request.limit.map(|limit| format!(" below {limit}")).unwrap_or_default();
    Some(Misfit {
        record: record + 1,
        allocation: before,
        request: format!("{} bytes{node}{limit}{caller}", request.size),
        free: memory.saturating_sub(reserved.unwrap_or(0)),
        without: Without::of(&request, trace.records[record].caller.as_deref()),
    })
}
