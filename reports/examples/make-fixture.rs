//! Makes `tests/fixture/results.jsonl`, what the golden files are rendered from: real exact figures of two recorded
//! boots, and times that are drawn, so that every case occurs: faster, slower, no difference, too few, failed.

use std::error::Error;

use allocators::Strategy;
use allocators::registry::{StrategyVisitor, visit_all};
use benches::count::Counting;
use benches::exact::{Exact, exact};
use benches::plan::{BootFacts, BootSource, Limits, Member, Pace, PlanFacts};
use benches::quantity::{
    BootCost, CallClass, ClassLatency, Latency, NodeRelease, Quantity, Release, Sink, SlowCall,
};
use benches::results::{
    Cache, Cell, ClockFacts, ClockKind, Commit, Failure, FailureKind, Group, Header, Histogram, Key, Launch,
    Load, MachineFacts, Nanos, Outcome, Results, RunId, SCHEMA, Times, Toolchain, Warning,
};
use workloads::corpus;
use workloads::replay::Stage;
use workloads::trace::Trace;

const TRACES: [&str; 2] = ["x86_64-6.1-256m", "x86_64-6.1-8node-64cpu-16g"];
const STRATEGIES: [&str; 4] = ["rootmem", "bootmem", "wordscan", "memblock"];
const LAUNCHES: usize = 8;
const BLOCKS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut results = Results { headers: vec![header()], ..Results::default() };
    for (index, name) in TRACES.iter().enumerate() {
        let trace = corpus::trace(name).ok_or("the corpus has lost a trace")??;
        let mut of = OfTrace { name, trace: &trace, found: Vec::new() };
        visit_all(&mut of);
        results.cells.extend(cells(index, name, &of.found));
    }
    std::fs::write("reports/tests/fixture/results.jsonl", results.to_text())?;
    Ok(())
}

struct OfTrace<'t> {
    name: &'t str,
    trace: &'t Trace,
    found: Vec<(String, Option<Exact>)>,
}

impl StrategyVisitor for OfTrace<'_> {
    fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
        // As many as cover all cases: a new strategy changes no golden file.
        if !STRATEGIES.contains(&strategy.name()) {
            return;
        }
        let found = exact(strategy, self.trace, &mut Stage::default());
        if let Err(error) = &found {
            eprintln!("{} on {}: {error}", strategy.name(), self.name);
        }
        self.found.push((strategy.name().into(), found.ok()));
    }
}

/// Numbers that look drawn and are the same in every run.
struct Noise(u64);

impl Noise {
    /// About 1, a few thousandths up or down, now and then a tenth up.
    fn factor(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let unit = (self.0 >> 40) as f64 / f64::from(1_u32 << 24);
        1.0 + 0.006 * unit + if unit > 0.96 { 0.1 } else { 0.0 }
    }
}

/// Nanoseconds a call, so that one strategy is slower, one a little faster, and one much faster than the last.
fn speed(strategy: &str) -> f64 {
    match strategy {
        "rootmem" => 900.0,
        "bootmem" => 79.8,
        "wordscan" => 24.0,
        _ => 80.0,
    }
}

fn cells(index: usize, name: &str, found: &[(String, Option<Exact>)]) -> Vec<Cell> {
    let release = |threads| Quantity::Release(Sink::Counting, threads);
    let quantities = [
        Quantity::Exact,
        Quantity::BootCost,
        Quantity::Build,
        Quantity::Latency,
        release(1),
        release(2),
        Quantity::Release(Sink::Buddy, 1),
        Quantity::Instructions,
    ];
    let mut cells = Vec::new();
    for (number, quantity) in (0..).zip(quantities) {
        for (turn, (strategy, exact)) in found.iter().enumerate() {
            let Some(exact) = exact else { continue };
            let seed = (index * 1000 + turn) as u64 * 7919 + u64::from(number);
            cells.push(Cell {
                run: RunId("00112233aabbccdd".into()),
                group: Group {
                    number: number + 100 * u32::try_from(index).unwrap_or(0),
                    cells: u32::try_from(STRATEGIES.len()).unwrap_or(u32::MAX),
                },
                key: Key { trace: name.into(), quantity, strategy: strategy.clone() },
                outcome: outcome(quantity, strategy, exact, index, &mut Noise(seed)),
            });
        }
    }
    cells
}

