//! The ratio of two strategies that were not measured side by side.

use super::launch::LaunchRatio;
use super::quantile::quantile;
use super::trimmed::TrimmedMean;
use super::{Nanos, Ratio, TooFew};

/// The logarithm of the median of each launch that has enough samples.
fn levels<L: AsRef<[Nanos]>>(launches: &[L]) -> Vec<f64> {
    let usable = launches.iter().map(AsRef::as_ref).filter(|launch| launch.len() >= LaunchRatio::LEAST_PAIRS);
    usable.filter_map(|launch| Some(quantile(launch, 0.5)?.get().ln())).collect()
}

impl Ratio {
    /// The ratio from launches of each, which share nothing: two files of results.
    ///
    /// Over the medians of launches, the difference of two trimmed means of logarithms with Yuen's error. It is much
    /// wider than that of pairs, because the level that both would have shared stays in, and it cannot know whether
    /// the machine changed between the two: whoever can measure side by side should.
    ///
    /// # Errors
    /// [`TooFew::Launches`] if either has fewer than [`Ratio::LEAST_LAUNCHES`] usable ones; [`TooFew::Distinct`] if those
    /// do not differ.
    pub fn apart<L: AsRef<[Nanos]>>(baseline: &[L], candidate: &[L]) -> Result<Self, TooFew> {
        of(baseline, candidate)
    }
}

pub(super) fn of<L: AsRef<[Nanos]>>(baseline: &[L], candidate: &[L]) -> Result<Ratio, TooFew> {
    let (low, high) = (levels(baseline), levels(candidate));
    let left_out = baseline.len() + candidate.len() - low.len() - high.len();
    let launches = low.len().min(high.len());
    Ok(Ratio { logs: TrimmedMean::of(&high)?.minus(TrimmedMean::of(&low)?), launches, left_out })
}

/// The geometric mean over traces of such ratios. Each trace counts once; as with [`geometric_mean`](super::geometric_mean),
/// a round is the launch of the same number of all traces.
///
/// # Errors
/// [`TooFew::Traces`] without a trace, else those of [`Ratio::apart`].
pub fn geometric_mean_apart<L: AsRef<[Nanos]>>(traces: &[(Vec<L>, Vec<L>)]) -> Result<Ratio, TooFew> {
    if traces.is_empty() {
        return Err(TooFew::Traces);
    }
    let rounds = |sides: Vec<Vec<f64>>| {
        let count = sides.iter().map(Vec::len).min().unwrap_or_default();
        (0..count)
            .map(|round| sides.iter().map(|levels| levels[round]).sum::<f64>() / sides.len() as f64)
            .collect::<Vec<_>>()
    };
    let low = rounds(traces.iter().map(|(baseline, _)| levels(baseline)).collect());
    let high = rounds(traces.iter().map(|(_, candidate)| levels(candidate)).collect());
    let launches = low.len().min(high.len());
    Ok(Ratio { logs: TrimmedMean::of(&high)?.minus(TrimmedMean::of(&low)?), launches, left_out: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Confidence;

    /// Eight launches of ten samples each: `level`, up and down by steps of `spread`.
    fn launches(level: f64, spread: f64) -> Vec<Vec<Nanos>> {
        let launch = |step: i32| level * (spread * (f64::from(step) - 3.5)).exp();
        (0..8).map(|step| vec![Nanos::new(launch(step)).unwrap(); 10]).collect()
    }

    #[test]
    fn a_difference_beyond_the_spread_is_seen_and_one_inside_is_not() {
        let ratio =
            |candidate, spread| Ratio::apart(&launches(100.0, spread), &launches(candidate, spread)).unwrap();
        let clear = ratio(150.0, 0.01);
        assert!((clear.point() - 1.5).abs() < 1e-9 && clear.p_value() < 0.001);
        assert!(clear.interval(Confidence::P95).contains(&1.5));
        assert!(ratio(102.0, 0.05).p_value() > 0.05);
    }

    #[test]
    fn too_few_launches_on_either_side_give_no_ratio() {
        let mut short = launches(100.0, 0.01);
        short.truncate(4);
        short.push(vec![Nanos::new(1.0).unwrap(); 4]);
        let full = launches(100.0, 0.02);
        assert_eq!(Ratio::apart(&short, &full), Err(TooFew::Launches { have: 4, need: 5 }));
        assert_eq!(Ratio::apart(&full, &short), Err(TooFew::Launches { have: 4, need: 5 }));
    }

    #[test]
    fn one_trace_is_its_own_mean_and_opposite_differences_cancel() {
        let (low, high) = (launches(100.0, 0.01), launches(125.0, 0.02));
        let one = Ratio::apart(&low, &high).unwrap();
        let alone = geometric_mean_apart(&[(low.clone(), high.clone())]).unwrap();
        assert!(
            (one.point() - alone.point()).abs() < 1e-12 && (one.p_value() - alone.p_value()).abs() < 1e-12
        );
        let both = geometric_mean_apart(&[(low.clone(), high.clone()), (high, low)]).unwrap();
        assert!((both.point() - 1.0).abs() < 1e-12);
        assert_eq!(geometric_mean_apart::<Vec<Nanos>>(&[]), Err(TooFew::Traces));
    }
}
