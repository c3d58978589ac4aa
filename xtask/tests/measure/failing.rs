//! Strategies that misbehave, and a disk that is full.

use std::collections::BTreeMap;
use std::process::Command;

use benches::count;
use benches::results::{FailureKind, Outcome};

use crate::bench::{Bench, LITTLE, LITTLE_GROUPS, TRACE, by_key, errors};

/// Expect every cell of a strategy that crashes, hangs or eats memory to be lost with its reason, the others to be there,
/// and the whole to count as failed.
#[test]
fn a_cell_that_crashes_hangs_or_eats_memory_is_lost_alone() {
    let bench = Bench::new();
    let trace = format!("--trace={TRACE}");
    let counted = count::valgrind().is_some();
    let quantities = if counted { "--quantity=boot,instructions" } else { "--quantity=boot" };
    let limits = ["--time-limit=2", "--memory-limit=1024", "--launches=1", "--blocks=1"];
    let strategies = ["panicking", "aborting", "hanging", "hoarding", "memblock", "panicking-late"];
    let chosen = strategies.map(|name| format!("--strategy={name}"));
    let chosen: Vec<&str> = chosen.iter().map(String::as_str).collect();
    let output =
        bench.run(&[&["measure", "--out=r.jsonl", quantities, &trace], &limits[..], &chosen[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    let expected = BTreeMap::from([
        ("panicking", (FailureKind::Crashed, "a probe panics, as it should")),
        ("panicking-late", (FailureKind::Crashed, "a probe panics late, as it should")),
        ("aborting", (FailureKind::Crashed, "killed by signal 6")),
        ("hanging", (FailureKind::Hung, "longer than 2 s (--time-limit)")),
        ("hoarding", (FailureKind::OutOfMemory, "more than 1024 MiB (--memory-limit)")),
    ]);
    let cells = bench.results("r.jsonl").cells;
    assert_eq!(cells.len(), strategies.len() * (1 + usize::from(counted)));
    for (key, outcome) in by_key(&cells) {
        let told = errors(&output).lines().any(|line| line.starts_with(&format!("{key}: ")));
        match (expected.get(key.strategy.as_str()), outcome) {
            // It does well until the fiftieth build, and a count takes two.
            (Some((_, "a probe panics late, as it should")), Outcome::Counts(_)) => {}
            (Some((kind, words)), Outcome::Failed(failure)) => {
                assert_eq!(failure.kind, *kind, "{key}: {failure}");
                assert!(failure.message.contains(words), "{key}: {failure}");
                assert!(told, "{key} is not told of: {}", errors(&output));
            }
            (None, Outcome::Boot(_) | Outcome::Counts(_)) => assert!(!told),
            (_, outcome) => panic!("{key}: {outcome:?}"),
        }
    }
    bench.nobody_is_left();
    bench.nothing_is_left();
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
    let output = full(24);
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
            "warning: 2 launches of 40 samples are too few to compare anything: take at least 6 and 10"
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
