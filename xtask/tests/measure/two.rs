//! Two runs at once.

use std::thread;
use std::time::{Duration, Instant};

use benches::results::Results;

use crate::bench::{Bench, TRACE, errors};

/// Expect the second of two that would write one file to be refused with the name of the first, whether it begins anew or
/// resumes, and the first to lose nothing; and whoever comes later to find nothing in the way.
#[test]
fn one_of_two_writers_is_refused_and_nothing_is_lost() {
    let bench = Bench::new();
    let begin = ["measure", "--out=r.jsonl", "--strategy=memblock", "--quantity=exact,boot-cost", TRACE];
    let first = bench.command(&begin).spawn().unwrap();
    let since = Instant::now();
    while Results::read(&bench.path("r.jsonl")).map_or(0, |results| results.cells.len()) == 0 {
        assert!(since.elapsed() < Duration::from_mins(1), "no group is finished");
        thread::sleep(Duration::from_millis(10));
    }
    let holder = format!("r.jsonl is being written by process {}: wait until that ends", first.id());
    for words in [&begin[..], &["measure", "--resume=r.jsonl"]] {
        let output = bench.run(words);
        assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
        assert!(errors(&output).contains(&holder), "{}", errors(&output));
    }
    let output = first.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(bench.results("r.jsonl").cells.len(), 2);
    assert!(!bench.path(".r.jsonl.lock").exists());
    bench.done(&["measure", "--resume=r.jsonl"]);
    assert_eq!(bench.results("r.jsonl").cells.len(), 2);
}
