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

/// Expect instructions, which are exact, to break a rule about growth and to keep it, from a sweep to the exit status.
#[test]
fn a_rule_about_growth_decides_by_instructions() {
    if benches::count::valgrind().is_none() {
        eprintln!("not tested: there is no valgrind");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let rule = ["--grow", "--grow-to", "1000", "--quantity", "instructions", "--fail-on"];
    let words = |sides: [&'static str; 2]| {
        [&["compare"][..], &sides, &rule, &["exponent(alloc-failing)>0.5"]].concat()
    };
    let output = xtask(folder.path(), &words(["freetree", "memblock"]));
    let err = String::from_utf8(output.stderr).unwrap();
    if err.contains("callgrind did not find the function") {
        eprintln!("not tested: this program has no symbols");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("the instructions of `memblock` grow with exponent 0."), "{err}");
    let (_, err) = ran(folder.path(), &words(["memblock", "wordscan"]), 0);
    assert!(!err.contains("broken"), "{err}");
}

/// Expect what a sweep found to stand in the report and the letter on recorded boots, and a letter on somebody else to refuse it.
#[test]
fn a_report_and_a_letter_carry_growth() {
    let folder = tempfile::tempdir().unwrap();
    ran(folder.path(), &[&["grow", "regions"][..], &SMALL, &["wordscan"]].concat(), 0);
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/readme/results.jsonl");
    let from = ["--from", results.to_str().unwrap(), "--growth", "target/growth/growth.json"];
    ran(folder.path(), &[&["report"][..], &from, &["--out", "out"]].concat(), 0);
    let text = |name: &str| std::fs::read_to_string(folder.path().join("out").join(name)).unwrap();
    for part in ["How does cost grow", "id=\"grow-regions-alloc\"", "1 ms at", "recorded boots"] {
        assert!(text("index.html").contains(part), "{part}");
    }
    assert!(text("report.md").contains("(plots/grow-regions-alloc.svg)"), "{}", text("report.md"));
    let letter = |who| [&["letter", who][..], &from, &["--despite", "a test"]].concat();
    let (out, _) = ran(folder.path(), &letter("wordscan"), 0);
    assert!(
        out.contains("How does it grow?") && out.contains("reserved regions at which it takes so long"),
        "{out}"
    );
    let grown = out.split("how cost grows with n").nth(1).unwrap();
    assert!(grown.lines().all(|line| line.len() <= 72), "{grown}");
    let (_, err) = ran(folder.path(), &letter("rootmem"), 1);
    assert!(err.contains("holds no growth of `rootmem`"), "{err}");
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
