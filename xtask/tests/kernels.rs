//! Kernels' own code and libraries as members, as a user has them: on Debian's source, to which changes are made here. Where that
//! or a C compiler is missing, the tests say so and pass.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const TRACE: &str = "x86_64-6.1-256m";
/// The least that is compared at all, on the smallest boot.
const LEAST: [&str; 8] =
    ["--trace", TRACE, "--quantity", "exact,boot-cost", "--launches", "6", "--blocks", "10"];

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

fn has_compiler() -> bool {
    let found = Command::new("cc").arg("--version").output().is_ok();
    if !found {
        eprintln!("not tested: there is no C compiler");
    }
    found
}

/// Copies of the files that are read of Debian's 6.12, in a folder `linux` of their own; `None` with a word about it.
fn kernel() -> Option<tempfile::TempDir> {
    let archive = "/usr/src/linux-source-6.12.tar.xz";
    if !Path::new(archive).is_file() || !has_compiler() {
        eprintln!("not tested: {archive} or a C compiler is not installed");
        return None;
    }
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("linux-source-6.12");
    let files = ["Makefile", "mm/memblock.c", "include/linux/memblock.h"];
    if !kept.join("Makefile").is_file() {
        let part = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let wanted = files.map(|file| format!("linux-source-6.12/{file}"));
        let status =
            Command::new("tar").arg("-C").arg(part.path()).args(["-xJf", archive]).args(wanted).status();
        assert!(status.unwrap().success());
        // Whole or not at all; another test may have been faster.
        let _ = fs::rename(part.path().join("linux-source-6.12"), &kept);
    }
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let to = folder.path().join("linux").join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(kept.join(file), to).unwrap();
    }
    let tree = folder.path().join("linux");
    git(&tree, &["init", "-q", "-b", "main"]);
    git(&tree, &["add", "."]);
    git(&tree, &["commit", "-q", "-m", "as Debian has it"]);
    Some(folder)
}

