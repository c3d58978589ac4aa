//! `machine` and `replay-on` as a user calls them, and what they make wherever a trace is taken.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn map(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("workloads/maps").join(name)
}

fn xtask(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(words).current_dir(folder).output().unwrap()
}

fn succeeds(folder: &Path, words: &[&str]) -> String {
    let output = xtask(folder, words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn fails(folder: &Path, words: &[&str]) -> String {
    let output = xtask(folder, words);
    assert!(!output.status.success(), "{words:?} should fail");
    String::from_utf8(output.stderr).unwrap()
}

/// Expect a map to become a machine, the machine a trace, and the trace to be called made by every command that takes it.
#[test]
fn from_a_map_to_a_made_trace() {
    let folder = tempfile::tempdir().unwrap();
    let (at, map) = (folder.path(), map("x86-8node.dmesg"));
    let map = map.to_str().unwrap();
    let told = succeeds(at, &["machine", map, "-o", "m.machine"]);
    assert!(told.starts_with("m.machine: QEMU Standard PC") && told.contains("8 node(s)"), "{told}");
    assert_eq!(fs::read_to_string(at.join("m.machine")).unwrap(), succeeds(at, &["machine", "m.machine"]));
    let told = succeeds(at, &["replay-on", "m.machine", "--boot", "x86_64-6.1-256m", "-o", "m.trace"]);
    assert!(told.contains("made: requests of x86_64-6.1-256m") && told.contains(" 0 illegal"), "{told}");
    let trace = fs::read_to_string(at.join("m.trace")).unwrap();
    assert!(trace.contains("\ncaptured made, not recorded\n") && trace.contains(" inferred=machine by "));
    for wanted in
        ["m.trace", "machine:m.machine(x86_64-6.1-256m)", &format!("machine:{map}(grow:isolated(20))")]
    {
        let told = succeeds(at, &["verify", wanted]);
        assert!(told.contains("made, not recorded: no kernel's answers"), "{told}");
        assert!(succeeds(at, &["show", wanted]).contains("made: requests of"), "{wanted}");
    }
}

#[test]
fn what_cannot_be_is_one_error_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("iomem"), "00000000-00000000 : System RAM\n").unwrap();
    fs::write(at.join("prose"), "hello\n").unwrap();
    fs::write(at.join("cut.machine"), "bootalloc-machine 1\nname x\n").unwrap();
    let small = "BIOS-e820: [mem 0x0000000000001000-0x00000000000fffff] usable\n";
    fs::write(at.join("small"), small).unwrap();
    for (words, told) in [
        (&["machine", "iomem", "-o", "out"][..], "sudo cat /proc/iomem"),
        (&["machine", "prose", "-o", "out"], "none of its 1 lines"),
        (&["machine", "missing", "-o", "out"], "cannot read missing"),
        (&["machine", ".", "-o", "out"], "is a folder"),
        (&["machine", "cut.machine", "-o", "out"], "line 2"),
        (&["machine", "cut.machine", "small", "-o", "out"], "is a machine already"),
        (&["replay-on", "small", "--boot", "x86_64-6.1-256m", "-o", "out"], "too small for x86_64-6.1-256m"),
        (&["replay-on", "small", "--boot", "x86_64-6.1-255m", "-o", "out"], "did you mean `x86_64-6.1-256m`"),
        (&["replay-on", "small", "--boot", "x86_64-6.1-*", "-o", "out"], "name the one boot"),
        (&["show", "machine:small"], "machine:FILE(BOOT)"),
    ] {
        let error = fails(at, words);
        assert!(error.contains(told) && error.lines().count() <= 3, "{words:?}: {error}");
    }
    assert!(!at.join("out").exists());
}
