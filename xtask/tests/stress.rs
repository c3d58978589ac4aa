//! `cargo xtask stress`, from the command line to the trace that it writes.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn stress(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.current_dir(folder).arg("stress").args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A repository of Debian's 6.12 with two revisions, `base` and `head`, of which the second has edits; `None` with a word about
/// it where something is missing.
fn repository(folder: &Path, edits: &[(&str, &str)]) -> Option<()> {
    const ARCHIVE: &str = "/usr/src/linux-source-6.12.tar.xz";
    for program in ["git", "cc"] {
        if Command::new(program).arg("--version").output().is_err() {
            eprintln!("not tested: there is no `{program}`");
            return None;
        }
    }
    if !Path::new(ARCHIVE).is_file() {
        eprintln!("not tested: {ARCHIVE} is not installed (on Debian: apt-get install linux-source-6.12)");
        return None;
    }
    let files = ["Makefile", "mm/memblock.c", "include/linux/memblock.h"];
    let mut unpack = Command::new("tar");
    unpack.arg("-C").arg(folder).args(["-xJf", ARCHIVE, "--strip-components=1"]);
    unpack.args(files.map(|file| format!("linux-source-6.12/{file}")));
    assert!(unpack.status().unwrap().success());
    let git = |args: &[&str]| {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        let done = Command::new("git").arg("-C").arg(folder).args(who).args(args).output().unwrap();
        assert!(done.status.success(), "{args:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "as it was"]);
    git(&["tag", "base"]);
    let file = folder.join("mm/memblock.c");
    let mut text = fs::read_to_string(&file).unwrap();
    for (from, to) in edits {
        assert!(text.contains(from), "no `{from}`");
        text = text.replacen(from, to, 1);
    }
    fs::write(&file, text).unwrap();
    git(&["commit", "-qam", "allocate: one try is enough"]);
    git(&["tag", "head"]);
    Some(())
}

#[test]
fn a_planted_defect_is_told_as_a_trace_that_replays_it() {
    let folder = tempfile::tempdir().unwrap();
    if repository(folder.path(), &[("if (!alloc && min_addr)", "if (!alloc && !min_addr)")]).is_none() {
        return;
    }
    let sides = ["--linux", ".", "--rev", "base", "--rev", "head"];
    let found = stress(folder.path(), &[&sides[..], &["--boots", "2000", "--seed", "3"]].concat());
    let text = said(&found);
    assert_eq!(found.status.code(), Some(1), "{text}");
    assert!(text.contains("(allocate: one try is enough)"), "{text}");
    assert!(text.contains("refused: no free block fits"), "{text}");
    let written: Vec<_> = fs::read_dir(folder.path().join("target/stress"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "trace" || extension == "c"))
        .collect();
    assert_eq!(written.len(), 2, "{written:?}");
    let trace = written.iter().find(|path| path.extension().unwrap() == "trace").unwrap();
    let again = stress(folder.path(), &[&sides[..], &["--trace", trace.to_str().unwrap()]].concat());
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    assert!(said(&again).contains("refused: no free block fits"), "{}", said(&again));
    let base = ["--linux", ".", "--rev", "base", "--trace", trace.to_str().unwrap()];
    let sound = stress(folder.path(), &base);
    assert_eq!(sound.status.code(), Some(0), "{}", said(&sound));
}

#[test]
fn a_sanitizer_says_where_a_list_is_overrun() {
    let folder = tempfile::tempdir().unwrap();
    let edits = [
        ("BUG_ON(type->cnt >= type->max);", ""),
        ("(type->cnt * 2 + 1 <= type->max)", "(type->cnt + 9 <= type->max)"),
    ];
    if repository(folder.path(), &edits).is_none() {
        return;
    }
    let found = stress(
        folder.path(),
        // With seed 1 an assertion of the kernel's finds the first boot before the sanitizer does.
        &[
            "--linux",
            ".",
            "--rev",
            "base",
            "--rev",
            "head",
            "--sanitize",
            "--boots",
            "5000",
            "--jobs",
            "2",
            "--seed",
            "2",
        ],
    );
    let text = said(&found);
    if text.contains("has no libasan.so") {
        eprintln!("not tested: {text}");
        return;
    }
    assert_eq!(found.status.code(), Some(1), "{text}");
    assert!(text.contains("AddressSanitizer: global-buffer-overflow"), "{text}");
}

/// Expect a list that has grown to be guarded as well: this one takes eight more regions than it has room for, from the first
/// time on that it doubles.
#[test]
fn a_sanitizer_says_where_a_grown_list_is_overrun() {
    let folder = tempfile::tempdir().unwrap();
    if repository(folder.path(), &[("type->max <<= 1;", "type->max = type->max * 2 + 8;")]).is_none() {
        return;
    }
    let found = stress(
        folder.path(),
        &["--linux", ".", "--rev", "base", "--rev", "head", "--sanitize", "--boots", "20000", "--jobs", "2"],
    );
    let text = said(&found);
    if text.contains("has no libasan.so") {
        eprintln!("not tested: {text}");
        return;
    }
    assert_eq!(found.status.code(), Some(1), "{text}");
    assert!(text.contains("AddressSanitizer: heap-buffer-overflow"), "{text}");
}

/// Expect a boot that ends its process to leave a test in C behind that expects what the base answers.
#[test]
fn a_crash_is_a_test_that_passes_on_the_base() {
    let folder = tempfile::tempdir().unwrap();
    let from = "again:\n\tfound = memblock_find_in_range_node(";
    let to = "again:\n\tif (align > 0x100000)\n\t\t*(volatile char *)8 = 1;\n\tfound = memblock_find_in_range_node(";
    if repository(folder.path(), &[(from, to)]).is_none() {
        return;
    }
    let found = stress(folder.path(), &["--linux", ".", "--rev", "base", "--rev", "head", "--boots", "5000"]);
    let text = said(&found);
    assert_eq!(found.status.code(), Some(1), "{text}");
    assert!(text.contains("its process ended (signal: 11"), "{text}");
    let written = fs::read_dir(folder.path().join("target/stress")).unwrap().map(|file| file.unwrap().path());
    let in_c = written.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "c"));
    let in_c = fs::read_to_string(in_c.expect("a test in C")).unwrap();
    assert!(in_c.contains("_check(void)") && in_c.contains("memblock.reserved.max);"), "{in_c}");
}

