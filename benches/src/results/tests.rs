use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::count::Counting;
use crate::plan::{BootFacts, BootSource, Limits, Member, Pace, PlanFacts};
use crate::quantity::{Quantity, Sink};

fn header(run: &str) -> Header {
    Header {
        schema: SCHEMA,
        run: RunId(run.into()),
        started_unix_s: 1_700_000_000,
        command: vec!["xtask".into(), "measure".into(), "--seed".into(), "a \"quoted\"\nline".into()],
        commit: Some(Commit { id: "209b22a".into(), dirty: true }),
        toolchain: Toolchain {
            rustc: "rustc 1.95.0".into(),
            target: "x86_64-unknown-linux-gnu".into(),
            profile: "release".into(),
            opt_level: "3".into(),
            flags: String::new(),
            debug_assertions: false,
        },
        machine: MachineFacts {
            cpu: Some("a processor".into()),
            cpus: 2,
            caches: vec![Cache { level: 1, kind: "Data".into(), bytes: 32768, shared_by: "0".into() }],
            governor: None,
            virtual_machine: Some(true),
            memory_bytes: Some(1 << 34),
            system: "Linux 6.1.0".into(),
            load: Some(Load { one_minute: 0.1, five_minutes: 0.3 }),
        },
        clock: ClockFacts {
            kind: ClockKind::TimeStampCounter,
            ns_per_tick: 0.385_154,
            cost_ns: 17.3,
            granularity_ns: 0.4,
        },
        plan: PlanFacts {
            digest: "00".into(),
            shard: Some(Shard { index: 1, of: 2 }),
            seed: 7,
            members: vec![Member::built_in("a"), Member::built_in("b")],
            boots: vec![BootFacts {
                name: "t".into(),
                source: BootSource::File("t.trace".into()),
                digest: "11".into(),
                doubts: Vec::new(),
                proof: None,
            }],
            groups: 0,
            quantities: vec![Quantity::Exact, Quantity::Release(Sink::Buddy, 2)],
            pace: Pace::QUICK,
            limits: Limits::default(),
            counting: Counting::Unasked,
        },
        warnings: vec![Warning { what: "load".into(), remedy: "wait".into() }],
    }
}

fn cell(run: &str, number: u32, strategy: &str, outcome: Outcome) -> Cell {
    Cell {
        run: RunId(run.into()),
        group: Group { number, cells: 2 },
        key: Key { trace: format!("t{number}"), quantity: Quantity::Build, strategy: strategy.into() },
        outcome,
    }
}

/// Two groups of two cells each.
fn some(run: &str) -> Results {
    let times = |ns: f64| {
        let launch = Launch { turns: vec![0, 1], ns: vec![Nanos::new(ns).unwrap(); 2] };
        Outcome::Build(Times { work: 87, repeats: 20, launches: vec![launch; 3] })
    };
    let failed = Outcome::Failed(Failure { kind: FailureKind::Hung, message: "after 10 s".into() });
    let cells = vec![
        cell(run, 0, "a", times(41.234_567_89)),
        cell(run, 0, "b", failed),
        cell(run, 1, "a", times(1.0 / 3.0)),
        cell(run, 1, "b", times(1e300)),
    ];
    let mut results = Results { headers: vec![header(run)], cells, ..Results::default() };
    results.finished_bytes = results.to_text().len() as u64;
    results
}

#[test]
fn a_file_reads_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.jsonl");
    let results = some("1");
    let mut file = ResultsFile::create(&path, &results.headers[0]).unwrap();
    for group in results.groups() {
        file.append(group).unwrap();
    }
    assert_eq!(Results::read(&path).unwrap(), results);
    assert_eq!(fs::read_to_string(&path).unwrap(), results.to_text());
}

/// Expect every cut through a file to read back with the groups that lie before it as a whole, and no others; and to
/// be finished by a resumed run.
#[test]
fn a_file_that_was_cut_off_anywhere_keeps_all_finished_groups() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.jsonl");
    let results = some("1");
    let text = results.to_text();
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
    let (header_end, groups) = (ends[0], [ends[2], ends[4]]);
    for cut in 0..=text.len() {
        let read = Results::parse(&text.as_bytes()[..cut]);
        if cut < header_end {
            assert!(matches!(read, Err(ReadError::Empty)), "{cut}");
            continue;
        }
        let finished = groups.iter().filter(|&&end| end <= cut).count();
        assert_eq!(read.unwrap().cells, results.cells[..2 * finished], "{cut}");
        if cut % 7 == 0 || ends.contains(&cut) {
            fs::write(&path, &text[..cut]).unwrap();
            let (mut file, known) = ResultsFile::resume(&path).unwrap();
            assert_eq!(known.cells.len(), 2 * finished);
            for group in results.groups().skip(finished) {
                file.append(group).unwrap();
            }
            assert_eq!(Results::read(&path).unwrap(), results);
        }
    }
}

