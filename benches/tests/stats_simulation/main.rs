//! Which estimator of a ratio to trust: all that were tried, on simulated machines whose truth is known.

mod noise;
mod power;
mod rivals;
mod study;

use benches::stats::{Confidence, Median, Nanos, Ratio};
use rayon::prelude::*;
use rivals::CHOSEN;
use study::{Budget, Score, TRIES, study, tries};

const ADVISED: Budget = Budget { launches: Ratio::ADVISED_LAUNCHES, pairs: Ratio::ADVISED_PAIRS };

/// The tables in the documentation of `benches::stats`.
const RECORDED: &str = include_str!("../../src/stats/STUDY.md");

/// Numbers of one line of a table, without those of its first column.
fn figures(line: &str) -> Vec<f64> {
    line.split('|').skip(2).filter_map(|cell| cell.trim().parse().ok()).collect()
}

/// Expect every figure in the documentation to come out again. Half a point is left for machines whose `ln`
/// and `exp` differ in the last bit.
#[test]
fn the_recorded_study_comes_out_again() {
    let now = study();
    println!("{now}");
    if tries() != TRIES {
        return;
    }
    let tables =
        |text: &str| -> Vec<Vec<f64>> { text.lines().map(figures).filter(|f| !f.is_empty()).collect() };
    let (now, recorded) = (tables(&now), tables(RECORDED));
    assert_eq!(now.len(), recorded.len());
    for (now, recorded) in now.iter().zip(&recorded) {
        let same = now.len() == recorded.len() && now.iter().zip(recorded).all(|(n, r)| (n - r).abs() <= 0.5);
        assert!(same, "now {now:?}, recorded {recorded:?}");
    }
}

/// Expect on each machine, within the sampling error of 1000 tries (three standard errors: 2.1 points at 5 or
/// 95 %): at most 5 % claims of a difference that is not there, the true ratio covered in 90 %, 1 % found in
/// 95 %.
#[test]
fn the_estimator_keeps_its_promises_on_each_machine() {
    noise::SCENES.par_iter().for_each(|scene| {
        let score = Score::of(&[CHOSEN], scene, ADVISED, 1000, 99)[0];
        assert!(score.claimed <= 5.0 + 2.1, "{}: {score:?}", scene.name);
        assert!(score.covered >= 92.0, "{}: {score:?}", scene.name);
        assert!(score.found >= 95.0 - 2.1, "{}: {score:?}", scene.name);
    });
}

/// Expect the median over launches to have its interval's confidence, and that of all samples thrown together
/// not to: they are not independent.
#[test]
fn a_median_needs_the_launch_as_its_unit() {
    let scene = &noise::SCENES[0];
    let truth = 20_000.0;
    let tries = 400;
    let mut source = noise::Source::new(5);
    let (mut by_launch, mut thrown_together) = (0, 0);
    for _ in 0..tries {
        let times = |launch: Vec<(f64, f64)>| launch.iter().filter_map(|pair| Nanos::new(pair.0)).collect();
        let launches: Vec<Vec<Nanos>> = source.launches(scene, ADVISED, 1.0).into_iter().map(times).collect();
        let covers =
            |median: Median| median.interval.low.get() <= truth && truth <= median.interval.high.get();
        by_launch += usize::from(covers(Median::of_launches(&launches, Confidence::P95).unwrap()));
        thrown_together += usize::from(covers(Median::of(&launches.concat(), Confidence::P95).unwrap()));
    }
    assert!(by_launch * 100 >= 93 * tries, "{by_launch} of {tries}");
    assert!(thrown_together * 100 <= 50 * tries, "{thrown_together} of {tries}");
}
