//! `report --from` and `letter` on results that are there: what is written where, what is refused, and what is said first.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn xtask(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(args).current_dir(folder).output().unwrap()
}

fn ran(folder: &Path, args: &[&str], status: i32) -> (String, String) {
    let output = xtask(folder, args);
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8(bytes.clone()).unwrap());
    assert_eq!(output.status.code(), Some(status), "{args:?}: {out}{err}");
    (out, err)
}

/// The results that the README speaks of, as somebody's own measurement.
fn results() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("results.jsonl");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::copy(root.join("reports/readme/results.jsonl"), &own).unwrap();
    (folder, own)
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Expect the user's results to stay as they are, and a narrower report to leave no plots of a wider one.
#[test]
fn a_report_on_results_replaces_none_and_leaves_nothing_stale() {
    let (folder, own) = results();
    let before = fs::read(&own).unwrap();
    let (out, _) = ran(folder.path(), &["report", "--from", "results.jsonl"], 0);
    assert!(out.contains("Written to results-report: "), "{out}");
    assert_eq!(fs::read(&own).unwrap(), before);
    assert_eq!(files(folder.path()), ["results-report", "results.jsonl"]);
    let wide = files(&folder.path().join("results-report/plots"));
    ran(folder.path(), &["report", "--from", "results.jsonl", "--trace", "x86_64-6.1-256m"], 0);
    let narrow = files(&folder.path().join("results-report/plots"));
    assert!(narrow.len() < wide.len(), "{narrow:?}");
    assert!(narrow.iter().all(|name| !name.contains("arm64")), "{narrow:?}");
    // Into the folder of a measurement of one's own it does not write.
    let mine = folder.path().join("mine");
    fs::create_dir(&mine).unwrap();
    fs::write(mine.join("results.jsonl"), "my own").unwrap();
    let (_, err) = ran(folder.path(), &["report", "--from", "results.jsonl", "--out", "mine"], 1);
    assert!(err.contains("choose another folder by --out"), "{err}");
    assert_eq!(files(&mine), ["results.jsonl"]);
}

/// Expect a file that ends in the midst of a line to be told of first, everywhere, and no letter without a reason.
#[test]
fn what_is_cut_is_told_first() {
    let (folder, own) = results();
    let bytes = fs::read(&own).unwrap();
    fs::write(&own, &bytes[..bytes.len() - 1000]).unwrap();
    let at = folder.path();
    let (out, _) = ran(at, &["report", "--from", "results.jsonl"], 0);
    assert!(out.starts_with("INCOMPLETE: the file ends in the midst of a measurement"), "{out}");
    let read = |name: &str| fs::read_to_string(at.join("results-report").join(name)).unwrap();
    assert!(read("report.md").starts_with("**INCOMPLETE: "));
    assert!(read("index.html").contains("<p class=\"incomplete\">INCOMPLETE: "));
    assert!(!at.join("results-report/letter.txt").exists());
    let (out, _) = ran(at, &["compare", "memblock", "wordscan", "--from", "results.jsonl"], 0);
    assert!(out.starts_with("INCOMPLETE: "), "{out}");
    let (_, err) = ran(at, &["letter", "wordscan", "--from", "results.jsonl"], 1);
    assert!(err.contains("--despite=REASON"), "{err}");
    let (out, _) =
        ran(at, &["letter", "wordscan", "--from", "results.jsonl", "--despite=the disk was full"], 0);
    assert!(
        out.starts_with("INCOMPLETE: ") && out.contains("Written nevertheless: the disk was full"),
        "{out}"
    );
}

/// Expect results to be narrowed by strategy, the baseline staying, and what is mistyped to be answered.
#[test]
fn results_can_be_narrowed() {
    let (folder, _) = results();
    let at = folder.path();
    let (out, _) = ran(at, &["report", "--from", "results.jsonl", "--strategy", "word*"], 0);
    assert!(out.contains("wordscan") && out.contains("memblock") && !out.contains("\nrootmem"), "{out}");
    let (_, err) = ran(at, &["report", "--from", "results.jsonl", "--strategy", "wordscam"], 1);
    assert!(err.contains("did you mean `wordscan`?"), "{err}");
    let (_, err) = ran(at, &["report", "--from", "results.jsonl", "--trace", "nowhere"], 1);
    assert!(err.contains("the results hold nothing of a trace `nowhere`"), "{err}");
}
