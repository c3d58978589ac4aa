//! What the harness does around a strategy grows no worse than n log n, whatever grows: counted, not timed.
//!
//! A step is done by this very test program as callgrind runs it, on machines of n, 2n and 4n. From what 4n takes more than 2n,
//! over what 2n takes more than n, everything constant is gone: twice as much for what grows in proportion, 2.2 times for
//! n log n at these sizes, and four times for n². Where there is no valgrind, nothing is tested, and that is said.

use std::env;
use std::fmt::Write as _;
use std::process::Command;

use allocators::freetree::Freetree;
use allocators::memblock::Memblock;
use allocators::{BootAllocator, Strategy};
use benches::count::valgrind;
use benches::exact::exact;
use workloads::check::check;
use workloads::grow;
use workloads::import::{Options, import};
use workloads::replay::{Program, Reach, Stage};

/// The variable that names the step and the size.
const STEP: &str = "BOOTALLOC_STEP";

/// What is counted, by name, with the sizes that it is tested with.
const STEPS: [(&str, u64); 8] = [
    ("import", 300),
    ("compile-regions", 2_000),
    ("check-regions", 1_000),
    ("check-ranges", 500),
    ("check-nodes", 40),
    ("exact-regions", 1_000),
    ("exact-nodes", 24),
    ("start-memblock", 4_000),
];

/// Does a step; that it did something is asserted.
fn work(step: &str, size: u64) {
    let trace = |recipe: String| grow::read(&recipe).unwrap();
    let isolated = || trace(format!("grow:isolated({size})"));
    match step {
        "import" => {
            let found = import(log(size).as_bytes(), "grown", &Options::default()).unwrap();
            assert!(found[0].trace.records.len() as u64 >= size);
        }
        "compile-regions" => {
            let program = Program::compile(&isolated(), Reach::Memory);
            assert_eq!(program.setup.len() as u64, size);
        }
        "check-regions" => checked(&isolated()),
        "check-ranges" => checked(&trace(format!("grow:ranges({size},nodes=64)"))),
        "check-nodes" => checked(&trace(format!("grow:nodes({size})"))),
        "exact-regions" => figures(&isolated()),
        "exact-nodes" => figures(&trace(format!("grow:nodes({size})"))),
        "start-memblock" => {
            let program = Program::compile(&isolated(), Reach::of(&Memblock));
            let reserved = Stage::default().play(&Memblock, &program, |allocator, _| {
                let mut count = 0;
                allocator.for_each_reserved(&mut |_| count += 1);
                count
            });
            assert!(reserved.unwrap() >= size);
        }
        unknown => panic!("no step is called {unknown}"),
    }
}

// Whose own calls take as long among many regions as among few: what is left is the harness.
fn checked(trace: &workloads::trace::Trace) {
    let program = Program::compile(trace, Reach::of(&Freetree));
    assert_eq!(check(&Freetree, &program, &mut Stage::default()).unwrap().violations, []);
}

fn figures(trace: &workloads::trace::Trace) {
    let found = exact(&Freetree, trace, &mut Stage::default()).unwrap();
    assert_eq!(found.violations, Vec::<String>::new(), "{}", Freetree.name());
}

/// A kernel's log with so many reservations.
fn log(lines: u64) -> String {
    let mut text = String::from(
        "[    0.000000] Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)\n\
         [    0.000000] Command line: memblock=debug\n",
    );
    for index in 0..lines {
        let start = (index + 16) << 14;
        let _ = writeln!(
            text,
            "[    0.000000] memblock_reserve: [0x{start:016x}-0x{:016x}] setup_arch+0x10/0x20",
            start + 0xfff
        );
    }
    text
}

/// The instructions of a step, the test program's own included.
fn instructions(step: &str, size: u64) -> Option<u64> {
    let out = Command::new(valgrind()?)
        .args(["--command-line-only=yes", "--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "counted_by_callgrind", "--test-threads=1"])
        .env(STEP, format!("{step} {size}"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{step} {size}: {}{said}", String::from_utf8_lossy(&out.stdout));
    let line =
        said.lines().find_map(|line| line.split_once("Collected : ")).unwrap_or_else(|| panic!("{said}"));
    line.1.trim().parse().ok()
}

/// What callgrind runs; nothing otherwise.
#[test]
fn counted_by_callgrind() {
    if let Ok(wanted) = env::var(STEP) {
        let (step, size) = wanted.split_once(' ').unwrap();
        work(step, size.parse().unwrap());
    }
}

/// How many times as much more 4n takes than 2n, as 2n takes more than n.
fn growth(step: &str, size: u64) -> Option<f64> {
    let counts = [size, 2 * size, 4 * size].map(|size| instructions(step, size));
    let [one, two, four] = [counts[0]?, counts[1]?, counts[2]?].map(|count| count as f64);
    println!("{step}: {one} at {size}, {two}, {four}: {:.2}", (four - two) / (two - one));
    Some((four - two) / (two - one))
}

#[test]
fn no_step_grows_worse_than_n_log_n() {
    for (step, size) in STEPS {
        let Some(found) = growth(step, size) else {
            eprintln!("not tested: there is no valgrind");
            return;
        };
        assert!(found < 2.5, "{step} grows as n^{:.2}", found.log2());
    }
}

/// The same at a million regions and 1,024 nodes, which takes an hour: `cargo test -p benches --test steps -- --ignored
/// --nocapture`.
#[test]
#[ignore = "takes an hour"]
fn nor_at_a_million_regions_and_a_thousand_nodes() {
    for (step, _) in STEPS {
        let size = if step.ends_with("nodes") { 256 } else { 250_000 };
        let Some(found) = growth(step, size) else { return };
        assert!(found < 2.5, "{step} grows as n^{:.2}", found.log2());
    }
}
