//! Strategies that misbehave, and a disk that is full.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use benches::count;
use benches::results::{FailureKind, Outcome};

use crate::bench::{Bench, LITTLE, LITTLE_GROUPS, TRACE, by_key, errors};

/// Expect every cell of a strategy that crashes, hangs or eats memory to be lost with its reason, the others to be there,
/// and the whole to count as failed.
fn lost_alone(quantity: &str, time_limit: &str, bad: &[(&str, FailureKind, &str)]) {
    let bench = Bench::new();
    let bad: BTreeMap<&str, (FailureKind, &str)> =
        bad.iter().map(|&(name, kind, words)| (name, (kind, words))).collect();
    let mut command =
        bench.command(&["measure", "--out=r.jsonl", "--memory-limit=1024", "--launches=1", "--blocks=1"]);
    command.args([quantity, time_limit, TRACE, "--strategy=memblock", "--strategy=wordscan"]);
    command.args(bad.keys().map(|name| format!("--strategy={name}")));
    let output = command.env("RUST_BACKTRACE", "1").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    let cells = by_key(&bench.results("r.jsonl").cells);
    assert_eq!(cells.len(), 2 + bad.len());
    for (key, outcome) in cells {
        let told = errors(&output).lines().any(|line| line.starts_with(&format!("{key}: ")));
        match (bad.get(key.strategy.as_str()), outcome) {
            (Some((kind, words)), Outcome::Failed(failure)) => {
                assert_eq!(failure.kind, *kind, "{key}: {failure}");
                assert!(failure.message.contains(words), "{key}: {failure}");
                assert!(told, "{key} is not told of: {}", errors(&output));
            }
            (None, Outcome::BootCost(_) | Outcome::Counts(_)) => assert!(!told, "{}", errors(&output)),
            (_, outcome) => panic!("{key}: {outcome:?}"),
        }
    }
    bench.nobody_is_left();
    bench.nothing_is_left();
}

const PANICS: (&str, FailureKind, &str) = ("panicking", FailureKind::Crashed, "a probe panics, as it should");
const ABORTS: (&str, FailureKind, &str) = ("aborting", FailureKind::Crashed, "killed by signal 6");
const HOARDS: (&str, FailureKind, &str) =
    ("hoarding", FailureKind::OutOfMemory, "more than 1024 MiB (--memory-limit)");

#[test]
fn a_cell_that_crashes_hangs_or_eats_memory_is_lost_alone() {
    let hangs = ("hanging", FailureKind::Hung, "longer than 4 s (--time-limit)");
    let panics_late = ("panicking-late", FailureKind::Crashed, "a probe panics late, as it should");
    lost_alone("--quantity=boot-cost", "--time-limit=4", &[PANICS, panics_late, ABORTS, HOARDS, hangs]);
}

#[test]
fn so_it_is_where_instructions_are_counted() {
    if count::valgrind().is_none() {
        eprintln!("not tried, since valgrind is not installed: that a crash among counts is lost alone");
        return;
    }
    lost_alone("--quantity=instructions", "--time-limit=60", &[PANICS, ABORTS, HOARDS]);
}

/// Expect one error that names the file and what helps, and after that has been done a file that is completed.
///
/// The limit stands for a full disk: a write fails in the middle of a group.
#[test]
fn a_full_disk_costs_the_group_that_had_no_room() {
    let bench = Bench::new();
    let words = [&["measure", "--out=r.jsonl"], &LITTLE[..]].concat();
    let full = |blocks: u32| {
        let mut command = Command::new("sh");
        // In units of 512 bytes; the signal that comes with it is for programs that do not look at errors.
        command.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
        command.arg(env!("CARGO_BIN_EXE_xtask")).args(&words);
        bench.set(&mut command);
        command.output().unwrap()
    };
    let output = full(40);
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    let told: Vec<_> =
        errors(&output).lines().filter(|line| line.starts_with("error: ")).map(str::to_owned).collect();
    let [error] = &told[..] else { panic!("one error: {}", errors(&output)) };
    assert!(
        error.contains("cannot write the results to r.jsonl; all groups finished before are in it"),
        "{error}"
    );
    assert!(
        error.contains("make room, and finish it with `cargo xtask measure --resume r.jsonl`"),
        "{error}"
    );
    let finished = bench.results("r.jsonl").cells;
    assert!(!finished.is_empty() && finished.len() < 2 * LITTLE_GROUPS, "{}", finished.len());
    bench.nobody_is_left();

    bench.done(&["measure", "--resume=r.jsonl"]);
    let cells = bench.results("r.jsonl").cells;
    assert!(cells.starts_with(&finished));
    assert_eq!(by_key(&cells).len(), 2 * LITTLE_GROUPS);

    // No room even for a header: what was there stays.
    let before = std::fs::read(bench.path("r.jsonl")).unwrap();
    let output = full(1);
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    assert!(
        errors(&output).contains("error: cannot make r.jsonl for the results; is there room"),
        "{}",
        errors(&output)
    );
    assert_eq!(std::fs::read(bench.path("r.jsonl")).unwrap(), before);
}

#[test]
fn what_spoils_a_measurement_is_told_with_what_helps() {
    let bench = Bench::new();
    let output = bench.done(&[
        "measure",
        "--out=r.jsonl",
        "--quantity=exact",
        "--strategy=memblock",
        "--launches=2",
        TRACE,
    ]);
    let told = errors(&output);
    assert!(
        told.contains(
            "warning: 2 launches of 160 samples are too few to compare anything: take at least 5 and 5"
        ),
        "{told}"
    );
    let debug = "warning: this is a debug build (optimisation level ";
    assert_eq!(
        told.contains(debug) && told.contains("): build with --release"),
        cfg!(debug_assertions),
        "{told}"
    );
    let kept = &bench.results("r.jsonl").headers[0].warnings;
    assert!(kept.iter().all(|warning| told.contains(&format!("warning: {warning}\n"))), "{kept:?}");
}

/// Expect a strategy that hangs on a boot to cost its time once, and each further quantity of it to say why it was not tried.
#[test]
fn what_hung_once_is_not_tried_again() {
    let bench = Bench::new();
    let words = ["measure", "--out=r.jsonl", "--launches=1", "--blocks=1", "--time-limit=2", TRACE];
    let start = Instant::now();
    let output = bench.run(
        &[&words[..], &["--strategy=hanging", "--quantity=exact,boot-cost,build,latency,release-counting"]]
            .concat(),
    );
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    let cells = bench.results("r.jsonl").cells;
    assert_eq!(cells.len(), 5);
    for (index, cell) in cells.iter().enumerate() {
        let failure = cell.outcome.failure().unwrap();
        let again = failure.message == "not tried, since it hung on this boot when exact was measured";
        assert_eq!((failure.kind, again), (FailureKind::Hung, index > 0), "{}: {failure}", cell.key);
    }
    // Five times the limit would be ten seconds.
    assert!(start.elapsed() < Duration::from_secs(9), "{:?}", start.elapsed());
}
