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
    pub(crate) addresses: Vec<Option<u64>>,
    /// Regions of memory and of what is reserved, at the end.
    pub(crate) regions: [usize; 2],
    /// What the lists hold before they must grow, at the end.
    pub(crate) capacity: [u64; 2],
    /// Pages that were handed over.
    pub(crate) pages: u64,
}

pub(super) fn of(strategy: &'static Plugin, trace: &Trace) -> Found<Seen> {
    let program = Program::compile(trace, Reach::of(strategy));
    let played = Stage::default().play(strategy, &program, |allocator, slots| {
        let mut watch = Addresses::default();
        replay::run(&program, allocator, slots, &mut watch);
        let mut sink = allocators::CountingSink::default();
        let lists = [List::Memory, List::Reserved];
        Seen {
            addresses: watch.0,
            regions: lists.map(|list| allocator.regions(list).len()),
            capacity: lists.map(|list| allocator.capacity(list).unwrap_or_default()),
            pages: allocators::BootAllocator::hand_over_all(allocator, &mut sink).0,
        }
    });
    played.map_err(|error| refused(&error))
}

/// Keeps every answer to an allocation.
#[derive(Default)]
struct Addresses(Vec<Option<u64>>);

impl Observer for Addresses {
    fn after(&mut self, _: usize, _: &Step, result: &StepResult) {
        if let StepResult::Alloc(given) = result {
            self.0.push(given.ok().map(|at| at.0));
        }
    }
}
