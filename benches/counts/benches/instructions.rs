//! Instructions, exactly counted by callgrind: the boots, releases and searches of every strategy.
//!
//! `cargo bench --bench instructions -- --output-format=json` prints one JSON object a job, which `cargo xtask measure`
//! takes in with `--counts`. Names of traces come from `BOOTALLOC_TRACES`, blank-separated; without it the curated ones are
//! counted. `BOOTALLOC_JOBS` chooses jobs by parts of their names, such as `memblock/`, `/search/` or `replay/x86_64-6.1-256m`:
//! the filter of iai-callgrind's own command line passes over programs.

mod harness {
    use std::env;

    use benches::count::{ENTRY_POINT, jobs};
    use iai_callgrind::{
        Bench, BinaryBenchmark, BinaryBenchmarkConfig, BinaryBenchmarkGroup, Callgrind, Command, EntryPoint,
        binary_benchmark_group, main,
    };
    use workloads::corpus;

    fn add(group: &mut BinaryBenchmarkGroup) {
        let chosen = env::var("BOOTALLOC_TRACES").unwrap_or_default();
        let chosen: Vec<&str> = chosen.split_whitespace().collect();
        let traces: Vec<&str> = if chosen.is_empty() { corpus::curated().collect() } else { chosen };
        let parts = env::var("BOOTALLOC_JOBS").unwrap_or_default();
        let wanted =
            |name: &str| parts.trim().is_empty() || parts.split_whitespace().any(|part| name.contains(part));
        let mut benchmark = BinaryBenchmark::new("job");
        for job in jobs(traces.into_iter()).into_iter().filter(|job| wanted(&job.to_string())) {
            let command = Command::new(env!("CARGO_BIN_EXE_counted")).arg(job.to_string()).build();
            benchmark.bench(Bench::new(job.id()).command(command));
        }
        group.binary_benchmark(benchmark);
    }

    binary_benchmark_group!(name = strategies; benchmarks = |group: &mut BinaryBenchmarkGroup| add(group));

    main!(
        config = BinaryBenchmarkConfig::default()
            .tool(Callgrind::default().entry_point(EntryPoint::Custom(ENTRY_POINT.into())));
        binary_benchmark_groups = strategies
    );

    pub(super) fn entry() {
        main();
    }
}

/// The harness calls this very program again with `--iai-run`; whoever else calls it without `--bench` is `cargo test`,
/// and without valgrind there is nothing to count with. Both are told on standard error, because test runners read the
/// standard output, and neither fails: the other benches shall run.
fn main() {
    let mut args = std::env::args().skip(1);
    let inner = args.next().is_some_and(|first| first == "--iai-run");
    let bench = std::env::args().any(|arg| arg == "--bench");
    let valgrind = std::process::Command::new("valgrind").arg("--version").output().is_ok();
    if inner || bench && valgrind {
        harness::entry();
    } else if bench {
        eprintln!(
            "no instructions are counted: valgrind is not installed (on Debian: apt-get install valgrind)"
        );
    }
}
