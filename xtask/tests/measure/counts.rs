//! Instructions: counted by callgrind, or taken from what was counted before.

use std::fs::{self, File};
use std::io::Write as _;
use std::process::Stdio;

use benches::count::{self, Job};
use benches::figures::Figures;
use benches::results::{Outcome, Results};

use crate::bench::{Bench, TRACE, errors};

/// The instructions of building, of all calls and of the hand-over, by strategy. Expects those of the boot to be the sum of
/// the last two.
fn counts(results: &Results) -> Vec<(String, [u64; 3])> {
    let count = |outcome: &Outcome| match outcome {
        Outcome::Counts(counts) => {
            let parts = ["build", "calls", "hand-over"];
            let parts = parts.map(|part| counts.get(&format!("instructions-{part}")).unwrap());
            assert_eq!(counts.get("instructions"), Some(parts[1] + parts[2]));
            by_kind(counts, parts);
            parts
        }
        other => panic!("no count: {other:?}"),
    };
    results.cells.iter().map(|cell| (cell.key.strategy.clone(), count(&cell.outcome))).collect()
}

/// Expect the kinds of calls to make up what all calls take, but for what the loop and the way to each kind take, and the hand-over
/// to take less without its model. Nothing of it comes from a bench, which counts no kinds.
fn by_kind(counts: &Figures, [_, calls, hand_over]: [u64; 3]) {
    let kinds = ["add", "reserve", "free", "alloc", "settings"];
    let Some(alloc) = counts.get("instructions-alloc") else { return };
    let sum: u64 = kinds.iter().map(|kind| counts.get(&format!("instructions-{kind}")).unwrap()).sum();
    assert!(sum < calls + calls / 4 && calls < sum + sum / 2, "{sum} by kind, {calls} in all");
    assert!(alloc > sum / 4, "{alloc} of {sum}");
    // Where the model is compiled into a strategy's hand-over, nothing tells the two apart.
    if let Some(walk) = counts.get("instructions-walk") {
        assert!(walk > 0 && walk < hand_over, "{walk} of {hand_over}");
    }
}

/// Expect the same count to the instruction from two runs, whatever is different about who runs them: the length of the
/// environment, of the program's path and of the strategy's label, the processor time that is allowed, and what else is counted.
#[test]
fn two_runs_count_the_same_to_the_instruction() {
    if count::valgrind().is_none() {
        eprintln!("not tried, since valgrind is not installed: that counts are the same in each run");
        return;
    }
    let bench = Bench::new();
    // A boot that moves long lists, with a file of its own as any user's trace.
    let text = workloads::corpus::text("x86_64-6.12-numafake64-16g").unwrap();
    fs::write(bench.path("mine.trace"), text).unwrap();
    let words = ["measure", "--quantity=instructions", "./mine.trace"];
    bench.done(&[&words[..], &["--strategy=memblock", "--strategy=wordscan", "--out=1.jsonl"]].concat());
    let elsewhere = bench.path(&"a-long-name-".repeat(12));
    fs::create_dir(&elsewhere).unwrap();
    let program = elsewhere.join("the-same-program");
    fs::copy(env!("CARGO_BIN_EXE_xtask"), &program).unwrap();
    let mut command = std::process::Command::new(&program);
    command.args(words).args([
        "--strategy=the-one-that-is-measured=memblock",
        "--time-limit=100000",
        "--out=2.jsonl",
    ]);
    bench.set(&mut command);
    command.env("MUCH", "x".repeat(3000)).env("VALGRIND_OPTS", "--collect-atstart=yes");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));

    let [one, two] = ["1.jsonl", "2.jsonl"].map(|name| counts(&bench.results(name)));
    let [(first, memblock), (second, wordscan)] = &one[..] else { panic!("two counts: {one:?}") };
    assert_eq!((first.as_str(), second.as_str()), ("memblock", "wordscan"));
    assert_eq!(two, [("the-one-that-is-measured".to_owned(), *memblock)]);
    // 389 calls take thousands of instructions each at most, and more than none.
    for [build, calls, hand_over] in [memblock, wordscan] {
        assert!((389 * 50..389 * 50_000).contains(calls), "{calls}");
        // 16 GiB are 4 Mi pages, in blocks of 64 at least.
        assert!(
            (1..10_000_000).contains(build) && (4096..100_000_000).contains(hand_over),
            "{build}, {hand_over}"
        );
    }
    bench.nothing_is_left();
}

