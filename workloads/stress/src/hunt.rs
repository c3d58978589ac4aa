//! Boot after boot, until one fails.

use allocators::memblock::Memblock;
use allocators::{AllocError, ChangeError, FreeError, MemoryRange, ReserveError};
use serde::{Deserialize, Serialize};
use workloads::replay::{Program, Reach, Stage, StepResult};
use workloads::trace::{Machine, Trace};

use crate::failure::{Failure, Kind};
use crate::judge::judge;
use crate::play::Played;
use crate::scenes::Scenes;
use crate::subject::{Listed, Subject};
use crate::{Scenario, vary};

/// What is held against what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Rules {
    /// Whether every answer, both lists and every block handed over must be those of the base.
    pub same_answers: bool,
    /// Whether one of the two is a kernel's code and the other our own: what is written down as a difference between them is
    /// none here.
    pub ours_and_the_kernels: bool,
}

/// A strategy under stress.
pub struct Hunt<'s> {
    head: &'s dyn Subject,
    base: Option<&'s dyn Subject>,
    rules: Rules,
    scenes: Scenes,
    stage: Stage,
}

impl<'s> Hunt<'s> {
    /// Puts `head` under stress, held against `base`.
    #[must_use]
    pub fn new(head: &'s dyn Subject, base: Option<&'s dyn Subject>, rules: Rules) -> Self {
        Self { head, base, rules, scenes: Scenes::new(), stage: Stage::default() }
    }

    /// How many boots are the recorded ones as they are; the first ones.
    #[must_use]
    pub fn recorded(&self) -> u64 {
        self.scenes.len() as u64
    }

    /// The machine and boot of this number.
    #[must_use]
    pub fn scenario(&self, seed: u64, index: u64) -> Scenario {
        let mut new = vary::make(&self.scenes, seed, index);
        let by_pages =
            [Some(self.head), self.base].into_iter().flatten().any(|side| side.reach() == Reach::Memory);
        if by_pages && index >= self.recorded() {
            new.settle_nodes();
        }
        new
    }

    /// Plays a scenario: what went wrong, and how many calls were made. One that makes no machine is passed over.
    pub fn scenario_fails(&mut self, scenario: &Scenario) -> (Option<Failure>, u64) {
        match scenario.record(&mut self.stage) {
            Some(trace) => self.trace_fails(&trace),
            None => (None, 0),
        }
    }

    /// Plays a trace.
    pub fn trace_fails(&mut self, trace: &Trace) -> (Option<Failure>, u64) {
        let head = self.play(self.head, trace);
        let base = self.base.map(|base| self.play(base, trace));
        let calls = head.answers.len() as u64;
        if let Some(base) = &base
            && self.rules.ours_and_the_kernels
            && (parted(base) || parted(&head) || knows_other_settings(base, &head))
        {
            return (None, calls);
        }
        if base.is_none() && head.stopped.is_some() && self.lists_are_full(trace, head.answers.len()) {
            return (None, calls);
        }
        let failure = judge(base.as_ref(), &head, self.rules.same_answers);
        // Of memory whose node was never learnt ours asks the map, and hands over the nodes of the map.
        let by_map = |failure: &Failure| {
            self.rules.ours_and_the_kernels
                && failure.kind == Kind::Released
                && has_unknown_nodes(&head, &Machine::of(trace))
        };
        (failure.filter(|failure| !by_map(failure)), calls)
    }

    /// Whether the built-in memblock finds a list full, that may not grow or finds no room, in the first `steps` or the one after:
    /// a kernel may give up there.
    fn lists_are_full(&mut self, trace: &Trace, steps: usize) -> bool {
        let ours = self.play(&Listed(&Memblock), trace);
        ours.answers.iter().take(steps + 1).any(is_full)
    }

    /// The trace of a scenario.
    pub fn trace(&mut self, scenario: &Scenario) -> Option<Trace> {
        scenario.record(&mut self.stage)
    }

    /// What `subject` makes of a trace.
    #[must_use]
    pub fn played_by(&mut self, subject: &dyn Subject, trace: &Trace) -> Played {
        self.play(subject, trace)
    }

    fn play(&mut self, subject: &dyn Subject, trace: &Trace) -> Played {
        // Both are asked the same where both can be: what lies outside memory is cut off for both if it is for one.
        let reach = match self.base {
            Some(base) if base.reach() == Reach::Memory => Reach::Memory,
            _ => self.head.reach(),
        };
        subject.play(&Program::compile(trace, reach), &mut self.stage)
    }
}

fn has_unknown_nodes(played: &Played, machine: &Machine) -> bool {
    let of_map = |nid| {
        machine.nodes.iter().any(|piece| piece.nid == Some(nid)) || machine.memoryless_nodes.contains(&nid)
    };
    let unknown = |region: &MemoryRange| !region.nid.is_some_and(of_map);
    played.lists.as_ref().is_some_and(|lists| lists.memory.iter().any(unknown))
}

/// Whether a setting was made that only one of the two knows, such as marks before 6.16.
fn knows_other_settings(base: &Played, head: &Played) -> bool {
    let both = base.answers.iter().zip(&head.answers);
    both.into_iter()
        .any(|both| matches!(both, (StepResult::Set(one), StepResult::Set(other)) if one != other))
}

/// Whether ours and the kernel's code may have parted in this boot, by what the table of differences says: once a list is full
/// and cannot grow, or when the list of memory has doubled for the second time.
fn parted(played: &Played) -> bool {
    played.stopped.is_some()
        || played.answers.iter().any(is_full)
        || played.lists.as_ref().is_some_and(|lists| {
            let (memory, reserved) = (lists.memory.len() as u64, lists.reserved.len() as u64);
            // What a kernel notes while it hands over may make a list double.
            lists.capacity.0 > 256
                || memory + 2 > lists.capacity.0
                || reserved + 2 * memory + 2 > lists.capacity.1
        })
}

fn is_full(answer: &StepResult) -> bool {
    matches!(
        answer,
        StepResult::Alloc(Err(AllocError::MetadataFull))
            | StepResult::Reserve(Err(ReserveError::MetadataFull))
            | StepResult::Free(Err(FreeError::MetadataFull))
            | StepResult::Change(Err(ChangeError::MetadataFull))
    )
}