fn git(folder: &Path, args: &[&str]) {
    let identity = ["-c", "user.name=A Tester", "-c", "user.email=tester@example.org"];
    let output = Command::new("git").arg("-C").arg(folder).args(identity).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Commits a change of the text of mm/memblock.c.
fn commit(folder: &tempfile::TempDir, subject: &str, edits: &[(&str, &str)]) {
    let tree = folder.path().join("linux");
    let file = tree.join("mm/memblock.c");
    let text = fs::read_to_string(&file).unwrap();
    let changed = edits.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    fs::write(&file, changed).unwrap();
    git(&tree, &["commit", "-q", "-a", "-m", subject]);
}

/// A walk over the whole list, in search of the first region that ends above an address, replaced by a bisection.
const BISECT: &[(&str, &str)] = &[
    (
        "#define memblock_dbg(",
        "static int first_above(struct memblock_type *type, phys_addr_t addr)\n{\n\tint low = 0, high = type->cnt;\n\n\
         \twhile (low < high) {\n\t\tint mid = (low + high) / 2;\n\n\
         \t\tif (type->regions[mid].base + type->regions[mid].size <= addr)\n\t\t\tlow = mid + 1;\n\t\telse\n\t\t\thigh = mid;\n\t}\n\
         \treturn low;\n}\n\n#define memblock_dbg(",
    ),
    (
        "for_each_memblock_type(idx, type, rgn) {\n\t\tphys_addr_t rbase",
        "for (idx = first_above(type, base), rgn = &type->regions[idx]; idx < type->cnt;\n\t     idx++, rgn = &type->regions[idx]) {\n\t\tphys_addr_t rbase",
    ),
];

/// Sizes rounded up to their alignment, up to a cache line.
const ROUND: &[(&str, &str)] = &[(
    "again:\n\tfound = memblock_find_in_range_node(size, align, start, end, nid,",
    "\tsize = round_up(size, min_t(phys_addr_t, align, SMP_CACHE_BYTES));\n\
     again:\n\tfound = memblock_find_in_range_node(size, align, start, end, nid,",
)];

fn two_revisions() -> [&'static str; 6] {
    ["--linux", "linux", "--rev", "main~1", "--rev", "main"]
}

/// Expect a bisection to answer alike on every boot of the corpus, and to execute fewer instructions where they can be counted.
#[test]
fn a_faster_search_changes_no_answer() {
    let Some(folder) = kernel() else { return };
    commit(&folder, "memblock: bisect", BISECT);
    let (out, _) = ran(folder.path(), &["verify", "--all", "--linux", "linux", "--rev", "main"], 0);
    // A boot after a handover answers as no kernel of before 6.16 can.
    let mut differing =
        out.lines().filter(|line| line.ends_with(" differences") || line.ends_with(" difference"));
    assert!(differing.all(|line| line.contains("-kho-second-")), "{out}");
    let revisions = ["history", "--linux", "linux", "main~1", "main", "--all", "--no-instructions"];
    let (out, _) = ran(folder.path(), &revisions, 0);
    assert_eq!(out.matches("as before on all boots").count(), 4, "{out}");
    let row = out.lines().last().unwrap();
    assert!(row.starts_with("main (6.12") && row.ends_with("0        0      0      0       0"), "{out}");
    counts_are_drawn(folder.path());
    let args = [
        &["compare"][..],
        &two_revisions(),
        &["--trace", "x86_64-6.12-numa*", "--quantity", "instructions", "--format", "json"],
    ]
    .concat();
    let output = xtask(folder.path(), &args);
    let err = String::from_utf8_lossy(&output.stderr);
    if err.contains("valgrind") || err.contains("stripped") {
        return eprintln!("not tested: {err}");
    }
    let data: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = data.to_string();
    assert!(text.contains("instructions"), "{text}");
    let kept = fs::read_to_string(folder.path().join("target/compare.jsonl")).unwrap();
    let counts = |label: &str| -> u64 {
        let cells = kept.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let of = cells.filter(|cell| cell["strategy"] == label);
        of.map(|cell| cell["outcome"]["counts"]["instructions"].as_u64().unwrap_or_default()).sum()
    };
    let (before, after) = (counts("main~1"), counts("main"));
    assert!(0 < after && after < before, "{before} -> {after}");
}

/// Expect the table and the plot to show one ratio of the later revision, below 1, where instructions can be counted.
fn counts_are_drawn(folder: &Path) {
    let trace = ["--trace", "x86_64-6.12-numafake64-16g"];
    let (out, _) = ran(folder, &[&["history", "--linux", "linux", "main~1", "main"][..], &trace].concat(), 0);
    if !out.contains("drawn in target/history.svg") {
        return eprintln!("not tested: no instructions were counted: {out}");
    }
    let row: Vec<&str> =
        out.lines().rfind(|line| line.starts_with("main (")).unwrap().split_whitespace().collect();
    let ratio: f64 = row[3].parse().unwrap();
    assert!(0.1 < ratio && ratio < 1.0, "{out}");
    let drawn = fs::read_to_string(folder.join("target/history.svg")).unwrap();
    assert!(drawn.contains(&format!("boot cost {}", row[3])), "{out}{drawn}");
}

/// Expect rounded sizes to leave other lists behind, and the letter to name both revisions with their subject lines.
#[test]
fn rounded_sizes_leave_other_regions() {
    let Some(folder) = kernel() else { return };
    commit(&folder, "memblock: round sizes up", ROUND);
    let history = ["history", "--linux", "linux", "main~1", "main", "--all", "--no-instructions"];
    let (out, _) = ran(folder.path(), &history, 0);
    assert!(out.contains("regions at the end     other on"), "{out}");
    let args = [&["compare"][..], &two_revisions(), &LEAST].concat();
    let (out, err) = ran(folder.path(), &args, 0);
    assert!(
        out.starts_with("main against main~1, the baseline, over 1 recorded boot (255 MiB)\n"),
        "{out}{err}"
    );
    assert!(out.contains("which is the harness"), "{out}");
    let args = [&["letter", "--despite", "a test"][..], &two_revisions(), &LEAST].concat();
    let (letter, _) = ran(folder.path(), &args, 0);
    assert!(letter.is_ascii() && letter.lines().all(|line| line.len() <= 72), "{letter}");
    let words = letter.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        "\"memblock: round sizes up\"",
        "\"as Debian has it\"",
        "compiled by cc",
        "the behaviour changes, of 1 boot",
    ] {
        assert!(words.contains(said), "{said}: {letter}");
    }
    let header: serde_json::Value = serde_json::from_str(
        fs::read_to_string(folder.path().join("target/letter.jsonl")).unwrap().lines().next().unwrap(),
    )
    .unwrap();
    let trees: Vec<&serde_json::Value> =
        (0..2).map(|at| &header["plan"]["members"][at]["strategy"]["library"]["source"]["tree"]).collect();
    assert_eq!(trees[0]["subject"], "as Debian has it");
    assert_eq!(trees[1]["subject"], "memblock: round sizes up");
    assert_eq!(trees[1]["commit"].as_str().map(str::len), Some(40));
}

