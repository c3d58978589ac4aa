//! The statistics against numpy and scipy: their recorded answers always, fresh ones where scipy is
//! installed.

use std::process::Command;

use benches::stats::{Confidence, Median, Nanos, Pair, Ratio, geometric_mean, holm, quantile};
use serde::Deserialize;

const RECORDED: &str = include_str!("scipy/answers.json");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scipy/answers.py");

#[derive(Deserialize)]
struct Answers {
    quantiles: Vec<Quantiles>,
    medians: Vec<MedianAnswer>,
    ratios: Vec<RatioAnswer>,
    geomean: GeomeanAnswer,
    holm: Vec<HolmAnswer>,
}

#[derive(Deserialize)]
struct Quantiles {
    samples: Vec<f64>,
    at: Vec<f64>,
    is: Vec<f64>,
}

#[derive(Deserialize)]
struct MedianAnswer {
    samples: Vec<f64>,
    level: f64,
    point: f64,
    low: f64,
    high: f64,
    confidence: f64,
}

#[derive(Deserialize)]
struct Figures {
    point: f64,
    p: f64,
    /// Level, low, high.
    intervals: Vec<(f64, f64, f64)>,
}

#[derive(Deserialize)]
struct RatioAnswer {
    launches: Vec<Vec<(f64, f64)>>,
    #[serde(flatten)]
    figures: Figures,
}

#[derive(Deserialize)]
struct GeomeanAnswer {
    traces: Vec<Vec<Vec<(f64, f64)>>>,
    #[serde(flatten)]
    figures: Figures,
}

#[derive(Deserialize)]
struct HolmAnswer {
    p_values: Vec<f64>,
    adjusted: Vec<f64>,
}

fn times(ns: &[f64]) -> Vec<Nanos> {
    ns.iter().map(|&ns| Nanos::new(ns).unwrap()).collect()
}

fn pairs(launches: &[Vec<(f64, f64)>]) -> Vec<Vec<Pair>> {
    let pair =
        |&(b, c): &(f64, f64)| Pair { baseline: Nanos::new(b).unwrap(), candidate: Nanos::new(c).unwrap() };
    launches.iter().map(|launch| launch.iter().map(pair).collect()).collect()
}

#[track_caller]
fn same(ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "ours {ours}, scipy's {theirs}");
}

#[track_caller]
fn same_figures(ours: Ratio, theirs: &Figures) {
    same(ours.point(), theirs.point);
    same(ours.p_value(), theirs.p);
    for &(level, low, high) in &theirs.intervals {
        let interval = ours.interval(Confidence::new(level).unwrap());
        same(interval.low, low);
        same(interval.high, high);
    }
}

fn check(answers: &Answers) {
    for case in &answers.quantiles {
        for (&p, &value) in case.at.iter().zip(&case.is) {
            same(quantile(&times(&case.samples), p).unwrap().get(), value);
        }
    }
    for case in &answers.medians {
        let median = Median::of(&times(&case.samples), Confidence::new(case.level).unwrap()).unwrap();
        same(median.point.get(), case.point);
        same(median.interval.low.get(), case.low);
        same(median.interval.high.get(), case.high);
        same(median.confidence, case.confidence);
    }
    for case in &answers.ratios {
        same_figures(Ratio::of(&pairs(&case.launches)).unwrap(), &case.figures);
    }
    let traces: Vec<_> = answers.geomean.traces.iter().map(|trace| pairs(trace)).collect();
    same_figures(geometric_mean(&traces).unwrap(), &answers.geomean.figures);
    for case in &answers.holm {
        for (ours, &theirs) in holm(&case.p_values).into_iter().zip(&case.adjusted) {
            same(ours, theirs);
        }
    }
}

#[test]
fn we_agree_with_the_recorded_answers_of_scipy() {
    check(&serde_json::from_str(RECORDED).unwrap());
}

/// Expect what is recorded to be what scipy says, and not something that this crate once said.
#[test]
fn we_agree_with_scipy_itself_where_it_is_installed() {
    let import =
        Command::new("python3").args(["-c", "import numpy; from scipy.stats import quantile_test"]).output();
    if !import.is_ok_and(|import| import.status.success()) {
        eprintln!("skipped: no python3 with scipy 1.10 or newer (pip install scipy)");
        return;
    }
    let script = Command::new("python3").arg(SCRIPT).output().unwrap();
    assert!(script.status.success(), "{}", String::from_utf8_lossy(&script.stderr));
    check(&serde_json::from_slice(&script.stdout).unwrap());
}
