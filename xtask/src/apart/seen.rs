//! What a boot comes to in the code of one revision.

use plugin::{List, Plugin};
use serde::{Deserialize, Serialize};
use workloads::replay::{self, Observer, Program, Reach, Stage, Step, StepResult};
use workloads::trace::Trace;

use super::{Found, refused};

/// What a boot came to.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// What each allocation was given.
    pub(crate) addresses: Vec<Given>,
    /// Regions of memory and of what is reserved, at the end.
    pub(crate) regions: [usize; 2],
    /// What the lists hold before they must grow, at the end.
    pub(crate) capacity: [u64; 2],
    /// Pages that were handed over.
    pub(crate) pages: u64,
}

/// What an allocation was given.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Given {
    /// The line of its record in the trace.
    pub(crate) line: usize,
    /// `None` if it was refused.
    pub(crate) at: Option<u64>,
}

pub(super) fn of(strategy: &'static Plugin, trace: &Trace) -> Found<Seen> {
    let program = Program::compile(trace, Reach::of(strategy));
    let played = Stage::default().play(strategy, &program, |allocator, slots| {
        let mut watch = Addresses { program: &program, lines: trace.record_lines(), given: Vec::new() };
        replay::run(&program, allocator, slots, &mut watch);
        let mut sink = allocators::CountingSink::default();
        let lists = [List::Memory, List::Reserved];
        Seen {
            addresses: watch.given,
            regions: lists.map(|list| allocator.regions(list).len()),
            capacity: lists.map(|list| allocator.capacity(list).unwrap_or_default()),
            pages: allocators::BootAllocator::hand_over_all(allocator, &mut sink).0,
        }
    });
    played.map_err(|error| refused(&error))
}

/// Keeps every answer to an allocation.
struct Addresses<'p> {
    program: &'p Program,
    lines: Vec<usize>,
    given: Vec<Given>,
}

impl Observer for Addresses<'_> {
    fn after(&mut self, step: usize, _: &Step, result: &StepResult) {
        if let StepResult::Alloc(given) = result {
            let record = self.program.record_of[step] as usize;
            let line = self.lines.get(record).copied().unwrap_or_default();
            self.given.push(Given { line, at: given.ok().map(|at| at.0) });
        }
    }
}
