//! The process that measures one cell.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use allocators::registry::StrategyVisitor;
use allocators::{BootAllocator, Strategy};
use serde::{Deserialize, Serialize};
use workloads::grow;
use workloads::replay::{Frame, Program, Reach, Slots, Stage, StageError, Unobserved, run};
use workloads::trace::Trace;

use super::child::Job;
use super::meter::{Counter, Timer};
use super::probe::{Meter, Probes, hand_over, model};
use super::{Kind, Launch};
use crate::buddy;
use crate::clock::Clock;
use crate::worker::{die_with_parent, limit};

/// What it answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// Times.
    Timed(Launch),
    /// What was counted, and how many calls of it, in the order of callgrind's files.
    Counted(Vec<(Kind, u32)>),
    /// Nothing could be measured.
    Refused(String),
}

/// Serves one job, given on standard input. What `xtask grow-worker` does.
#[must_use]
pub fn main() -> ExitCode {
    die_with_parent();
    let mut text = String::new();
    if io::stdin().read_to_string(&mut text).is_err() {
        return ExitCode::FAILURE;
    }
    let answer = match serde_json::from_str::<Job>(&text) {
        Ok(job) => {
            limit(job.memory_bytes, job.cpu_seconds);
            serve(&job).unwrap_or_else(Answer::Refused)
        }
        Err(error) => Answer::Refused(format!("the job cannot be read: {error}")),
    };
    let written = serde_json::to_string(&answer).map(|line| io::stdout().write_all(line.as_bytes()));
    if matches!(written, Ok(Ok(()))) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn serve(job: &Job) -> Result<Answer, String> {
    let trace = &grow::read(&job.recipe).map_err(|error| error.to_string())?;
    let mut visitor = Cell { job, trace, answer: Err(String::new()) };
    job.strategy.visit(trace, &mut visitor).map_err(|unresolved| unresolved.to_string())?;
    visitor.answer
}

struct Cell<'j> {
    job: &'j Job,
    trace: &'j Trace,
    answer: Result<Answer, String>,
}

impl StrategyVisitor for Cell<'_> {
    fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
        self.answer = cell(strategy, self.trace, self.job);
    }
}

fn cell<S: Strategy + 'static>(strategy: &'static S, trace: &Trace, job: &Job) -> Result<Answer, String> {
    let begun = Instant::now();
    let program = Program::compile(trace, Reach::of(strategy));
    let mut stage = Stage::default();
    if job.counted {
        let mut counter = Counter::default();
        if job.kinds.contains(&Kind::Build) {
            let built = stage.play_in(&mut Around(&mut counter), strategy, &program, |_, _| ());
            built.map_err(|error| error.to_string())?;
        }
        play(strategy, &program, &mut stage, &mut counter).map_err(|error| error.to_string())?;
        return Ok(Answer::Counted(counter.counted));
    }
    let clock = Clock::with_facts(job.clock);
    let mut timer = Timer::new(clock);
    if job.kinds.contains(&Kind::Build) {
        builds(strategy, &program, &mut stage, &mut timer).map_err(|error| error.to_string())?;
    }
    let mut launch =
        timed(strategy, &program, &mut stage, &clock, &mut timer).map_err(|error| error.to_string())??;
    launch.ns = timer.medians();
    launch.seconds = begun.elapsed().as_secs_f64();
    Ok(Answer::Timed(launch))
}

/// All calls of the boot, then the probes and the hand-over.
fn play<S: Strategy + 'static>(
    strategy: &'static S,
    program: &Program,
    stage: &mut Stage,
    meter: &mut impl Meter,
) -> Result<(), StageError> {
    stage.play(strategy, program, |allocator, slots| {
        meter.measure(Kind::Boot, 1, || boot(program, allocator, slots));
        if let Some(model) = &mut model(program) {
            // The boot's own share is added by whoever reads the counts.
            meter.measure(Kind::BootCost, 1, || buddy::hand_over(allocator, model));
        }
        hand_over(allocator, meter);
        Probes::of(allocator, program.machine.page).run(allocator, meter);
    })
}

// Not inlined, so that what is counted is the code that is timed.
#[inline(never)]
fn boot<A: BootAllocator>(program: &Program, allocator: &mut A, slots: &mut Slots) {
    run(program, allocator, slots, &mut Unobserved);
}

/// The most repetitions of what can be repeated, and the seconds after which there are no more.
const TIMES: u32 = 12;
const SECONDS: f64 = 0.3;

/// Whether one more would take too long after `done` of them, of which the last was begun at `last`.
fn enough(done: u32, begun: Instant, last: Instant) -> bool {
    done == TIMES || begun.elapsed().as_secs_f64() + last.elapsed().as_secs_f64() > SECONDS
}

/// Builds again and again while that is cheap: the strategy's own state, and a call for each reservation of the start.
fn builds<S: Strategy + 'static>(
    strategy: &'static S,
    program: &Program,
    stage: &mut Stage,
    timer: &mut Timer,
) -> Result<(), StageError> {
    let begun = Instant::now();
    for done in 1..=TIMES {
        let one = Instant::now();
        stage.play_in(&mut Around(timer), strategy, program, |_, _| ())?;
        if enough(done, begun, one) {
            break;
        }
    }
    Ok(())
}

/// Boots again and again while that is cheap; each boot is followed by its hand-over, the last one by the probes.
fn timed<S: Strategy + 'static>(
    strategy: &'static S,
    program: &Program,
    stage: &mut Stage,
    clock: &Clock,
    timer: &mut Timer,
) -> Result<Result<Launch, String>, StageError> {
    let mut model = model(program);
    let begun = Instant::now();
    let mut launch = Launch::default();
    stage.often(strategy, program, |boots| {
        for done in 1..=TIMES {
            let one = Instant::now();
            let last = boots.play(|allocator, slots| {
                let start = clock.now();
                boot(program, allocator, slots);
                let boot_ns = clock.ns_between(start, clock.now());
                timer.note(Kind::Boot, boot_ns);
                if let Some(model) = &mut model {
                    if done == 1 {
                        // What a strategy hands over wrongly is found by the checker; here its memory is touched.
                        let _ = model.first(allocator);
                    }
                    model.empty();
                    let start = clock.now();
                    buddy::hand_over(allocator, model);
                    timer.note(Kind::BootCost, boot_ns + clock.ns_between(start, clock.now()));
                }
                let last = enough(done, begun, one);
                if last {
                    launch.metadata_bytes = allocator.metadata_bytes() as u64;
                    launch.reserved_ranges = reserved(allocator);
                    hand_over(allocator, timer);
                    Probes::of(allocator, program.machine.page).run(allocator, timer);
                }
                last
            });
            if last.map_err(|error| error.to_string())? {
                break;
            }
        }
        Ok(launch)
    })
}

/// Measures what it is put around as building.
struct Around<'m, M>(&'m mut M);

impl<M: Meter> Frame for Around<'_, M> {
    fn around<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.0.measure(Kind::Build, 1, work)
    }
}

/// The reserved ranges, neighbours joined.
fn reserved(allocator: &impl BootAllocator) -> u64 {
    let (mut count, mut end) = (0, None);
    allocator.for_each_reserved(&mut |range| {
        count += u64::from(end != Some(range.start()));
        end = Some(range.end());
    });
    count
}
