//! The geometric mean of ratios over traces.

use super::{LaunchRatio, Pair, Ratio, TooFew};

/// The geometric mean over `traces` of the ratio of two strategies.
///
/// Each trace holds its launches, the launch at an index belonging to the same round of the measurement in
/// every trace. Of each round, the mean over traces of the launches' log ratios is taken; over rounds, the
/// same estimate and interval as for one trace. What the traces of a round have in common (the state of the
/// machine) is thereby in the interval.
///
/// The traces are fixed, not drawn: the interval says how sure the mean over *these* boots is, and nothing
/// about others. The geometric mean, because ratios multiply and the choice of the baseline must not matter
/// (P. J. Fleming and J. J. Wallace, "How not to lie with statistics", CACM 29 (1986)).
///
/// A round in which any trace lacks its launch, or has fewer than [`LaunchRatio::LEAST_PAIRS`] pairs, is left
/// out: its mean would be one over other traces.
///
/// # Errors
/// [`TooFew::Traces`] for no trace; else as [`Ratio::of`], of rounds.
pub fn geometric_mean<T, L>(traces: &[T]) -> Result<Ratio, TooFew>
where
    T: AsRef<[L]>,
    L: AsRef<[Pair]>,
{
    let launches: Vec<&[L]> = traces.iter().map(AsRef::as_ref).collect();
    let rounds = launches.iter().map(|trace| trace.len()).max().ok_or(TooFew::Traces)?;
    let of_round = |round: usize| {
        let of_trace = |trace: &&[L]| LaunchRatio::of(trace.get(round)?.as_ref()).ok();
        let logs: Option<Vec<f64>> =
            launches.iter().map(|trace| of_trace(trace).map(LaunchRatio::log)).collect();
        Some(logs?.iter().sum::<f64>() / traces.len() as f64)
    };
    let means: Vec<f64> = (0..rounds).filter_map(of_round).collect();
    Ratio::of_logs(&means, rounds - means.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Confidence, Nanos};

    fn launches(ratio: f64, step: f64) -> Vec<Vec<Pair>> {
        let pair = |k: i32, bias: f64| {
            let baseline = f64::from(k);
            Some(Pair { baseline: Nanos::new(baseline)?, candidate: Nanos::new(baseline * ratio * bias)? })
        };
        let biases = (-6..=6_i32).map(|i| (f64::from(i) * step).exp());
        biases.map(|bias| (1..=11).filter_map(|k| pair(k, bias)).collect()).collect()
    }

    #[test]
    fn twice_and_half_the_time_make_no_difference() {
        let mean = geometric_mean(&[launches(2.0, 0.001), launches(0.5, 0.001)]).unwrap();
        assert!((mean.point() - 1.0).abs() < 1e-12);
        assert!(mean.p_value() > 0.99);
    }

    #[test]
    fn one_trace_is_its_own_mean() {
        let trace = launches(1.02, 0.001);
        assert_eq!(geometric_mean(&[&trace]), Ratio::of(&trace));
    }

    /// Expect noise that the traces of a round share not to average out, and opposite noise to vanish.
    #[test]
    fn what_a_round_shares_stays_in_the_interval() {
        let width = |other: Vec<Vec<Pair>>| {
            let interval = geometric_mean(&[launches(1.0, 0.001), other]).unwrap().interval(Confidence::P95);
            (interval.high / interval.low).ln()
        };
        let alone = Ratio::of(&launches(1.0, 0.001)).unwrap().interval(Confidence::P95);
        assert!((width(launches(1.0, 0.001)) - (alone.high / alone.low).ln()).abs() < 1e-9);
        assert!(width(launches(1.0, -0.0009)) < 0.1 * (alone.high / alone.low).ln());
    }

    #[test]
    fn a_round_without_one_of_its_traces_is_left_out() {
        let (mut short, mut holed) = (launches(1.0, 0.001), launches(1.5, 0.001));
        short.pop();
        holed[2].clear();
        let mean = geometric_mean(&[short, holed, launches(1.0, 0.002)]).unwrap();
        assert_eq!((mean.launches(), mean.left_out()), (11, 2));
        assert_eq!(geometric_mean::<Vec<Vec<Pair>>, Vec<Pair>>(&[]), Err(TooFew::Traces));
    }
}
