//! The process that measures one cell.

use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use allocators::registry::StrategyVisitor;
use allocators::{BootAllocator, Strategy};
use serde::{Deserialize, Serialize};
use workloads::grow;
use workloads::replay::{Frame, Program, Reach, Slots, Stage, Unobserved, run};
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
        play(strategy, &program, &mut stage, &mut counter).map_err(|error| error.to_string())?;
        return Ok(Answer::Counted(counter.counted));
    }
    let clock = Clock::with_facts(job.clock);
    let mut timer = Timer::new(clock);
    let mut launch =
        timed(strategy, &program, &mut stage, &clock, &mut timer).map_err(|error| error.to_string())?;
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
) -> Result<(), workloads::replay::StageError> {
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

/// Boots again and again while that is cheap; each boot is followed by its hand-over, the last one by the probes.
fn timed<S: Strategy + 'static>(
    strategy: &'static S,
    program: &Program,
    stage: &mut Stage,
    clock: &Clock,
    timer: &mut Timer,
) -> Result<Launch, workloads::replay::StageError> {
    const BOOTS: u32 = 12;
    const SECONDS: f64 = 0.3;
    let mut model = model(program);
    let begun = Instant::now();
    let mut launch = Launch::default();
    for done in 0..BOOTS {
        let one = Instant::now();
        let mut building = Building { clock: *clock, ns: 0.0 };
        let built = stage.play_in(&mut building, strategy, program, |allocator, slots| {
            let start = clock.now();
            boot(program, allocator, slots);
            let boot_ns = clock.ns_between(start, clock.now());
            timer.note(Kind::Boot, boot_ns);
            if let Some(model) = &mut model {
                if done == 0 {
                    // What a strategy hands over wrongly is found by the checker; here its memory is touched.
                    let _ = model.first(allocator);
                }
                model.empty();
                let start = clock.now();
                buddy::hand_over(allocator, model);
                timer.note(Kind::BootCost, boot_ns + clock.ns_between(start, clock.now()));
            }
            let spent = begun.elapsed().as_secs_f64();
            let last = done + 1 == BOOTS || spent + one.elapsed().as_secs_f64() > SECONDS;
            if last {
                launch.metadata_bytes = allocator.metadata_bytes() as u64;
                launch.reserved_ranges = reserved(allocator);
                hand_over(allocator, timer);
                Probes::of(allocator, program.machine.page).run(allocator, timer);
            }
            last
        });
        timer.note(Kind::Build, building.ns);
        if built? {
            break;
        }
    }
    Ok(launch)
}

/// Times what it is put around.
struct Building {
    clock: Clock,
    ns: f64,
}

impl Frame for Building {
    fn around<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = self.clock.now();
        let built = work();
        self.ns = self.clock.ns_between(start, self.clock.now());
        built
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
