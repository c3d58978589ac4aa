//! One boot through one strategy: every answer, what the lists hold, what is handed over, and what the checker says.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use allocators::{BlockSink, BootAllocator as _, MemoryRange, Order, Pfn, Strategy};
use workloads::check::{Checked, Run, Watch};
use workloads::replay::{Observer, Program, Stage, StageError, Step, StepResult, run};

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
    /// The blocks handed over by one call for all nodes, ascending whatever the order of nodes, those of one order that follow
    /// each other as one.
    pub handed: Vec<Run>,
    /// What the checker found, of the hand-over node by node too; `None` where the boot was stopped.
    pub checked: Option<Checked>,
    /// Why the boot was stopped, if it was: a `BUG`, a `panic`, an allocator that cannot be built.
    pub stopped: Option<String>,
}

#[derive(Default)]
struct Answers(Vec<StepResult>);

/// The checker, and what it is told.
struct Both<'p, 'a> {
    watch: Watch<'p>,
    answers: &'a mut Answers,
}

impl Observer for Both<'_, '_> {
    fn after(&mut self, index: usize, step: &Step, result: &StepResult) {
        self.answers.0.push(*result);
        self.watch.after(index, step, result);
    }
}

/// Keeps what it is given, by runs.
#[derive(Default)]
struct Handed(Vec<Run>);

impl Handed {
    fn ascending(self) -> Vec<Run> {
        let Self(mut runs) = self;
        runs.sort_by_key(|run| run.first);
        let mut new = Self::default();
        for run in runs {
            new.blocks(run.first, run.order, run.count);
        }
        new.0
    }
}

impl BlockSink for Handed {
    fn block(&mut self, first: Pfn, order: Order) {
        self.blocks(first, order, 1);
    }

    fn blocks(&mut self, first: Pfn, order: Order, count: u64) {
        match self.0.last_mut() {
            Some(run) if run.order == order && run.pages().end() == first => run.count += count,
            _ => self.0.push(Run { first, order, count }),
        }
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
    let played = catch_unwind(AssertUnwindSafe(|| {
        stage.play(strategy, program, |allocator, slots| {
            let watch = Watch::new(program, strategy.knows_nodes());
            let mut both = Both { watch, answers: &mut answers };
            run(program, allocator, slots, &mut both);
            let lists = look(allocator);
            let mut handed = Handed::default();
            allocator.hand_over_all(&mut handed);
            (both.watch.release(allocator), lists, handed.ascending())
        })
    }));
    let mut handed = Vec::new();
    let (checked, lists, stopped) = match played {
        Ok(Ok((checked, lists, blocks))) => {
            handed = blocks;
            (Some(checked), lists, None)
        }
        Ok(Err(error)) => (None, None, Some(cannot(&error))),
        Err(payload) => (None, None, Some(said(&*payload))),
    };
    Played { answers: answers.0, lists, handed, checked, stopped }
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
