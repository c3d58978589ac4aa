//! The built-in memblock against the kernel's own code, on machines that nobody has.

mod common;

use stress::{Hunt, Rules, built_in, load, shrink};

/// Boots that each version is played through; a longer run is `cargo xtask stress --strategy memblock --linux TREE`.
const BOOTS: u64 = 4_000;

fn boots() -> u64 {
    std::env::var("STRESS_BOOTS").ok().and_then(|boots| boots.parse().ok()).unwrap_or(BOOTS)
}

fn agrees_with(version: &str) {
    let Some(kernel) = common::debian(version).and_then(|tree| common::spec(&tree, version)) else { return };
    let kernel = load(&kernel).unwrap();
    let ours = built_in("memblock").unwrap();
    let rules = Rules { same_answers: true, ours_and_the_kernels: true };
    let mut hunt = Hunt::new(&*ours, Some(&*kernel), rules);
    let start = std::time::Instant::now();
    let mut all = 0;
    for index in 0..boots() {
        let scenario = hunt.scenario(61, index);
        let (failure, calls) = hunt.scenario_fails(&scenario);
        all += calls;
        if let Some(failure) = failure {
            let small = shrink(&scenario, 3_000, |scenario| {
                hunt.scenario_fails(scenario).0.is_some_and(|found| found.kind == failure.kind)
            });
            let trace = hunt.trace(&small).unwrap();
            panic!("boot {index}: {failure:?}, {:?}\n{trace}", hunt.trace_fails(&trace).0);
        }
    }
    eprintln!("{version}: {all} calls in {:?}", start.elapsed());
}

#[test]
fn memblock_agrees_with_6_1() {
    agrees_with("6.1");
}

#[test]
fn memblock_agrees_with_6_12() {
    agrees_with("6.12");
}