#[test]
fn a_run_goes_on_where_it_stopped_and_only_there() {
    let folder = tempfile::tempdir().unwrap();
    let run = |boots: &str, seed: &str| {
        let args = ["--strategy", "memblock", "--boots", boots, "--seed", seed, "--resume", "state.json"];
        stress(folder.path(), &args)
    };
    let first = run("64", "1");
    assert_eq!(first.status.code(), Some(0), "{}", said(&first));
    assert!(said(&first).contains("64 boots of"), "{}", said(&first));
    let second = run("192", "1");
    assert!(said(&second).contains("192 boots of"), "{}", said(&second));
    let other = run("192", "2");
    assert_eq!(other.status.code(), Some(1));
    assert!(said(&other).contains("state.json is of another run"), "{}", said(&other));
    fs::write(folder.path().join("state.json"), "{\"what\":").unwrap();
    let garbled = run("192", "1");
    assert!(said(&garbled).contains("state.json is not a state of `stress`"), "{}", said(&garbled));
}

#[test]
fn what_cannot_be_done_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.trace"), "bootalloc-trace 1\nmachine\n").unwrap();
    for (args, expected) in [
        (&[][..], "name what is put under stress"),
        (&["--strategy", "memblok"], "no strategy is called `memblok`"),
        (&["--strategy", "memblock", "--same-answers"], "--same-answers needs a base"),
        (
            &["--strategy", "memblock", "--strategy", "bootmem", "--strategy", "rootmem"],
            "3 strategies are named",
        ),
        (&["--strategy", "memblock", "--trace", "bad.trace"], "bad.trace"),
        (&["--strategy", "mine=./nowhere.so"], "nowhere.so"),
        (&["--linux", "nowhere"], "nowhere"),
    ] {
        let output = stress(folder.path(), args);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {}", said(&output));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.starts_with("error: ") && error.contains(expected), "{args:?}: {error}");
    }
}
