//! `compare` and `letter` as a user calls them.

use std::path::Path;
use std::process::{Command, Output};

/// The least that is compared at all, on the smallest boot.
const LEAST: [&str; 8] =
    ["--trace", "x86_64-6.1-256m", "--quantity", "exact,boot-cost", "--launches", "6", "--blocks", "10"];

fn xtask(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(args).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs it, with the exit status that is expected, and returns what it printed to both outputs.
fn ran(folder: &Path, args: &[&str], status: i32) -> (String, String) {
    let output = xtask(folder, args);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{args:?}: {out}{err}");
    (out, err)
}

#[test]
fn two_strategies_are_measured_side_by_side_and_rules_decide() {
    let folder = tempfile::tempdir().unwrap();
    let rules = ["--fail-on", "metadata>0%", "--fail-on", "instructions>1%"];
    let args = [&["compare", "memblock", "rootmem"][..], &LEAST, &rules].concat();
    let (out, err) = ran(folder.path(), &args, 1);
    assert!(
        out.starts_with("rootmem against memblock, the baseline, over 1 recorded boot (255 MiB)\n"),
        "{out}"
    );
    assert!(out.contains("Boot cost: all calls and the hand-over (noisy)"), "{out}");
    assert!(err.contains("broken: metadata>0%: x86_64-6.1-256m went from"), "{err}");
    assert!(err.contains("broken: instructions>1%: instructions was not measured"), "{err}");
    // What was measured is kept, and the other way round the baseline's tables are the larger ones.
    let kept =
        ["compare", "rootmem", "memblock", "--from", "target/compare.jsonl", "--fail-on", "metadata>0%"];
    let (out, _) = ran(folder.path(), &[&kept[..], &["--format", "json"]].concat(), 0);
    let data: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(data["candidate"], "memblock");
    let (letter, _) = ran(
        folder.path(),
        &["letter", "rootmem", "--from", "target/compare.jsonl", "--despite", "a test"],
        0,
    );
    assert!(letter.is_ascii() && letter.lines().all(|line| line.len() <= 72), "{letter}");
    assert!(letter.contains("\nHow to reproduce?\n"), "{letter}");
}

/// Expect a rule about a percentile to be decided on the launches' percentiles: broken where they differ by more, and also where
/// the clock is so coarse that the table marks them; kept where no difference is shown or the candidate is faster.
#[test]
fn a_rule_about_a_percentile_can_be_broken() {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let fine = std::fs::read_to_string(root.join("reports/tests/fixture/results.jsonl")).unwrap();
    let coarse = fine
        .replace("\"granularity_ns\":0.8", "\"granularity_ns\":100.0")
        .replace("\"below_ten_steps\":[]", "\"below_ten_steps\":[\"p50\",\"p99\"]");
    assert_ne!(fine, coarse);
    std::fs::write(folder.path().join("fine.jsonl"), fine).unwrap();
    std::fs::write(folder.path().join("coarse.jsonl"), coarse).unwrap();
    for (file, candidate, rule, broken) in [
        ("fine.jsonl", "rootmem", "p99>5%", true),
        ("coarse.jsonl", "rootmem", "p99>5%", true),
        ("coarse.jsonl", "rootmem", "p50>5%", true),
        ("fine.jsonl", "rootmem", "p99>2000%", false),
        ("fine.jsonl", "bootmem", "p99>5%", false),
        ("fine.jsonl", "wordscan", "p99>5%", false),
        ("fine.jsonl", "wordscan", "p99<-5%", true),
    ] {
        let args = ["compare", "memblock", candidate, "--from", file, "--fail-on", rule];
        let output = xtask(folder.path(), &args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        for boot in ["x86_64-6.1-256m", "x86_64-6.1-8node-64cpu-16g", "the mean of all boots"] {
            let said = err.contains(&format!("broken: {rule}: {boot} changed by "));
            assert_eq!(said, broken, "{args:?}: {out}{err}");
        }
        assert_eq!(out.contains("ten steps of the clock"), file == "coarse.jsonl", "{args:?}: {out}");
        // One of the measurements of rootmem failed, which is a failure of its own.
        assert_eq!(output.status.success(), !broken && candidate != "rootmem", "{args:?}: {out}{err}");
    }
}

#[test]
fn two_files_are_compared_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["before.jsonl", "after.jsonl"] {
        let args = [&["measure", "--strategy", "memblock", "--out", name][..], &LEAST].concat();
        ran(folder.path(), &args, 0);
    }
    let (out, _) = ran(folder.path(), &["compare", "before.jsonl", "after.jsonl"], 0);
    assert!(out.contains("memblock@after against memblock@before"), "{out}");
    assert!(out.contains("not measured side by side"), "{out}");
    let (_, err) = ran(folder.path(), &["compare", "before.jsonl", "before.jsonl"], 1);
    assert!(err.contains("both files hold run"), "{err}");
    let (_, err) =
        ran(folder.path(), &["compare", "before.jsonl", "after.jsonl", "--strategy", "rootmem"], 1);
    assert!(err.contains("before.jsonl holds nothing of a strategy `rootmem`"), "{err}");
    let (_, err) = ran(folder.path(), &["compare", "before.jsonl", "nowhere.jsonl"], 1);
    assert!(err.contains("nowhere.jsonl"), "{err}");
}

#[test]
fn what_cannot_be_compared_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 9] = [
        (&["compare", "memblock", "nobody"], "no strategy is called `nobody`"),
        (&["compare", "memblock", "memblock"], "compared with itself"),
        (&["compare", "--rev", "HEAD"], "name two revisions"),
        (&["compare", "memblock", "wordscan", "--strategy", "rootmem"], "--strategy goes with two revisions"),
        (&["letter", "nobody"], "no strategy is called `nobody`"),
        (&["letter", "memblock"], "`memblock` is the baseline"),
        (&["compare", "memblock", "wordscna"], "did you mean `wordscan`?"),
        (&["verify", "x86_64-6.1-255m"], "did you mean `x86_64-6.1-256m`?"),
        (&["letter", "rootmem", "--from", "nowhere.jsonl"], "nowhere.jsonl"),
    ];
    for (args, why) in cases {
        let (_, err) = ran(folder.path(), args, 1);
        assert!(err.contains(why), "{args:?}: {err}");
    }
    // The folder is under no version control; in the project's own, no revision has this name.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if root.parent().is_some_and(|top| top.join(".git").exists()) {
        let (_, err) = ran(root, &["compare", "--rev", "no-such-revision", "--rev", "HEAD"], 1);
        assert!(err.contains("there is no such revision"), "{err}");
    }
    let (_, err) = ran(folder.path(), &["compare", "memblock", "wordscan", "--fail-on", "speed>1%"], 2);
    assert!(err.contains("`speed>1%` is not a rule"), "{err}");
}

/// Expect options that say how to measure to be refused where nothing is measured.
#[test]
fn options_are_where_they_are_honoured() {
    let folder = tempfile::tempdir().unwrap();
    let how: [&[&str]; 5] = [
        &["--launches", "9"],
        &["--seed", "1"],
        &["--blocks", "9"],
        &["--time-limit", "9"],
        &["--quantity", "exact"],
    ];
    for option in how {
        for command in [&["report"][..], &["letter", "wordscan"], &["compare", "memblock", "wordscan"]] {
            let args = [command, &["--from", "results.jsonl"], option].concat();
            let (_, err) = ran(folder.path(), &args, 2);
            assert!(err.contains("cannot be used with"), "{args:?}: {err}");
        }
    }
    ran(folder.path(), &["report", "--from", "results.jsonl", "--shard", "1/2"], 2);
    let args = ["compare", "before.jsonl", "after.jsonl", "--launches", "9"];
    let (_, err) = ran(folder.path(), &args, 1);
    assert!(err.contains("compared as they are"), "{err}");
}
