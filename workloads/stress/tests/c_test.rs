//! What is written of a failure is a test of the kernel's own suite: it fails on the head and passes on the base.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use stress::{Hunt, Rules, c_test, load, shrink};

/// What of Debian's source the kernel's own tests of memblock are made of.
const PARTS: &[&str] = &[
    "Makefile",
    "mm/memblock.c",
    "include/linux",
    "tools/testing/memblock",
    "tools/testing/selftests/kselftest.h",
    "tools/include",
    "tools/arch/x86",
    "tools/scripts",
    "tools/lib",
    "arch/x86/include/asm/asm.h",
    "arch/x86/include/asm/cmpxchg.h",
];

/// That part, unpacked once; `None` with a word about it where it is not installed.
fn suite() -> Option<PathBuf> {
    common::debian("6.12")?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("suite");
    let tree = folder.join("linux-source-6.12");
    if !tree.exists() {
        let part = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut unpack = Command::new("tar");
        unpack.arg("-C").arg(part.path()).args(["-xJf", "/usr/src/linux-source-6.12.tar.xz"]);
        unpack.args(PARTS.iter().map(|part| format!("linux-source-6.12/{part}")));
        // Some parts have other names in other packages; what is missing is told by make.
        let _ = unpack.stderr(Stdio::null()).status();
        let _ = fs::rename(part.path(), &folder);
    }
    Some(tree)
}

/// Makes the suite of `tree` with this memblock.c and only our test, and runs it: whether it passes, or what make said.
fn runs(tree: &Path, memblock: &str, test: &str, name: &str) -> Result<bool, String> {
    let copy = tempfile::tempdir().unwrap();
    let copied = Command::new("cp").arg("-a").arg(tree).arg(copy.path()).status().unwrap();
    assert!(copied.success());
    let top = copy.path().join("linux-source-6.12");
    fs::write(top.join("mm/memblock.c"), memblock).unwrap();
    let folder = top.join("tools/testing/memblock");
    fs::write(folder.join("tests").join("stress.c"), test).unwrap();
    let main = format!(
        "#include \"tests/stress.c\"\nint main(int argc, char **argv) {{ parse_args(argc, argv); return {name}_check(); }}\n"
    );
    fs::write(folder.join("main.c"), main).unwrap();
    let made = Command::new("make").arg("NUMA=1").arg("-C").arg(&folder).arg("main").output().unwrap();
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into_owned());
    }
    Ok(Command::new(folder.join("main")).stderr(Stdio::null()).status().unwrap().success())
}

#[test]
fn the_test_in_c_fails_on_the_head_and_passes_on_the_base() {
    let Some(tree) = suite() else { return };
    let base_text = fs::read_to_string(tree.join("mm/memblock.c")).unwrap();
    // An exact fit is refused.
    let from = "cand >= this_start";
    let head_text = common::edited(&base_text, "__memblock_find_range_top_down", from, "cand > this_start");
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("base", &base_text), ("head", &head_text)] {
        for file in ["Makefile", "include/linux/memblock.h"] {
            let path = folder.path().join(name).join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::copy(tree.join(file), path).unwrap();
        }
        fs::create_dir_all(folder.path().join(name).join("mm")).unwrap();
        fs::write(folder.path().join(name).join("mm/memblock.c"), text).unwrap();
    }
    let Some(base) = common::spec(&folder.path().join("base"), "base") else { return };
    let head = common::spec(&folder.path().join("head"), "head").unwrap();
    let (base, head) = (load(&base).unwrap(), load(&head).unwrap());
    let mut hunt = Hunt::new(&*head, Some(&*base), Rules { same_answers: true, ..Rules::default() });
    let first = hunt.recorded();
    let (scenario, failure) = (first..first + 1_000)
        .find_map(|boot| {
            let scenario = hunt.scenario(5, boot);
            hunt.scenario_fails(&scenario).0.map(|failure| (scenario, failure))
        })
        .expect("the defect is found");
    let small = shrink(&scenario, 2_000, |scenario| {
        hunt.scenario_fails(scenario).0.is_some_and(|found| found.kind == failure.kind)
    });
    let trace = hunt.trace(&small).unwrap();
    let expected = hunt.played_by(&*base, &trace);
    let test = c_test("stress_5", &failure.what, &trace, &expected);
    match runs(&tree, &base_text, &test, "stress_5") {
        Err(said) => {
            assert!(
                ["urcu", "libasan", "libubsan"].iter().any(|missing| said.contains(missing)),
                "the test does not compile:\n{said}\n{test}"
            );
            eprintln!(
                "not tested: the kernel's suite does not compile here (on Debian: apt-get install liburcu-dev)"
            );
            return;
        }
        Ok(passes) => assert!(passes, "it passes on the base:\n{test}"),
    }
    assert_eq!(runs(&tree, &head_text, &test, "stress_5"), Ok(false), "it fails on the head:\n{test}");
}
