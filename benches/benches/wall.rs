//! Time, by criterion: the searches, whole boots and releases of every strategy.
//!
//! `cargo bench --bench wall -- memblock` takes one strategy, `-- x86_64-6.1` one trace, `-- search/full` one case.

use std::hint::black_box;

use allocators::registry::{StrategyVisitor, visit_all};
use allocators::{BootAllocator, CountingSink, Nid, Strategy};
use benches::micro;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use workloads::corpus;
use workloads::replay::{Program, Reach, Stage, Unobserved, run};
use workloads::trace::Trace;

/// One request in a drawn map, and giving the memory back if there was any.
struct Search<'c>(&'c mut Criterion);

impl StrategyVisitor for Search<'_> {
    fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
        let mut group = self.0.benchmark_group("search");
        for case in micro::all() {
            let block = |base| allocators::AddrRange::from_size(base, case.request.size);
            let play = Stage::default().play(strategy, &case.program, |allocator, _| {
                group.bench_function(format!("{}/{}", case.name, strategy.name()), |bencher| {
                    bencher.iter(|| {
                        let given = allocator.alloc(black_box(&case.request));
                        if let Some(range) = given.ok().and_then(block) {
                            allocator.free(range).expect("it was given a moment ago");
                        }
                    });
                });
            });
            play.expect("the drawn machines suit every strategy");
        }
    }
}

/// All calls of a boot, from a state that is built anew outside the clock.
struct Replay<'c> {
    criterion: &'c mut Criterion,
    traces: &'c [(&'static str, Trace)],
}

impl StrategyVisitor for Replay<'_> {
    fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
        for (name, trace) in self.traces {
            let program = Program::compile(trace, Reach::of(strategy));
            let mut group = self.criterion.benchmark_group("replay");
            group.throughput(Throughput::Elements(program.steps.len() as u64));
            group.bench_function(format!("{name}/{}", strategy.name()), |bencher| {
                let mut stage = Stage::default();
                bencher.iter_custom(|count| {
                    (0..count).map(|_| timed(&mut stage, strategy, &program, &[])).sum()
                });
            });
            group.finish();

            let nids: Vec<Nid> =
                program.machine.map().map(|map| map.nids().iter().collect()).unwrap_or_default();
            let mut group = self.criterion.benchmark_group("release");
            group.bench_function(format!("{name}/{}", strategy.name()), |bencher| {
                let mut stage = Stage::default();
                bencher.iter_custom(|count| {
                    (0..count).map(|_| timed(&mut stage, strategy, &program, &nids)).sum()
                });
            });
            group.finish();
        }
    }
}

/// The time of a boot's calls, or, if any nodes are named, of their release after it.
fn timed<S: Strategy + 'static>(
    stage: &mut Stage,
    strategy: &'static S,
    program: &Program,
    release: &[Nid],
) -> std::time::Duration {
    let play = stage.play(strategy, program, |allocator, slots| {
        let start = std::time::Instant::now();
        run(program, allocator, slots, &mut Unobserved);
        let boot = start.elapsed();
        if release.is_empty() {
            return boot;
        }
        let mut sink = CountingSink::default();
        let start = std::time::Instant::now();
        for nid in release {
            black_box(allocator.release(*nid, &mut sink).expect("each node is released once"));
        }
        start.elapsed()
    });
    play.expect("the curated traces suit every strategy")
}

fn strategies(criterion: &mut Criterion) {
    visit_all(&mut Search(criterion));
    let traces: Vec<(&str, Trace)> = corpus::curated()
        .filter_map(|name| Some((name, corpus::trace(name)?.expect("the corpus is checked by the tests"))))
        .collect();
    visit_all(&mut Replay { criterion, traces: &traces });
}

criterion_group! {
    name = wall;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(std::time::Duration::from_millis(200))
        .measurement_time(std::time::Duration::from_millis(800));
    targets = strategies
}
criterion_main!(wall);