/// Expect each launch of both sides to have a layout of its own, of which comparison and letter say how many there are; counts of
/// instructions, where they can be made, to be the same in all; and a library that is linked already to be refused.
#[test]
fn a_verdict_holds_over_layouts() {
    let Some(folder) = kernel() else { return };
    commit(&folder, "memblock: bisect", BISECT);
    let least = [
        "--trace",
        TRACE,
        "--trace",
        "x86_64-6.12-uefi-4g",
        "--quantity",
        "exact,boot-cost",
        "--blocks",
        "10",
    ];
    let layouts = ["--layouts", "5", "--seed", "7"];
    let args = [&["compare"][..], &two_revisions(), &least, &layouts].concat();
    let (out, _) = ran(folder.path(), &args, 0);
    assert!(out.split("\n\n").next().unwrap().replace('\n', " ").ends_with("in 5 layouts"), "{out}");
    let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("each launch ran main~1 and main in another layout"), "{out}");
    let kept = fs::read_to_string(folder.path().join("target/compare.jsonl")).unwrap();
    let header: serde_json::Value = serde_json::from_str(kept.lines().next().unwrap()).unwrap();
    let mut digests = std::collections::BTreeSet::new();
    for member in header["plan"]["members"].as_array().unwrap() {
        let variants = member["strategy"]["library"]["variants"].as_array().unwrap();
        let numbers: Vec<u64> = variants.iter().map(|one| one["layout"].as_u64().unwrap()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
        digests.extend(variants.iter().map(|one| one["digest"].as_str().unwrap().to_owned()));
    }
    assert_eq!(digests.len(), 10, "ten different libraries");
    let args = [&["letter", "--despite", "a test"][..], &two_revisions(), &least, &layouts].concat();
    let (letter, _) = ran(folder.path(), &args, 0);
    let words = letter.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("in 5 layouts") && words.contains("a verdict holds over 5 layouts"), "{letter}");
    let (_, err) = ran(folder.path(), &["compare", "memblock", "mine=x.so", "--layouts", "5"], 1);
    assert!(err.contains("x.so is linked already"), "{err}");
    let (_, err) = ran(folder.path(), &["compare", "memblock", "mine=x.c", "--layouts", "4"], 2);
    assert!(err.contains("5..="), "{err}");
}

