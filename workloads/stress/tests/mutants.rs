//! Does it bite? Defects are put into a kernel's memblock.c, one at a time, and each must be found within a minute.
//!
//! A defect is an edit of a few characters within one function of Debian's source, made when the test runs.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use stress::{Crew, Found, Job, Kind, Rules, Spec, State};

/// What it is, the function that it is in, and what is put in the place of what.
const MUTANTS: &[(&str, &str, &str, &str)] = &[
    // Linux lost a boot of a 32-node machine to this kind: the lists seemed large enough, and were not counted through.
    (
        "skips the count when the list seems large enough",
        "memblock_add_range",
        "(type->cnt * 2 + 1",
        "(type->cnt + 9",
    ),
    (
        "a limit is off by one, upward",
        "__memblock_find_range_bottom_up",
        "- cand >= size",
        "- cand + 1 >= size",
    ),
    (
        "an exact fit is refused, downward",
        "__memblock_find_range_top_down",
        "cand >= this_start",
        "cand > this_start",
    ),
    ("an exact fit is refused, upward", "__memblock_find_range_bottom_up", "- cand >= size", "- cand > size"),
    ("the current limit is none", "memblock_alloc_internal", "max_addr > memblock", "max_addr < memblock"),
    ("regions of other flags merge", "memblock_merge_regions", "this->flags != next->flags", "0"),
    ("regions of other nodes merge", "memblock_merge_regions", "region_node(next)", "region_node(this)"),
    ("a list does not look below", "memblock_double_array", "!addr && new_area_size", "0"),
    ("no other node is tried", "memblock_alloc_range_nid", "&& !exact_nid", "&& exact_nid"),
    ("a goal is a minimum", "memblock_alloc_internal", "!alloc && min_addr", "!alloc && !min_addr"),
    (
        "a list grows into what is being reserved",
        "memblock_double_array",
        "new_area_start + new_area_size,",
        "0,",
    ),
    (
        "a list's new place is not reserved",
        "memblock_double_array",
        "BUG_ON(memblock_reserve(addr, new_alloc_size))",
        "",
    ),
    (
        "a list's new place is reserved in part",
        "memblock_double_array",
        "reserve(addr, new_alloc",
        "reserve(addr, old_alloc",
    ),
    (
        "a list's old place stays reserved",
        "memblock_double_array",
        "memblock_free(old_array",
        "(void)(old_array",
    ),
    ("one slot less is asked for", "memblock_isolate_range", "cnt + 2 > type->max", "cnt + 1 > type->max"),
    ("one region too few moves up", "memblock_remove_region", "(r + 1)", "(r + 2)"),
    ("a region that ends with the range is split", "memblock_isolate_range", "rend > end", "rend >= end"),
    (
        "a search for mirrored memory never ends",
        "memblock_alloc_range_nid",
        "flags &= ~MEMBLOCK_MIRROR",
        "flags |= MEMBLOCK_MIRROR",
    ),
    ("page 0 is given", "memblock_find_in_range_node", "start, PAGE_SIZE)", "start, 0)"),
];

/// A tree with a defect.
fn mutant(tree: &Path, number: usize, folder: &Path) -> PathBuf {
    let (_, function, from, to) = MUTANTS[number];
    let new = folder.join(number.to_string());
    for file in ["Makefile", "mm/memblock.c", "include/linux/memblock.h"] {
        let text = fs::read_to_string(tree.join(file)).unwrap();
        let text = if file == "mm/memblock.c" { common::edited(&text, function, from, to) } else { text };
        let path = new.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    new
}

fn hunt(base: &Spec, head: &Spec, folder: &Path) -> (Option<Found>, Duration, u64) {
    let job = Job {
        head: head.clone(),
        base: Some(base.clone()),
        rules: Rules { same_answers: true, ..Rules::default() },
        seed: 5,
        tries: 1_500,
        position: folder.join("position"),
    };
    let crew = Crew {
        command: &|| Command::new(env!("CARGO_BIN_EXE_stress-worker")),
        job,
        hands: 2,
        boot_limit: Duration::from_secs(2),
        stop: &AtomicBool::new(false),
    };
    let start = Instant::now();
    let report = crew.run(State::default(), 60_000, &|_, _| {}).unwrap();
    (report.found, start.elapsed(), report.state.played)
}

fn all_are_found(version: &str) {
    let Some(tree) = common::debian(version) else { return };
    let Some(base) = common::spec(&tree, "base") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut missed = Vec::new();
    for (number, (what, ..)) in MUTANTS.iter().enumerate() {
        let head = common::spec(&mutant(&tree, number, folder.path()), "head").unwrap();
        let (found, took, played) = hunt(&base, &head, folder.path());
        let Some(found) = found else {
            missed.push(*what);
            continue;
        };
        let records = found.trace.lines().last().unwrap_or_default().to_owned();
        eprintln!(
            "{version}: {what}: boot {}, {:.1} s, {played} passed before, {records}: {}",
            found.boot,
            took.as_secs_f64(),
            found.failure.what
        );
        assert!(took < Duration::from_mins(1), "{what}: {took:?}");
        if what.contains("never ends") {
            assert_eq!(found.failure.kind, Kind::Hung);
        }
    }
    assert_eq!(missed, Vec::<&str>::new(), "not found in {version}");
    assert_eq!(hunt(&base, &base, folder.path()).0, None, "a tree agrees with itself");
}

#[test]
fn every_mutant_of_6_12_is_found() {
    all_are_found("6.12");
}

#[test]
fn every_mutant_of_6_1_is_found() {
    all_are_found("6.1");
}
