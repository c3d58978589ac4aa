//! The corpus as a whole: what it covers, that replays of it are exact, and that its page is up to date.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;

use allocators::memblock::Memblock;
use workloads::capture::machines;
use workloads::corpus;
use workloads::fidelity::verify;
use workloads::replay::Stage;
use workloads::trace::{Array, Op, Trace};

/// What stands above the table of `CORPUS.md`.
const MARK: &str = "<!-- The table is made by tests/corpus.rs from machines.toml and the traces. -->\n";

fn traces() -> impl Iterator<Item = (&'static str, Trace)> {
    corpus::names().map(|name| (name, corpus::trace(name).unwrap().unwrap()))
}

/// Whether `cargo xtask capture` made this trace, and so can make it again.
fn is_captured(trace: &Trace) -> bool {
    trace.header.captured.starts_with("cargo xtask capture; QEMU ")
}

#[test]
fn each_trace_can_be_captured_again_or_is_told_of_as_contributed() {
    let machines: BTreeSet<String> = machines(None).unwrap().into_keys().collect();
    let page = std::fs::read_to_string(page()).unwrap();
    let (words, _) = page.split_once(MARK).unwrap();
    for (name, trace) in traces() {
        if is_captured(&trace) {
            assert!(machines.contains(name), "{name} is no machine");
            assert_eq!(trace.header.source, format!("{name}.log"));
        } else {
            assert!(words.contains(&format!("| {name} |")), "{name}: CORPUS.md says nothing of it");
            assert_ne!(trace.header.captured, "unknown", "{name}");
        }
    }
    for machine in machines {
        assert!(corpus::names().any(|name| name == machine), "{machine} was not captured");
    }
}

#[test]
fn a_replay_of_each_trace_gives_the_addresses_the_dumps_and_the_pages_of_the_kernel() {
    let mut stage = Stage::default();
    for (name, trace) in traces() {
        let found = verify(&Memblock, &trace, &mut stage).unwrap();
        assert!(found.exact(), "{name}: {:?}", found.mismatches);
        assert!(found.proving.all >= 25, "{name} proves little: {:?}", found.proving);
        assert!(found.released.is_some(), "{name} does not say what was released");
    }
}

#[test]
fn the_corpus_covers_what_machines_differ_in() {
    let all: Vec<Trace> = traces().map(|(_, trace)| trace).collect();
    let different = |of: &dyn Fn(&Trace) -> String| all.iter().map(of).collect::<BTreeSet<String>>();
    let architectures = different(&|trace| trace.header.arch.clone());
    assert!(architectures.len() >= 7, "{architectures:?}");
    let pages = different(&|trace| trace.header.page_size.bytes().to_string());
    assert_eq!(pages.into_iter().collect::<Vec<_>>(), ["16384", "4096", "65536"]);
    let nodes = |trace: &Trace| {
        workloads::trace::Machine::of(trace)
            .nodes
            .iter()
            .map(|piece| piece.nid)
            .collect::<BTreeSet<_>>()
            .len()
    };
    let nodes: BTreeSet<usize> = all.iter().map(nodes).collect();
    assert!([1, 2, 3, 4, 8, 16, 64].iter().all(|count| nodes.contains(count)), "{nodes:?}");
    let doubles = |array| {
        let doubled = |op: &Op| matches!(op, Op::Doubled { array: which, .. } if *which == array);
        all.iter().any(|trace| trace.records.iter().any(|record| doubled(&record.op)))
    };
    assert!(doubles(Array::Memory) && doubles(Array::Reserved));
}

#[test]
fn a_few_traces_are_curated_and_quick() {
    let curated: Vec<&str> = corpus::curated().collect();
    let listed = include_str!("../traces/curated.txt").lines().count();
    assert_eq!(curated.len(), listed, "a name in curated.txt is wrong");
    assert!((6..=10).contains(&curated.len()));
    for name in curated {
        let records = corpus::trace(name).unwrap().unwrap().records.len();
        assert!(records < 10_000, "{name} has {records} records");
    }
}

#[test]
fn the_whole_corpus_packs_to_less_than_five_megabytes() {
    let packed = |text: String| {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap().len()
    };
    let total: usize = corpus::names().filter_map(corpus::text).map(packed).sum();
    assert!(total < 5_000_000, "{total} bytes");
}

/// With `BLESS=1` it is brought up to date.
#[test]
fn the_page_of_the_corpus_is_up_to_date() {
    let path = page();
    let page = std::fs::read_to_string(&path).unwrap();
    let (words, table) = page.split_once(MARK).expect("CORPUS.md has the mark above its table");
    let made = table_of_traces();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, format!("{words}{MARK}{made}")).unwrap();
    } else {
        assert!(
            table == made,
            "run `BLESS=1 cargo test -p workloads --test corpus` and look at what changes"
        );
    }
}

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("CORPUS.md")
}

fn table_of_traces() -> String {
    let machines = machines(None).unwrap();
    let head = "\n| trace | machine | kernel | page | records | allocations | shows | does not show |\n\
                |---|---|---|---:|---:|---:|---|---|\n";
    let row = |(name, trace): (&str, Trace)| {
        let star = if corpus::curated().any(|curated| curated == name) { "\\*" } else { "" };
        let header = &trace.header;
        // The name says the architecture, and the header which board it was.
        let machine = header.machine.split(" (QEMU").next().unwrap_or_default();
        let machine = machine.split_once(", ").map_or(machine, |(_, rest)| rest);
        let page = header.page_size.bytes() / 1024;
        let (records, allocations) = (trace.records.len(), trace.allocations().count());
        let (shows, lacks) =
            machines.get(name).map_or(("", ""), |machine| (machine.shows.as_str(), machine.lacks.as_str()));
        let kernel = &header.kernel;
        format!(
            "| {name}{star} | {machine} | {kernel} | {page} KiB | {records} | {allocations} | {shows} | {lacks} |\n"
        )
    };
    let rows: Vec<String> = traces().filter(|(_, trace)| is_captured(trace)).map(row).collect();
    head.to_owned() + &rows.concat()
}
