//! What must hold of the ratio whatever the data.

use super::*;
use crate::stats::Nanos;
use proptest::prelude::*;

fn pair(baseline: f64, candidate: f64) -> Pair {
    Pair { baseline: Nanos::new(baseline).unwrap(), candidate: Nanos::new(candidate).unwrap() }
}

fn launches() -> impl Strategy<Value = Vec<Vec<Pair>>> {
    let pair = (1e2..1e6_f64, -0.3..0.3_f64).prop_map(|(time, log)| pair(time, time * log.exp()));
    prop::collection::vec(prop::collection::vec(pair, 10..25), 6..16)
}

fn close(one: f64, other: f64) -> bool {
    (one / other - 1.0).abs() < 1e-9
}

/// Launch i of 12 sees the candidate at 1.02 times e^(i/1000), i from -6 to 6 without 0.
fn spread_launches(ratio: f64) -> Vec<Vec<Pair>> {
    let biases = (-6..=6_i32).filter(|&i| i != 0).map(|i| (f64::from(i) / 1000.0).exp());
    biases
        .map(|bias| (1..=11_i32).map(|k| pair(f64::from(k), f64::from(k) * ratio * bias)).collect())
        .collect()
}

/// Expect log 1.02, and an error by hand: of -6..6 two are cut at each end, eight kept; Winsorized squares
/// 2 (3 * 16 + 9 + 4 + 1) = 124, error sqrt(1.3 * 124 / (8 * 7) * 12 / 11) thousandths, 6 degrees of freedom.
#[test]
fn the_figures_are_those_of_a_calculation_by_hand() {
    let ratio = Ratio::of(&spread_launches(1.02)).unwrap();
    let half = 2.446_911_851 * (1.3 * 124.0 / 56.0 * 12.0 / 11.0_f64).sqrt() / 1000.0;
    let interval = ratio.interval(Confidence::P95);
    assert!(close(ratio.point(), 1.02));
    assert!(close(interval.low, 1.02 * (-half).exp()) && close(interval.high, 1.02 * half.exp()));
    assert!(ratio.p_value() < 1e-4);
}

#[test]
fn one_launch_far_out_does_not_hide_a_difference() {
    let mut launches = spread_launches(1.02);
    launches[3] = (1..=11_i32).map(|k| pair(f64::from(k), f64::from(k) * 1.8)).collect();
    let interval = Ratio::of(&launches).unwrap().interval(Confidence::P95);
    assert!(interval.contains(&1.02) && !interval.contains(&1.0), "{interval:?}");
}

#[test]
fn short_launches_are_left_out_and_counted() {
    let mut launches = spread_launches(1.02);
    launches[0].truncate(4);
    launches[5].clear();
    let ratio = Ratio::of(&launches).unwrap();
    assert_eq!((ratio.launches(), ratio.left_out()), (10, 2));
    assert_eq!(Ratio::of(&launches[..6]), Err(TooFew::Launches { have: 4, need: 5 }));
    assert_eq!(Ratio::of::<Vec<Pair>>(&[]), Err(TooFew::Launches { have: 0, need: 5 }));
}

/// Expect an instruction count, forced into nanoseconds, to be refused: it is the same in every launch.
#[test]
fn an_exact_figure_is_refused() {
    let launches = vec![vec![pair(69_717.0, 69_718.0); 40]; 14];
    assert_eq!(Ratio::of(&launches), Err(TooFew::Distinct));
}

#[test]
fn what_is_detectable_lies_beyond_the_interval() {
    let ratio = Ratio::of(&spread_launches(1.0)).unwrap();
    let detectable = ratio.detectable(Confidence::P95, 0.95).unwrap();
    assert!(detectable > ratio.interval(Confidence::P95).high - 1.0 && detectable < 0.01, "{detectable}");
    for power in [0.4, 1.0, f64::NAN] {
        assert_eq!(ratio.detectable(Confidence::P95, power), None);
    }
}

proptest! {
    #[test]
    fn exchanging_the_roles_gives_the_reciprocal(launches in launches(), level in 0.5..0.999_f64) {
        let swapped: Vec<Vec<_>> =
            launches.iter().map(|pairs| pairs.iter().map(|pair| pair.swapped()).collect()).collect();
        let (one, other) = (Ratio::of(&launches).unwrap(), Ratio::of(&swapped).unwrap());
        let confidence = Confidence::new(level).unwrap();
        prop_assert!(close(one.point() * other.point(), 1.0));
        prop_assert!(close(one.interval(confidence).low * other.interval(confidence).high, 1.0));
        prop_assert!((one.p_value() - other.p_value()).abs() < 1e-9);
    }

    #[test]
    fn the_unit_of_time_does_not_matter(launches in launches(), scale in 1e-3..1e3_f64) {
        let scaled: Vec<Vec<_>> = launches
            .iter()
            .map(|l| l.iter().map(|p| pair(p.baseline.get() * scale, p.candidate.get() * scale)).collect())
            .collect();
        let (one, other) = (Ratio::of(&launches).unwrap(), Ratio::of(&scaled).unwrap());
        prop_assert!(close(one.point(), other.point()));
        prop_assert!(close(one.interval(Confidence::P95).low, other.interval(Confidence::P95).low));
    }

    #[test]
    fn a_slower_candidate_scales_the_ratio(launches in launches(), factor in 0.5..2.0_f64) {
        let slower: Vec<Vec<_>> = launches
            .iter()
            .map(|l| l.iter().map(|p| pair(p.baseline.get(), p.candidate.get() * factor)).collect())
            .collect();
        let (one, other) = (Ratio::of(&launches).unwrap(), Ratio::of(&slower).unwrap());
        prop_assert!(close(one.point() * factor, other.point()));
        prop_assert!(close(one.interval(Confidence::P95).high * factor, other.interval(Confidence::P95).high));
    }

    #[test]
    fn the_order_of_pairs_and_of_launches_does_not_matter(launches in launches(), turn in 0..24_usize) {
        let mut turned = launches.clone();
        for pairs in &mut turned {
            let by = turn % pairs.len();
            pairs.rotate_left(by);
            pairs.swap(0, by);
        }
        turned.reverse();
        prop_assert_eq!(Ratio::of(&launches), Ratio::of(&turned));
    }

    #[test]
    fn more_confidence_is_never_narrower(launches in launches(), one in 0.01..0.9999_f64, other in 0.01..0.9999_f64) {
        let ratio = Ratio::of(&launches).unwrap();
        let of = |level: f64| ratio.interval(Confidence::new(level).unwrap());
        let (less, more) = (of(one.min(other)), of(one.max(other)));
        prop_assert!(more.low <= less.low && less.high <= more.high && less.contains(&ratio.point()));
    }

    #[test]
    fn the_test_rejects_exactly_where_the_interval_excludes_one(launches in launches(), level in 0.5..0.999_f64) {
        let ratio = Ratio::of(&launches).unwrap();
        let confidence = Confidence::new(level).unwrap();
        prop_assume!((ratio.p_value() - confidence.alpha()).abs() > 1e-7);
        prop_assert_eq!(ratio.p_value() < confidence.alpha(), !ratio.interval(confidence).contains(&1.0));
    }
}
