//! What reports claim: eight boots and three candidates, all judged together, whose truth is known.

use benches::stats::{Confidence, Nanos, Noise, Pair, Ratio, Sampled, Verdict, judge, mean_of_ratios};
use rayon::prelude::*;

use super::noise::{SCENES, Scene, Source};
use super::study::Budget;

const BOOTS: usize = 8;
const CANDIDATES: usize = 3;

/// What `report` and `report --full` take of a boot; fewer samples than the full one has, since its blocks are not what
/// limits it.
const QUICK: Budget = Budget { launches: 6, pairs: 10 };
const FULL: Budget = Budget { launches: 14, pairs: 40 };

/// The verdicts of a report in which each candidate truly takes `truth` times as long on each boot: those of single boots, then
/// those of the means.
fn report(source: &mut Source, scene: &Scene, budget: Budget, truth: f64) -> Vec<Verdict> {
    let time = |ns| Nanos::new(ns).unwrap();
    let launch = |pairs: Vec<(f64, f64)>| {
        let pair = |(baseline, candidate)| Pair { baseline: time(baseline), candidate: time(candidate) };
        pairs.into_iter().map(pair).collect::<Vec<_>>()
    };
    let cells: Vec<Sampled> = (0..BOOTS * CANDIDATES)
        .map(|_| source.launches(scene, budget, truth).into_iter().map(launch).collect::<Vec<_>>())
        .map(|launches| Sampled::of(&launches).unwrap())
        .collect();
    let noise = Noise::pooled(&cells);
    let rows: Vec<Ratio> = cells.iter().map(|cell| cell.ratio(&noise).unwrap()).collect();
    let means = rows.chunks(BOOTS).map(|boots| mean_of_ratios(boots).unwrap());
    let family: Vec<_> = rows.iter().copied().chain(means).map(Ok).collect();
    judge(&family, Confidence::P95).into_iter().map(|judged| judged.verdict).collect()
}

/// How many of a hundred single boots are claimed to be worse, and how many of a hundred reports claim anything.
fn claims(scene: &Scene, budget: Budget, truth: f64, reports: u64) -> (f64, f64) {
    let of = |seed| {
        let verdicts = report(&mut Source::new(seed + 1000), scene, budget, truth);
        let worse =
            verdicts[..BOOTS * CANDIDATES].iter().filter(|verdict| **verdict == Verdict::Worse).count();
        let any = verdicts.iter().any(|verdict| matches!(verdict, Verdict::Worse | Verdict::Better));
        (worse, usize::from(any))
    };
    let (worse, any) = (0..reports)
        .into_par_iter()
        .map(of)
        .reduce(|| (0, 0), |one, other| (one.0 + other.0, one.1 + other.1));
    let boots = reports as f64 * (BOOTS * CANDIDATES) as f64;
    (100.0 * worse as f64 / boots, 100.0 * any as f64 / reports as f64)
}

/// Expect at most 5 % of reports about equals to claim anything, within the sampling error of 400 (three standard errors).
#[test]
fn reports_about_equals_seldom_claim_anything() {
    for (budget, reports) in [(QUICK, 400), (FULL, 100)] {
        for scene in &SCENES {
            let (_, any) = claims(scene, budget, 1.0, reports);
            let error = 300.0 * (0.05 * 0.95 / reports as f64).sqrt();
            println!("{}, {} launches: {any:.1} % of reports claim something", scene.name, budget.launches);
            assert!(any <= 5.0 + error, "{}: {any}", scene.name);
        }
    }
}

/// Expect a quick report to find a ratio of 1.5 on single boots, and a full one 1.03, in 99 of 100.
#[test]
fn reports_find_what_they_should() {
    for (budget, truth, reports) in [(QUICK, 1.5, 100), (FULL, 1.03, 50)] {
        for scene in &SCENES {
            let (worse, _) = claims(scene, budget, truth, reports);
            println!("{}, {} launches: {worse:.1} % of {truth} found", scene.name, budget.launches);
            assert!(worse >= 99.0, "{}: {worse}", scene.name);
        }
    }
}
