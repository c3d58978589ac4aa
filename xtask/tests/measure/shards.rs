//! Parts of one plan, and joining them.

use std::collections::BTreeMap;
use std::fs;

use benches::results::{Key, Outcome, Results};

use crate::bench::{Bench, LITTLE, by_key, errors};

/// What no repetition changes; of everything else, that it was found.
fn lasting(results: &Results) -> BTreeMap<Key, Option<Outcome>> {
    let lasting = |outcome| match outcome {
        Outcome::Exact(_) => Some(outcome),
        Outcome::Failed(failure) => panic!("{failure}"),
        _ => None,
    };
    by_key(&results.cells).into_iter().map(|(key, outcome)| (key, lasting(outcome))).collect()
}

#[test]
fn the_shards_of_a_plan_make_the_whole_when_merged() {
    let bench = Bench::new();
    let measure = |rest: &[&str]| bench.done(&[&["measure", "--seed=7"], rest, &LITTLE[..]].concat());
    measure(&["--out=whole.jsonl"]);
    measure(&["--out=1.jsonl", "--shard=1/2"]);
    measure(&["--out=2.jsonl", "--shard=2/2"]);
    bench.done(&["merge", "1.jsonl", "2.jsonl", "--out=merged.jsonl"]);
    let [whole, one, two, merged] =
        ["whole", "1", "2", "merged"].map(|name| bench.results(&format!("{name}.jsonl")));
    assert_eq!(lasting(&merged), lasting(&whole));
    assert_eq!(merged.cells, [&one.cells[..], &two.cells[..]].concat());
    assert_eq!(merged.headers, [&one.headers[..], &two.headers[..]].concat());
    let digest = |results: &Results| results.headers[0].plan.digest.clone();
    assert_eq!([digest(&one), digest(&two)], [digest(&whole), digest(&whole)]);
}

#[test]
fn files_that_contradict_each_other_are_refused_and_those_that_repeat_are_told_of() {
    let bench = Bench::new();
    let measure = |out: &str| bench.done(&[&["measure", "--seed=7", out], &LITTLE[..]].concat());
    measure("--out=1.jsonl");
    measure("--out=2.jsonl");
    let told = |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let again = bench.done(&["merge", "1.jsonl", "1.jsonl", "--out=m.jsonl"]);
    assert!(
        told(&again).contains("10 groups were given more than once, alike, and are kept once"),
        "{}",
        told(&again)
    );
    let (joined, alone) = (bench.results("m.jsonl"), bench.results("1.jsonl"));
    assert_eq!((&joined.headers, &joined.cells), (&alone.headers, &alone.cells));
    let [how] = &joined.merges[..] else { panic!("one merge: {:?}", joined.merges) };
    assert_eq!(how.command, ["cargo", "xtask", "merge", "1.jsonl", "1.jsonl", "--out=m.jsonl"]);
    let both = bench.done(&["merge", "1.jsonl", "2.jsonl", "--out=m.jsonl"]);
    assert!(
        told(&both).contains("20 cells were measured by more than one run; all are kept"),
        "{}",
        told(&both)
    );

    let kept = fs::read(bench.path("m.jsonl")).unwrap();
    let text = fs::read_to_string(bench.path("1.jsonl")).unwrap();
    fs::write(bench.path("changed.jsonl"), text.replacen("\"ns\":[", "\"ns\":[1.5,", 1)).unwrap();
    let output = bench.run(&["merge", "1.jsonl", "changed.jsonl", "--out=m.jsonl"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors(&output).contains("has two different results for boot-cost of memblock"),
        "{}",
        errors(&output)
    );
    assert_eq!(fs::read(bench.path("m.jsonl")).unwrap(), kept, "nothing is written");
}