#[test]
fn without_valgrind_those_who_ask_are_told_what_to_install_and_others_that_counts_are_missing() {
    let bench = Bench::new();
    let measure = |words: &[&str]| {
        let usual = ["measure", "--out=r.jsonl", "--strategy=memblock", "--launches=1", "--blocks=1", TRACE];
        let mut command = bench.command(&[&usual[..], words].concat());
        command.env("PATH", bench.path("tmp")).output().unwrap()
    };
    let install = "install valgrind (on Debian: apt-get install valgrind)";
    let asked = measure(&["--quantity=exact,instructions"]);
    assert_eq!(asked.status.code(), Some(1));
    assert_eq!(errors(&asked), format!("error: instructions are counted by callgrind: {install}\n"));
    assert!(!bench.path("r.jsonl").exists());

    let missing =
        format!("warning: instructions are not counted, since valgrind is not installed: {install}\n");
    let all = measure(&[]);
    assert!(all.status.success() && errors(&all).contains(&missing), "{}", errors(&all));
    for unasked in [&["--quick"], &["--quantity=exact"]] {
        let output = measure(unasked);
        assert!(output.status.success() && !errors(&output).contains("valgrind"), "{}", errors(&output));
    }
}

#[test]
fn counts_that_were_made_before_are_taken_in_by_strategy_and_trace() {
    let bench = Bench::new();
    let line = |job: &str, count: u64| {
        let id = job.parse::<Job>().unwrap().id();
        let metrics = format!("{{\"Left\":{{\"Int\":{count}}}}}");
        format!(
            "{{\"id\":\"{id}\",\"profiles\":[{{\"summaries\":{{\"total\":{{\"summary\":{{\"Callgrind\":{{\"Ir\":\
             {{\"metrics\":{metrics}}}}}}}}}}}}}]}}\n"
        )
    };
    let parts = |strategy: &str, [build, calls, hand_over]: [u64; 3]| {
        line(&format!("{strategy}/build/{TRACE}"), build)
            + &line(&format!("{strategy}/replay/{TRACE}"), calls)
            + &line(&format!("{strategy}/hand-over/{TRACE}"), hand_over)
            + &line(&format!("{strategy}/release/{TRACE}"), 1)
    };
    let text = parts("memblock", [900, 43_356, 7000]) + &parts("wordscan", [800, 29_902, 9000]);
    fs::write(bench.path("counts.json"), &text).unwrap();
    let usual = [
        "measure",
        "--quantity=exact,instructions",
        "--strategy=memblock",
        "--strategy=other=wordscan",
        TRACE,
    ];
    let expected = [("memblock".to_owned(), [900, 43_356, 7000]), ("other".to_owned(), [800, 29_902, 9000])];
    let counted = |name: &str| {
        let mut results = bench.results(name);
        results.cells.retain(|cell| cell.key.quantity.to_string() == "instructions");
        counts(&results)
    };
    let output = bench
        .command(&[&usual[..], &["--counts=counts.json", "--out=1.jsonl"]].concat())
        .env("PATH", bench.path("tmp"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(counted("1.jsonl"), expected);
    let mut command = bench.command(&[&usual[..], &["--counts=-", "--out=2.jsonl"]].concat());
    command.stdin(Stdio::from(File::open(bench.path("counts.json")).unwrap()));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(counted("2.jsonl"), expected);

    let mut child = bench
        .command(&[&usual[..], &["--strategy=rootmem", "--counts=-", "--out=3.jsonl"]].concat())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let lacking = format!(
        "error: the counts in - hold nothing of rootmem/build/{TRACE} (and rootmem/hand-over/{TRACE}, rootmem/replay/{TRACE}); \
         name its trace in BOOTALLOC_TRACES"
    );
    assert!(errors(&output).starts_with(&lacking), "{}", errors(&output));
    assert!(!bench.path("3.jsonl").exists());
}
