//! Against the printed tables, and at the edges.

use super::*;
use proptest::prelude::*;

fn ascending(count: u32) -> Vec<Nanos> {
    (1..=count).filter_map(|ns| Nanos::new(f64::from(ns))).collect()
}

/// Expect the ranks and the confidence of the table in R. V. Hogg and E. A. Tanis, Probability and
/// Statistical Inference, section on distribution-free intervals for percentiles; also in Penn State's STAT
/// 415, lesson 19.1. The rows are those whose interval reaches 95 %.
#[test]
fn the_ranks_are_those_of_hogg_and_tanis() {
    for (count, low, high, confidence) in [
        (6, 1.0, 6.0, 0.9688),
        (7, 1.0, 7.0, 0.9844),
        (9, 2.0, 8.0, 0.9610),
        (10, 2.0, 9.0, 0.9786),
        (12, 3.0, 10.0, 0.9614),
        (13, 3.0, 11.0, 0.9776),
    ] {
        let median = Median::of(&ascending(count), Confidence::P95).unwrap();
        assert_eq!((median.interval.low.get(), median.interval.high.get()), (low, high), "{count} samples");
        assert!((median.confidence - confidence).abs() < 2e-4, "{count} samples: {}", median.confidence);
    }
}

#[test]
fn five_samples_have_no_interval_at_95_per_cent() {
    assert_eq!(Median::of(&ascending(5), Confidence::P95), Err(TooFew::Samples { have: 5, need: 6 }));
    assert_eq!(Median::of(&[], Confidence::P95), Err(TooFew::Samples { have: 0, need: 6 }));
    assert_eq!(Median::least_count(Confidence::new(0.99).unwrap()), 8);
    assert_eq!(Median::least_count(Confidence::new(1.0 - f64::EPSILON / 2.0).unwrap()), 54);
}

/// Expect launches to count once each, however many samples they hold, and an empty one not at all.
#[test]
fn a_launch_counts_once() {
    let launch = |level: f64, samples| vec![Nanos::new(level).unwrap(); samples];
    let mut launches: Vec<_> = (1..=6_u32).map(|level| launch(f64::from(level), 100)).collect();
    launches[0] = launch(1.0, 100_000);
    launches.push(Vec::new());
    let median = Median::of_launches(&launches, Confidence::P95).unwrap();
    assert_eq!((median.count, median.point.get()), (6, 3.5));
    assert_eq!((median.interval.low.get(), median.interval.high.get()), (1.0, 6.0));
    launches.pop();
    launches.pop();
    assert_eq!(Median::of_launches(&launches, Confidence::P95), Err(TooFew::Launches { have: 5, need: 6 }));
}

proptest! {
    #[test]
    fn more_confidence_is_never_narrower(
        ns in prop::collection::vec(1e-3..1e9_f64, 60..90), one in 0.5..0.999_f64, other in 0.5..0.999_f64,
    ) {
        let samples: Vec<_> = ns.into_iter().filter_map(Nanos::new).collect();
        let of = |level: f64| Median::of(&samples, Confidence::new(level).unwrap()).unwrap();
        let (less, more) = (of(one.min(other)), of(one.max(other)));
        prop_assert!(more.interval.low <= less.interval.low && less.interval.high <= more.interval.high);
        prop_assert!(less.interval.contains(&less.point));
        prop_assert!(less.confidence >= one.min(other) - 1e-12);
    }
}