fn outcome(quantity: Quantity, strategy: &str, exact: &Exact, index: usize, noise: &mut Noise) -> Outcome {
    let speed = speed(strategy);
    let of = |id: &str| exact.figures.get(id).unwrap_or_default();
    let released = of("released") / exact.layout.page_bytes;
    let times = |work: u64, ns: f64, launches: usize, noise: &mut Noise| Times {
        work,
        repeats: 20,
        launches: (0..launches)
            .map(|_| {
                let level = noise.factor();
                let one = |_| Nanos::new(ns * level * noise.factor());
                Launch { turns: vec![0; BLOCKS], ns: (0..BLOCKS).filter_map(one).collect() }
            })
            .collect(),
    };
    match quantity {
        Quantity::Exact => Outcome::Exact(Box::new(exact.clone())),
        Quantity::BootCost => {
            let (calls, pages) = (of("calls"), released);
            let hand_over = times(pages, pages as f64 * 0.4 * speed / 80.0, LAUNCHES, noise);
            let calls = times(calls, calls as f64 * speed, LAUNCHES, noise);
            Outcome::BootCost(BootCost { calls, hand_over: Some(hand_over) })
        }
        Quantity::Build => Outcome::Build(times(1, 400.0 * speed, LAUNCHES, noise)),
        Quantity::Latency => Outcome::Latency(latency(exact, speed, noise)),
        Quantity::Release(Sink::Buddy, _) if strategy == "rootmem" && index == 1 => {
            Outcome::Failed(Failure { kind: FailureKind::Hung, message: "no answer within 10 s".into() })
        }
        Quantity::Release(sink, threads) => {
            // Too few launches for an answer on two threads.
            let launches = if threads > 1 { 3 } else { LAUNCHES };
            let cost = if sink == Sink::Buddy { 4.0 } else { 0.6 } * speed / 80.0 / f64::from(threads).sqrt();
            let ns = released as f64 * cost;
            let node = NodeRelease {
                nid: 0,
                pages: released,
                blocks: exact.blocks_handed_over.clone(),
                times: None,
            };
            Outcome::Release(Release { times: times(released, ns, launches, noise), nodes: vec![node] })
        }
        Quantity::Instructions => {
            let count =
                of("calls") * if strategy == "rootmem" { 9000 } else { 40 + strategy.len() as u64 * 20 };
            let parts = [
                ("instructions", count + released / 64),
                ("instructions-build", 4000),
                ("instructions-calls", count),
                ("instructions-hand-over", released / 64),
                ("instructions-add", 0),
                ("instructions-reserve", count / 10),
                ("instructions-free", count / 20),
                ("instructions-alloc", count / 4 * 3),
                ("instructions-settings", count / 10),
                ("instructions-walk", released / 128),
            ];
            Outcome::Counts(parts.into_iter().collect())
        }
    }
}

fn latency(exact: &Exact, speed: f64, noise: &mut Noise) -> Latency {
    let class = |(class, calls): (CallClass, u64)| {
        let launch = |_| {
            let mut histogram = Histogram::new();
            for call in 0..calls * 20 {
                let tail = 1.0 + (call % 13) as f64 * 0.1 + if call % 97 == 0 { 9.0 } else { 0.0 };
                histogram.record_ns(speed * tail * noise.factor());
            }
            histogram
        };
        ClassLatency { class, calls, launches: (0..LAUNCHES).map(launch).collect() }
    };
    let slow = SlowCall {
        median_ns: speed * 10.0,
        max_ns: speed * 40.0,
        record: 12,
        class: CallClass::Alloc2m,
        size: 1 << 21,
        caller: Some("sparse_init_nid+0x5b/0x2d1".into()),
    };
    let allocations = exact.figures.get("allocations").unwrap_or_default();
    let classes =
        [(CallClass::AllocBelow4k, allocations - 3), (CallClass::Alloc2m, 3), (CallClass::Reserve, 5)];
    Latency {
        replays: 20,
        step_ns: Some(0.8),
        below_ten_steps: Vec::new(),
        classes: classes.map(class).into(),
        slowest: vec![slow],
    }
}

fn header() -> Header {
    let text = |text: &str| text.to_owned();
    let boot = |name: &str| BootFacts {
        name: name.into(),
        source: BootSource::Corpus(name.into()),
        digest: "c0de".into(),
        doubts: Vec::new(),
        proof: None,
    };
    Header {
        schema: SCHEMA,
        run: RunId("00112233aabbccdd".into()),
        started_unix_s: 1_764_000_000,
        command: ["xtask", "report", "--quick"].map(text).into(),
        commit: Some(Commit { id: "209b22a8c1d7e0f3a4b5c6d7e8f9001122334455".into(), dirty: false }),
        toolchain: Toolchain {
            rustc: "rustc 1.95.0".into(),
            target: "x86_64-unknown-linux-gnu".into(),
            profile: "release".into(),
            opt_level: "3".into(),
            flags: String::new(),
            debug_assertions: false,
        },
        machine: MachineFacts {
            cpu: Some("A Processor of No Make @ 3.00GHz".into()),
            cpus: 2,
            caches: vec![
                Cache { level: 1, kind: "Data".into(), bytes: 32 << 10, shared_by: "0".into() },
                Cache { level: 2, kind: "Unified".into(), bytes: 1 << 20, shared_by: "0".into() },
            ],
            governor: None,
            virtual_machine: Some(true),
            memory_bytes: Some(24 << 30),
            system: "Linux 6.1.0".into(),
            load: Some(Load { one_minute: 0.12, five_minutes: 0.3 }),
        },
        clock: ClockFacts {
            kind: ClockKind::TimeStampCounter,
            ns_per_tick: 0.385,
            cost_ns: 17.3,
            granularity_ns: 0.8,
        },
        plan: PlanFacts {
            digest: "5a1e".into(),
            shard: None,
            seed: 7,
            members: ["rootmem", "bootmem", "wordscan", "memblock"].map(Member::built_in).into(),
            boots: TRACES.map(boot).into(),
            quantities: vec![Quantity::Exact, Quantity::BootCost, Quantity::Build, Quantity::Latency],
            pace: Pace { launches: 8, blocks: 20, ..Pace::DEFAULT },
            limits: Limits::default(),
            counting: Counting::Unasked,
            groups: 0,
        },
        warnings: vec![Warning {
            what: "this is a virtual machine, whose host may take time away".into(),
            remedy: "measure on bare metal, or more launches".into(),
        }],
    }
}