/// Expect each allocation that another revision places elsewhere to be told with its line in the trace and both answers, as many as
/// are asked for.
#[test]
fn history_tells_records_with_both_answers() {
    let Some(folder) = kernel() else { return };
    let elsewhere = "cand = round_down(this_end - size - (size == 4096 ? 4096 : 0), align);";
    commit(&folder, "memblock: leave a page", &[("cand = round_down(this_end - size, align);", elsewhere)]);
    let history = ["history", "--linux", "linux", "main~1", "main", "--trace", TRACE, "--no-instructions"];
    let (out, _) = ran(folder.path(), &[&history[..], &["--differences", "2"]].concat(), 0);
    let told: Vec<&str> = out.lines().filter(|line| line.contains(".trace: line ")).collect();
    assert_eq!(told.len(), 2, "{out}");
    assert!(told.iter().all(|line| line.contains(" before, ") && line.ends_with(" now")), "{out}");
    assert!(out.contains(" more (--differences)"), "{out}");
}

/// How a kernel's code misbehaves, and what is said of it.
const BAD_CODE: &[(&str, &str)] = &[
    ("__builtin_trap();", "killed by signal"),
    ("for (;;) ;", "it took longer than 2 s"),
    ("*(volatile char *)64 = 1;", "killed by signal 11"),
    ("panic(\"no\");", "no"),
];

/// Expect code that crashes, hangs, writes anywhere or panics on one machine, the one with a node 40, to fail that boot alone, with
/// the reason.
#[test]
fn a_bad_revision_costs_its_own_boots() {
    let Some(folder) = kernel() else { return };
    let search = "again:\n\tfound = memblock_find_in_range_node(";
    let mut before = search.to_owned();
    for (bad, why) in BAD_CODE {
        let now = format!("\tif (nid == 40) {{ {bad} }}\n{search}");
        commit(&folder, why, &[(&before, &now)]);
        before = now;
        let traces = [TRACE, "x86_64-6.12-numafake64-16g"];
        let args =
            [&["verify", "--linux", "linux", "--rev", "main", "--time-limit", "2"][..], &traces].concat();
        let (out, _) = ran(folder.path(), &args, 1);
        assert!(out.contains("numafake64-16g (of this version) failed: ") && out.contains(why), "{out}");
        assert!(out.contains("1 of 2 boots are exact") && out.contains("; 1 boot failed"), "{out}");
        let both = [["--trace", traces[0]], ["--trace", traces[1]]].concat();
        let args =
            ["history", "--linux", "linux", "HEAD~1", "main", "--no-instructions", "--time-limit", "2"];
        let (out, _) = ran(folder.path(), &[&args[..], &both].concat(), 1);
        assert!(out.contains("main (6.12") && out.contains("FAILED on 1 boot") && out.contains(why), "{out}");
        assert_eq!(out.matches("as before on all 1 boots").count(), 4, "{out}");
    }
    let least = [&LEAST[2..], &["--trace", "x86_64-6.12-numafake64-16g", "--time-limit", "2"]].concat();
    let letter = ["letter", "--linux", "linux", "--rev", "main~4", "--rev", "main", "--despite", "a test"];
    let (out, _) = ran(folder.path(), &[&letter[..], &LEAST[..2], &least].concat(), 0);
    let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("the code of main FAILED on 1 boot, the first x86_64-6.12-numafake64-16g"),
        "{out}"
    );
    assert!(words.contains("no behaviour change on 1 boot:"), "{out}");
}

#[test]
fn a_tree_is_checked_without_measuring() {
    let Some(folder) = kernel() else { return };
    let (out, _) = ran(folder.path(), &["linux", "check", "linux"], 0);
    for said in ["mm/memblock.c, include/linux/memblock.h", "compiler  cc", "stubs     none", "-O2"] {
        assert!(out.contains(said), "{said}: {out}");
    }
    let (_, err) = ran(folder.path(), &["linux", "check", "linux", "--rev", "no-such"], 1);
    assert!(err.contains("no-such"), "{err}");
    let (_, err) = ran(folder.path(), &["compare", "--linux", "linux"], 1);
    assert!(err.contains("name a baseline and a candidate"), "{err}");
}

