//! What of a whole-replay sample is the harness and not the strategy: the replay of an allocator that does nothing, measured
//! in turn with that of each strategy.
//!
//! `cargo bench --bench harness` prints a table; `-- memblock` takes one strategy, `-- x86_64-6.1` one trace. A pair is one
//! sample of each, taken within a moment; every launch works in memory of its own.

use std::hint::black_box;

use allocators::Strategy;
use allocators::registry::{StrategyVisitor, visit_all};
use benches::clock::Clock;
use benches::count::replay;
use benches::probe::Idle;
use benches::stats::{Confidence, Nanos, Pair, Ratio};
use workloads::corpus;
use workloads::replay::{Program, Reach, Stage};
use workloads::trace::Trace;

const LAUNCHES: usize = 10;
const PAIRS: usize = 10;

/// The share that the harness may have.
const MOST: f64 = 0.05;

fn main() {
    // Criterion's flags may be here too; without `--bench` this is a test run, in which nothing is timed.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    println!("{:<54} {:>24}  target", "share of the harness", "ratio [95 %]");
    let mut table = Table { clock: Clock::calibrated(), wanted, most: 0.0 };
    visit_all(&mut table);
    println!("{:<54} {:>24.4}  {MOST} or less", "the largest", table.most);
}

struct Table {
    clock: Clock,
    wanted: Vec<String>,
    most: f64,
}

impl StrategyVisitor for Table {
    fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
        for name in corpus::curated() {
            let title = format!("{name}/{}", strategy.name());
            if !self.wanted.is_empty() && !self.wanted.iter().any(|wanted| title.contains(wanted)) {
                continue;
            }
            let trace = corpus::trace(name).expect("curated").expect("the corpus is checked by the tests");
            match Ratio::of(&self.launches(strategy, &trace)) {
                Ok(ratio) => {
                    let within = ratio.interval(Confidence::P95);
                    let told = format!("{:.4} [{:.4}, {:.4}]", ratio.point(), within.low, within.high);
                    println!("{title:<54} {told:>24}  {MOST} or less");
                    self.most = self.most.max(ratio.point());
                }
                Err(few) => println!("{title:<54} {few:>24}"),
            }
        }
    }
}

impl Table {
    fn launches<S: Strategy + 'static>(&self, strategy: &'static S, trace: &Trace) -> Vec<Vec<Pair>> {
        // The strategy's own steps for both: one that reaches less is asked less.
        let program = Program::compile(trace, Reach::of(strategy));
        let launch = |_| {
            let (mut idle, mut busy) = (Stage::default(), Stage::default());
            let mut pair = || Pair {
                candidate: self.sample(&mut idle, &Idle, &program),
                baseline: self.sample(&mut busy, strategy, &program),
            };
            // The first is cold.
            pair();
            (0..PAIRS).map(|_| pair()).collect()
        };
        (0..LAUNCHES).map(launch).collect()
    }

    /// The mean of so many replays as a worker process takes it: fresh state each time, the clock's own cost subtracted.
    fn sample<S: Strategy + 'static>(
        &self,
        stage: &mut Stage,
        strategy: &'static S,
        program: &Program,
    ) -> Nanos {
        const REPEATS: u32 = 20;
        let mut ns = 0.0;
        for _ in 0..REPEATS {
            let play = stage.play(strategy, program, |allocator, slots| {
                let start = self.clock.now();
                replay(program, allocator, slots);
                let end = self.clock.now();
                black_box((allocator, slots));
                self.clock.ns_between(start, end)
            });
            ns += play.expect("the curated traces suit every strategy");
        }
        // Nothing at all is less than a clock tells, and is read as a picosecond.
        Nanos::new((ns / f64::from(REPEATS)).max(0.001)).expect("positive")
    }
}