#[test]
fn damage_is_told_from_a_cut() {
    let text = some("1").to_text();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let parse = |lines: &[&str]| Results::parse(lines.concat().as_bytes());
    let [head, a0, b0, a1, b1] = lines[..] else { panic!("five lines") };
    assert!(matches!(parse(&[head, a0, a1, b1]), Err(ReadError::BrokenGroup { line: 3, .. })));
    assert!(matches!(parse(&[head, "{}\n", a0, b0]), Err(ReadError::Line { line: 2, .. })));
    assert!(matches!(parse(&[a0, b0]), Err(ReadError::NoHeader { line: 1, .. })));
    assert!(matches!(parse(&[head, head]), Err(ReadError::SecondHeader { line: 2, .. })));
    let later = head.replace("\"schema\":2", "\"schema\":3");
    assert!(matches!(parse(&[&later]), Err(ReadError::Schema { line: 1, found: 3 })));
    let negative = a1.replacen("\"ns\":[", "\"ns\":[-1.0,", 1);
    assert!(matches!(parse(&[head, &negative]), Err(ReadError::Line { line: 2, .. })));
}

#[test]
fn merging_loses_nothing_and_tells_duplicates_from_contradictions() {
    let (one, two) = (some("1"), some("2"));
    let merged = merge([one.clone(), two.clone(), one.clone()]).unwrap();
    assert_eq!(merged.results.headers, [header("1"), header("2")]);
    assert_eq!(merged.results.cells, [&one.cells[..], &two.cells[..]].concat());
    // The two groups of the first are given twice, and both runs measured the same four cells.
    assert_eq!((merged.duplicates, merged.repeated.len()), (2, 4));
    assert_eq!(Results::parse(merged.results.to_text().as_bytes()).unwrap(), merged.results);

    let mut changed = one.clone();
    changed.cells[1].outcome = changed.cells[0].outcome.clone();
    assert!(matches!(merge([one.clone(), changed]), Err(MergeError::Cell { .. })));
    let mut changed = one.clone();
    changed.headers[0].plan.seed = 8;
    assert_eq!(merge([one, changed]), Err(MergeError::Header(RunId("1".into()))));
}

#[test]
fn a_device_without_room_gives_one_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("no such folder").join("results.jsonl");
    let error = ResultsFile::create(&gone, &header("1")).unwrap_err();
    assert!(error.to_string().contains("no such folder"), "{error}");
    assert!(ResultsFile::resume(Path::new("/dev/null")).is_err());
}

/// Expect a file of the first version, as the README of then was made from, to say the same in terms of this one.
#[test]
fn a_file_of_version_1_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/schema-1.jsonl");
    let results = Results::read(&path).unwrap();
    assert_eq!((results.headers[0].schema, results.cells.len()), (1, 40));
    let cell = |quantity: &str| {
        let found = results.cells.iter().find(|cell| {
            let key = &cell.key;
            key.trace == "x86_64-6.1-256m"
                && key.strategy == "memblock"
                && key.quantity.to_string() == quantity
        });
        &found.unwrap().outcome
    };
    let Outcome::Exact(exact) = cell("exact") else { panic!("exact figures") };
    for (id, value) in [
        ("calls", Some(69)),
        ("below-goal", Some(0)),
        ("instructions", None),
        ("failed", Some(0)),
        ("violations", Some(0)),
    ] {
        assert_eq!(exact.figures.get(id), value, "{id}");
    }
    assert_eq!(exact.figures.get("released"), Some(exact.fragmentation.free_pages * 4096));
    let Outcome::BootCost(cost) = cell("boot-cost") else { panic!("the time of a boot") };
    assert_eq!((cost.calls.launches.len(), cost.hand_over.is_none(), cost.total()), (14, true, None));
    let Outcome::Counts(counts) = cell("instructions") else { panic!("instructions") };
    let counted: Vec<_> = counts.iter().collect();
    assert!(matches!(counted[..], [("instructions-calls", 1000..)]), "{counted:?}");
    // What is kept of it is of this version.
    assert_eq!(Results::parse(results.to_text().as_bytes()).unwrap().cells, results.cells);
}