/// The example of the manual, as it is or made to misbehave.
fn bytemap(folder: &Path, name: &str, edit: Option<(&str, &str)>) -> PathBuf {
    let text = include_str!("../../allocators/plugin/c/bytemap.c");
    let text = edit.map_or(text.to_owned(), |(from, to)| {
        assert!(text.contains(from));
        text.replace(from, to)
    });
    let file = folder.join(format!("{name}.c"));
    fs::write(&file, text).unwrap();
    file
}

/// Expect a file of C to be compiled, measured beside a strategy of this project that is called alike and does not bear a kernel's
/// name, and to be named in the results with its compiler.
#[test]
fn a_file_of_c_is_measured_beside_our_own() {
    if !has_compiler() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    bytemap(folder.path(), "bytemap", None);
    let args = ["measure", "--strategy", "memblock", "--strategy", "mine=bytemap.c", "--out", "out.jsonl"];
    ran(folder.path(), &[&args[..], &LEAST].concat(), 0);
    let kept = fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    let header: serde_json::Value = serde_json::from_str(kept.lines().next().unwrap()).unwrap();
    let members = &header["plan"]["members"];
    assert_eq!(members[0]["label"], "rust-memblock");
    assert_eq!(members[0]["strategy"]["behind_abi"], "memblock");
    assert_eq!(members[1]["label"], "mine");
    let library = &members[1]["strategy"]["library"];
    assert_eq!(library["name"], "bytemap");
    assert!(library["source"]["compiler"].as_str().unwrap().starts_with("cc"), "{library}");
    assert_eq!(library["variants"][0]["digest"].as_str().map(str::len), Some(16));
}

/// Expect a library to be replayed beside what the kernel answered, with every difference that is asked for, and an answer that no
/// allocator may give to fail the command.
#[test]
fn a_library_is_verified() {
    if !has_compiler() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    bytemap(folder.path(), "bytemap", None);
    let verify = ["verify", TRACE, "--differences", "2", "--strategy"];
    let (out, _) = ran(folder.path(), &[&verify[..], &["mine=bytemap.c"]].concat(), 0);
    assert!(out.starts_with("mine: bytemap.c, "), "{out}");
    assert!(out.contains("the kernel gave ") && out.contains(" more (--differences)"), "{out}");
    assert!(out.contains("0 of 1 boots are exact; ") && out.contains("; 0 illegal answers"), "{out}");
    let (_, from, to, _) = BAD[2];
    bytemap(folder.path(), "lies", Some((from, to)));
    let (out, _) = ran(folder.path(), &[&verify[..], &["lies.c"]].concat(), 1);
    assert!(out.contains(": illegal: ") && !out.contains("; 0 illegal answers"), "{out}");
    let (_, err) = ran(folder.path(), &[&verify[..], &["memblock"]].concat(), 1);
    assert!(err.contains("every built-in strategy is replayed"), "{err}");
}

/// How a library misbehaves, and what is said of it.
const BAD: &[(&str, &str, &str, &str)] = &[
    (
        "aborts",
        "return memset(s->map + at, TAKEN, need), done(at * size);",
        "__builtin_trap();",
        "killed by signal",
    ),
    (
        "hangs",
        "return memset(s->map + at, TAKEN, need), done(at * size);",
        "for (;;) ;",
        "it took longer than 2 s",
    ),
    ("lies", "return memset(s->map + at, TAKEN, need), done(at * size);", "return done(at * size);", "wrong"),
    (
        "overruns",
        "memset(s->map, NO_MEMORY, s->pages);",
        "memset(s->map, NO_MEMORY, s->pages + 24);",
        "wrote past the memory",
    ),
    ("wild", "memset(s->map, NO_MEMORY, s->pages);", "*(volatile char *)64 = 1;", "killed by signal 11"),
];

