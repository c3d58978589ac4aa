//! Ends that a measurement did not choose.

use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use benches::count;
use benches::results::{Outcome, Results};

use crate::bench::{Bench, LITTLE, LITTLE_GROUPS, TRACE, by_key, errors};

/// The next of a fixed row of numbers below `bound`, as random as moments have to be.
fn draw(state: &mut u64, bound: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % bound
}

/// Expect a hundred kills, at moments from the start of a run to its end, to lose nothing that was finished, and the file to
/// be completed by whoever is let to: with each cell measured once.
#[test]
fn nothing_finished_is_lost_by_a_hundred_kills() {
    let bench = Bench::new();
    let begin = [&["measure", "--out=r.jsonl", "--seed=7"], &LITTLE[..]].concat();
    let resume = ["measure", "--resume=r.jsonl"];
    let path = bench.path("r.jsonl");
    let start = Instant::now();
    bench.done(&begin);
    let whole_us = u64::try_from(start.elapsed().as_micros()).unwrap();
    std::fs::remove_file(&path).unwrap();

    let mut state = 1;
    let (mut kills, mut completed) = (0, 0);
    let mut finished = Vec::new();
    while kills < 100 {
        let words = if path.exists() { &resume[..] } else { &begin[..] };
        let mut child = bench.command(words).spawn().unwrap();
        thread::sleep(Duration::from_micros(draw(&mut state, whole_us)));
        if path.exists() {
            // Read while it is being written to: what was seen finished once has to stay.
            let seen = Results::read(&path).unwrap().cells;
            assert!(seen.starts_with(&finished), "a finished cell is gone");
            finished = seen;
        }
        child.kill().unwrap();
        let killed = !child.wait().unwrap().success();
        kills += u32::from(killed);
        if !path.exists() {
            continue;
        }
        let now = Results::read(&path).unwrap().cells;
        assert!(now.starts_with(&finished), "a finished cell is gone");
        finished = now;
        if !killed || finished.len() == 2 * LITTLE_GROUPS {
            bench.done(&resume);
            let cells = bench.results("r.jsonl").cells;
            assert!(cells.starts_with(&finished));
            assert_eq!(by_key(&cells).len(), 2 * LITTLE_GROUPS);
            completed += 1;
            finished.clear();
            std::fs::remove_file(&path).unwrap();
        }
    }
    if path.exists() {
        bench.done(&resume);
        assert_eq!(by_key(&bench.results("r.jsonl").cells).len(), 2 * LITTLE_GROUPS);
        completed += 1;
    }
    assert!(completed > 0, "it never came to an end");
    bench.nobody_is_left();
}

/// Starts a measurement whose first group is quick and whose second takes seconds, and waits until the first is in the file.
fn halfway(bench: &Bench, quantities: &str) -> Child {
    halfway_of(bench, &["measure", "--out=r.jsonl", quantities], "r.jsonl")
}

/// The same of a command that measures into `file`.
fn halfway_of(bench: &Bench, words: &[&str], file: &str) -> Child {
    let what = ["--strategy=memblock", "--trace", TRACE];
    let child = bench.command(&[words, &what].concat()).spawn();
    let since = Instant::now();
    while Results::read(&bench.path(file)).map_or(0, |results| results.cells.len()) == 0 {
        assert!(since.elapsed() < Duration::from_mins(1), "no group is finished");
        thread::sleep(Duration::from_millis(10));
    }
    child.unwrap()
}

/// In mid-sample, and in mid-count where counting is possible.
fn second_groups() -> impl Iterator<Item = &'static str> {
    let counted = count::valgrind().map(|_| "--quantity=exact,instructions");
    ["--quantity=exact,boot-cost"].into_iter().chain(counted)
}

#[test]
fn ctrl_c_leaves_a_file_that_can_be_resumed_and_no_process() {
    for (quantities, name) in second_groups().flat_map(|group| [(group, "INT"), (group, "TERM")]) {
        let bench = Bench::new();
        let child = halfway(&bench, quantities);
        assert!(Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{name}: {}", errors(&output));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("stopped; finish it with `cargo xtask measure --resume r.jsonl`"), "{said}");
        bench.nobody_is_left();
        bench.nothing_is_left();
        let [cell] = &bench.results("r.jsonl").cells[..] else { panic!("one group was finished") };
        assert!(matches!(cell.outcome, Outcome::Exact(_)), "{:?}", cell.outcome);
    }
}

#[test]
fn a_kill_takes_the_workers_along() {
    for quantities in second_groups() {
        let bench = Bench::new();
        let mut child = halfway(&bench, quantities);
        child.kill().unwrap();
        child.wait().unwrap();
        bench.nobody_is_left();
    }
}

/// Expect what a killed report had measured to stay through the next report in its folder, which says where it is.
#[test]
fn a_report_leaves_alone_what_a_killed_one_had_measured() {
    let bench = Bench::new();
    let words = ["report", "--full", "--out=r", "--quantity=exact,boot-cost"];
    let mut child = halfway_of(&bench, &words, "r/unfinished.jsonl");
    child.kill().unwrap();
    child.wait().unwrap();
    bench.nobody_is_left();
    let left = std::fs::read(bench.path("r/unfinished.jsonl")).unwrap();
    let trace = format!("--trace={TRACE}");
    let little = ["report", "--out=r", "--strategy=memblock", &trace, "--launches=1", "--blocks=1"];
    let output = bench.done(&[&little[..], &["--quantity=exact"]].concat());
    let said = errors(&output);
    assert!(said.contains("r/unfinished.jsonl is of another report"), "{said}");
    assert!(said.contains("`cargo xtask report --from r/unfinished.jsonl`"), "{said}");
    assert_eq!(std::fs::read(bench.path("r/unfinished.jsonl")).unwrap(), left);
    assert!(bench.path("r/index.html").exists() && !bench.path("r/unfinished-2.jsonl").exists());
    bench.done(&["report", "--from=r/unfinished.jsonl", "--out=of-what-was-left"]);
}
