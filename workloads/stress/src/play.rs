//! One boot through one strategy: every answer, what the lists hold, what is handed over, and what the checker says.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use allocators::{MemoryRange, Strategy};
use workloads::check::{Checked, check_with};
use workloads::replay::{Observer, Program, Stage, StageError, Step, StepResult};

/// What a strategy that keeps lists has in them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lists {
    /// The regions of memory.
    pub memory: Vec<MemoryRange>,
    /// The reserved regions.
    pub reserved: Vec<MemoryRange>,
    /// How many each holds before it must grow.
    pub capacity: (u64, u64),
    /// How often the strategy complained: a kernel's `WARN`.
    pub complaints: u64,
}

/// What came of a boot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Played {
    /// The answer to each step, as far as the boot came.
    pub answers: Vec<StepResult>,
    /// The lists before the hand-over, if the strategy keeps any.
    pub lists: Option<Lists>,
    /// What the checker found; `None` where the boot was stopped.
    pub checked: Option<Checked>,
    /// Why the boot was stopped, if it was: a `BUG`, a `panic`, an allocator that cannot be built.
    pub stopped: Option<String>,
}

#[derive(Default)]
struct Answers(Vec<StepResult>);

impl Observer for Answers {
    fn after(&mut self, _: usize, _: &Step, result: &StepResult) {
        self.0.push(*result);
    }
}

/// Plays `program` through a strategy without lists.
pub fn play_plain<S: Strategy + 'static>(
    strategy: &'static S,
    program: &Program,
    stage: &mut Stage,
) -> Played {
    play_listed(strategy, program, stage, |_| None)
}

/// Plays `program` through a strategy whose lists `look` knows.
pub fn play_listed<S: Strategy + 'static>(
    strategy: &'static S,
    program: &Program,
    stage: &mut Stage,
    look: impl FnOnce(&mut S::Allocator<'_>) -> Option<Lists>,
) -> Played {
    let mut answers = Answers::default();
    // A stage is made anew for each boot as far as it matters: it only keeps memory.
    let played = catch_unwind(AssertUnwindSafe(|| check_with(strategy, program, stage, &mut answers, look)));
    let Answers(answers) = answers;
    let (checked, lists, stopped) = match played {
        Ok(Ok((checked, lists))) => (Some(checked), lists, None),
        Ok(Err(error)) => (None, None, Some(cannot(&error))),
        Err(payload) => (None, None, Some(said(&*payload))),
    };
    Played { answers, lists, checked, stopped }
}

fn cannot(error: &StageError) -> String {
    error.to_string()
}

/// What a panic said.
fn said(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".into())
}