/// Expect what crashes, hangs, lies or writes elsewhere to cost its own cells, with the reason, and the rest to be measured.
#[test]
fn a_bad_library_costs_its_own_cells() {
    if !has_compiler() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut args = vec![
        "measure",
        TRACE,
        "--quantity",
        "boot-cost",
        "--launches",
        "6",
        "--blocks",
        "10",
        "--time-limit",
        "2",
    ];
    args.extend(["--out", "out.jsonl", "--strategy", "memblock"]);
    let named: Vec<String> = BAD.iter().map(|(name, ..)| format!("{name}={name}.c")).collect();
    for (&(name, from, to, _), named) in BAD.iter().zip(&named) {
        bytemap(folder.path(), name, Some((from, to)));
        args.extend(["--strategy", named]);
    }
    ran(folder.path(), &args, 1);
    let kept = fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    let cell = |name: &str| {
        kept.lines().find(|line| line.contains(&format!("\"strategy\":\"{name}\",\"outcome\""))).unwrap()
    };
    for (name, .., why) in BAD {
        assert!(cell(name).contains("\"failed\"") && cell(name).contains(why), "{name}: {}", cell(name));
    }
    assert!(!cell("rust-memblock").contains("\"failed\""));
}

/// What a library does as it is loaded or described, and what is said of it.
const BAD_START: &[(&str, &str, &str)] = &[
    (
        "constructor-aborts",
        "__attribute__((constructor)) static void up(void) { abort(); }",
        "killed by signal 6",
    ),
    (
        "constructor-crashes",
        "__attribute__((constructor)) static void up(void) { *(volatile char *)64 = 1; }",
        "killed by signal 11",
    ),
    (
        "constructor-hangs",
        "__attribute__((constructor)) static void up(void) { for (;;) usleep(1000); }",
        "it did not come back within 10 s",
    ),
    ("constructor-exits", "__attribute__((constructor)) static void up(void) { exit(0); }", "exit status: 0"),
    (
        "description-crashes",
        "const struct ba_plugin *bootalloc_plugin(uint32_t abi) { __builtin_trap(); }",
        "killed by signal",
    ),
    (
        "description-is-nowhere",
        "const struct ba_plugin *bootalloc_plugin(uint32_t abi) { return (void *)64; }",
        "killed by signal 11",
    ),
    (
        "no-description",
        "const struct ba_plugin *bootalloc_plugin(uint32_t abi) { return 0; }",
        "does not serve version",
    ),
];

/// Expect a library that goes wrong before it is anything to be one error that names the file, the reason and what to mend, and
/// nothing to be measured or written.
#[test]
fn a_library_that_cannot_be_loaded_is_an_error_and_no_crash() {
    if !has_compiler() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, code, why) in BAD_START {
        let text =
            format!("#include <stdlib.h>\n#include <unistd.h>\n#include \"bootalloc_plugin.h\"\n{code}\n");
        let entry = "const struct ba_plugin *bootalloc_plugin(uint32_t abi) { return 0; }\n";
        let text = if code.contains("bootalloc_plugin(") { text } else { text + entry };
        fs::write(folder.path().join(format!("{name}.c")), text).unwrap();
        let strategy = format!("mine={name}.c");
        let measure =
            ["measure", TRACE, "--strategy", "memblock", "--strategy", &strategy, "--out", "out.jsonl"];
        let (out, err) = ran(folder.path(), &measure, 1);
        assert!(out.is_empty(), "{out}");
        assert!(err.starts_with("error: ") && err.lines().count() == 1, "{err}");
        assert!(err.contains(&format!("{name}.c")) && err.contains(why), "{err}");
        assert!(why.starts_with("does not serve") || err.contains("PLUGINS.md"), "{err}");
        assert!(!folder.path().join("out.jsonl").exists(), "something was measured");
    }
    let (_, err) = ran(folder.path(), &["stress", "--strategy", "mine=constructor-aborts.c"], 1);
    assert!(err.contains("constructor-aborts.c cannot be loaded: it was killed by signal 6"), "{err}");
}