/// Expect a line that was cut, a shard that is missing, a cell that failed, a busy machine and a doubtful trace each to be a
/// fact of the results, and none of whole ones.
#[test]
fn what_is_incomplete_is_a_fact() {
    let mut whole = some("1");
    whole.headers[0].plan.shard = None;
    whole.headers[0].plan.groups = 2;
    whole.cells.retain(|cell| cell.group.number != 0);
    let mut cells = whole.cells.clone();
    for cell in &mut cells {
        cell.group.number = 0;
    }
    whole.cells.extend(cells);
    assert_eq!(whole.completeness(), Completeness::default());
    assert!(whole.completeness().is_whole());

    let text = whole.to_text();
    let cut = Results::parse(&text.as_bytes()[..text.len() - 3]).unwrap().completeness();
    assert!(cut.cut_bytes > 0 && cut.missing_groups == 1 && !cut.is_whole(), "{cut:?}");

    let mut shard = whole.clone();
    shard.headers[0].plan.shard = Some(Shard { index: 2, of: 3 });
    let missing = shard.completeness().missing_shards;
    assert_eq!(missing, [Shard { index: 1, of: 3 }, Shard { index: 3, of: 3 }]);

    let failed = some("1").completeness().failed;
    assert_eq!(failed.len(), 1);

    let mut busy = whole.clone();
    busy.headers[0].machine.load = Some(Load { one_minute: 1.2, five_minutes: 0.0 });
    assert_eq!(busy.completeness().busy, [(RunId("1".into()), 1.2)]);

    let mut doubtful = whole.clone();
    doubtful.headers[0].plan.boots[0].doubts = vec!["the log begins late".into()];
    assert_eq!(doubtful.completeness().doubtful, [("t".to_owned(), "the log begins late".to_owned())]);
}

/// Expect boots of one name whose traces differ to be two boots when their results are joined, and the same again to be one.
#[test]
fn boots_of_one_name_stay_apart_when_joined() {
    let one = some("1");
    let mut other = some("2");
    other.headers[0].plan.boots[0].name = "t0".into();
    let mut first = one.clone();
    first.headers[0].plan.boots[0].name = "t0".into();
    other.headers[0].plan.boots[0].digest = "99887766".into();
    let merged = merge([first.clone(), other.clone(), other]).unwrap();
    let names = |results: &Results| -> std::collections::BTreeSet<String> {
        results.cells.iter().map(|cell| cell.key.trace.clone()).collect()
    };
    assert!(names(&merged.results).contains("t0") && names(&merged.results).contains("t0@9988"));
    assert_eq!((merged.duplicates, merged.results.headers.len()), (2, 2));
    let alike = merge([first, some("3")]).unwrap();
    assert_eq!(names(&alike.results).len(), 2);
}

#[test]
fn how_results_were_joined_is_kept() {
    let mut merged = merge([some("1"), some("2")]).unwrap().results;
    merged.merges.push(Merge { command: vec!["cargo".into(), "xtask".into(), "merge".into()] });
    assert_eq!(Results::parse(merged.to_text().as_bytes()).unwrap().merges, merged.merges);
}

proptest! {
    #[test]
    fn samples_read_back_to_the_last_bit(ns in prop::collection::vec(f64::MIN_POSITIVE..f64::MAX, 0..20)) {
        let ns: Vec<Nanos> = ns.into_iter().filter_map(Nanos::new).collect();
        let launch = Launch { turns: vec![0; ns.len()], ns };
        let text = serde_json::to_string(&launch).unwrap();
        prop_assert_eq!(serde_json::from_str::<Launch>(&text).unwrap(), launch);
    }

    #[test]
    fn histograms_read_back_and_keep_two_figures(ns in prop::collection::vec(0.0..1e9_f64, 1..200)) {
        let mut histogram = Histogram::new();
        for &ns in &ns {
            histogram.record_ns(ns);
        }
        let text = serde_json::to_string(&histogram).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Histogram>(&text).unwrap(), &histogram);
        prop_assert_eq!(histogram.count(), ns.len() as u64);
        let max = ns.iter().copied().fold(0.0, f64::max);
        prop_assert!((histogram.max_ns() - max).abs() <= max / 64.0 + 0.001);
    }

    /// Expect times to be told apart as the tables of `HdrHistogram` do, whose text form this is.
    #[test]
    fn a_histogram_counts_as_hdr_histograms_do(ns in prop::collection::vec(0.0..1e6_f64, 1..100), share in 0.0..1.0_f64) {
        let mut ours = Histogram::new();
        let mut theirs = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 100_000_000_000_000, 2).unwrap();
        for &ns in &ns {
            ours.record_ns(ns);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to a billion")]
            theirs.record((ns * 1000.0).round() as u64).unwrap();
        }
        let expected = theirs.value_at_quantile(share) as f64 / 1000.0;
        prop_assert!((ours.quantile_ns(share) - expected).abs() < 1e-9);
        let all: Vec<_> = theirs.iter_recorded().map(|step| (step.value_iterated_to() as f64 / 1000.0, step.count_at_value())).collect();
        prop_assert_eq!(ours.recorded_ns().collect::<Vec<_>>(), all);
    }

    #[test]
    fn a_damaged_histogram_is_refused_without_panic(text in ".{0,60}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        use base64::Engine as _;
        let coded = base64::engine::general_purpose::STANDARD.encode(&bytes);
        for text in [text, coded] {
            let _ = serde_json::from_value::<Histogram>(text.into());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Results::parse(&bytes);
    }
}
