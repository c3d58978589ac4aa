//! `grow` and `compare --grow` as a user calls them.

use std::path::Path;
use std::process::{Command, Output};

fn xtask(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).args(args).current_dir(folder).output().unwrap()
}

/// Runs it, with the exit status that is expected, and returns what it printed to both outputs.
fn ran(folder: &Path, args: &[&str], status: i32) -> (String, String) {
    let output = xtask(folder, args);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{args:?}: {out}{err}");
    (out, err)
}

const SMALL: [&str; 6] = ["--quick", "--to", "300", "--strategy", "memblock", "--strategy"];

#[test]
fn a_sweep_shows_tables_and_leaves_data_and_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let (out, err) = ran(folder.path(), &[&["grow", "regions"][..], &SMALL, &["wordscan"]].concat(), 0);
    for part in
        ["An allocation, by reserved regions", "memblock", "time ~ n^", "Machines are made, not recorded"]
    {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(err.contains("regions 300: wordscan"), "{err}");
    let kept = folder.path().join("target/growth");
    for file in ["growth.json", "growth.md", "grow-regions-alloc.svg", "grow-regions-metadata.svg"] {
        assert!(kept.join(file).is_file(), "{file}");
    }
    let (again, _) = ran(folder.path(), &["grow", "--from", "target/growth/growth.json"], 0);
    assert_eq!(again, out);
}

/// Expect both sides to be shown, a rule that cannot be judged to fail, and a cell that would take too long not to be begun.
#[test]
fn rules_decide_about_growth_and_cells_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let small = ["compare", "memblock", "wordscan", "--grow", "--quick", "--grow-to", "30"];
    let (out, err) = ran(folder.path(), &small, 0);
    assert!(out.contains("memblock") && out.contains("wordscan") && !err.contains("broken"), "{out}{err}");
    // Two sizes make no exponent; what a sufficient sweep is judged by has tests where nothing is timed.
    let (_, err) = ran(folder.path(), &[&small[..], &["--fail-on", "exponent(reserve)>0.5"]].concat(), 1);
    assert!(err.contains("broken: exponent(reserve)>0.5: nothing says how `wordscan` grows"), "{err}");
    assert!(!err.contains("how `memblock` grows"), "the baseline is not judged: {err}");
    let bounded = [
        &["grow", "regions", "--cell-seconds", "1", "--quick", "--from-size", "10000"][..],
        &["--to", "10000000"],
    ];
    let (out, err) = ran(folder.path(), &[&bounded.concat()[..], &["--strategy", "memblock"]].concat(), 0);
    assert!(err.contains("memblock stops before"), "{err}");
    assert!(out.starts_with("Incomplete: memblock on regions stops before"), "{out}");
}

#[test]
fn what_cannot_be_grown_is_refused_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    for (args, says) in [
        (&["grow", "region"][..], "nothing is grown by the name `region`; there are regions"),
        (&["grow", "regions", "--to", "1"][..], "fewer than two sizes of regions"),
        (&["grow", "--from", "nowhere.json"][..], "cannot read nowhere.json"),
        (&["grow", "regions", "--strategy", "memblok"][..], "no strategy is called `memblok`"),
        (&["grow", "regions", "--fail-on", "exponent(x)>1"][..], "is not a rule about growth"),
        (
            &["compare", "memblock", "wordscan", "--grow", "--fail-on", "time>2%"][..],
            "a rule is about growth",
        ),
    ] {
        let output = xtask(folder.path(), args);
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && err.contains(says), "{args:?}: {err}");
    }
}

/// Expect every command of the page on recipes to name a recipe that can be made.
#[test]
fn recipes_go_where_a_trace_does() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = "grow:isolated(200)";
    let (out, _) = ran(folder.path(), &["show", recipe], 0);
    assert!(out.starts_with("grow:isolated(n=200)") && out.contains("made, not recorded"), "{out}");
    let (out, _) = ran(folder.path(), &["verify", recipe], 0);
    assert!(out.contains("made, not recorded: no kernel's answers to compare with"), "{out}");
    let least = ["--quantity", "exact", "--trace", recipe];
    let (out, _) = ran(folder.path(), &[&["compare", "memblock", "wordscan"][..], &least].concat(), 0);
    assert!(out.contains("wordscan against memblock"), "{out}");
    let (_, err) = ran(folder.path(), &["show", "grow:isolatd(200)"], 1);
    assert!(err.contains("do you mean `isolated`?"), "{err}");
}
