//! A noisy time: its middle, and how it compares.

use benches::quantity::Quantity;
use benches::stats::{Judged, LaunchRatio, Median, Nanos, Pair, Ratio, TooFew, quantile};
use serde::Serialize;

use super::CONFIDENCE;
use super::pool::Pool;

pub use benches::stats::Verdict;

/// How long something takes.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// What is done in that time: calls or pages. Exact.
    pub work: u64,
    /// The middle of the samples.
    pub middle: Middle,
    /// How it compares with the baseline; `None` for the baseline itself.
    pub comparison: Option<Comparison>,
}

/// The middle of times, over launches.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Middle {
    /// The median over launches of each launch's median, in nanoseconds.
    pub ns: f64,
    /// Where the true one lies; `None` with too few launches.
    pub interval: Option<Range>,
    /// How many launches there are.
    pub launches: usize,
    /// How many samples those have.
    pub samples: usize,
}

/// From low to high, both included.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Range {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A strategy's time over the baseline's: below 1 it is faster.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The ratio, with its interval; `None` where the data do not carry one.
    pub ratio: Option<f64>,
    /// Where the true ratio lies, taken for itself.
    pub interval: Option<Range>,
    /// What may be said among all comparisons of the report.
    #[serde(serialize_with = "word")]
    pub verdict: Verdict,
    /// The p value, corrected for the number of comparisons.
    pub adjusted_p: Option<f64>,
    /// The difference, as a share, that would have been found with 95 % probability.
    pub detectable: Option<f64>,
    /// Why there is no ratio.
    pub why: Option<String>,
    #[serde(skip)]
    statistic: Result<Ratio, TooFew>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn word<S: serde::Serializer>(verdict: &Verdict, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(verdict)
}

impl Timing {
    /// The time of `quantity`, or `None` if there are no samples.
    pub(super) fn of(
        pool: &Pool<'_>,
        trace: &str,
        quantity: Quantity,
        strategy: &str,
        baseline: &str,
    ) -> Option<Self> {
        let runs: Vec<_> = pool.times(trace, quantity, strategy).collect();
        let launches = pool.launches(trace, quantity, strategy);
        let comparison = (strategy != baseline)
            .then(|| Comparison::new(pool.sides(trace, quantity, strategy, baseline).ratio()));
        Some(Self { work: runs.first()?.work, middle: Middle::of(&launches)?, comparison })
    }

    /// Nanoseconds for each piece of work.
    #[must_use]
    pub fn ns_each(&self) -> f64 {
        self.middle.ns / self.work.max(1) as f64
    }

    /// Pieces of work in a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.work as f64 / self.middle.ns * 1e9
    }
}

impl Middle {
    pub(super) fn of(launches: &[Vec<Nanos>]) -> Option<Self> {
        let samples = launches.iter().map(Vec::len).sum();
        let medians: Vec<Nanos> = launches.iter().filter_map(|launch| quantile(launch, 0.5)).collect();
        let full = Median::of_launches(launches, CONFIDENCE).ok();
        let range =
            |median: Median| Range { low: median.interval.low.get(), high: median.interval.high.get() };
        Some(Self {
            ns: quantile(&medians, 0.5)?.get(),
            interval: full.map(range),
            launches: medians.len(),
            samples,
        })
    }
}

impl Comparison {
    pub(super) fn new(statistic: Result<Ratio, TooFew>) -> Self {
        let known = statistic.as_ref().ok();
        let range = |ratio: &Ratio| {
            let interval = ratio.interval(CONFIDENCE);
            Range { low: interval.low, high: interval.high }
        };
        Self {
            ratio: known.map(Ratio::point),
            interval: known.map(range),
            verdict: Verdict::TooFew,
            adjusted_p: None,
            detectable: known.and_then(|ratio| ratio.detectable(CONFIDENCE, 0.95)),
            why: statistic.as_ref().err().map(ToString::to_string),
            statistic,
        }
    }

    pub(super) const fn statistic(&self) -> Result<Ratio, TooFew> {
        self.statistic
    }

    pub(super) fn settle(&mut self, judged: Judged) {
        self.verdict = judged.verdict;
        self.adjusted_p = judged.adjusted_p;
    }

    /// Whether a difference may be claimed.
    #[must_use]
    pub fn differs(&self) -> bool {
        matches!(self.verdict, Verdict::Better | Verdict::Worse)
    }
}

/// One value of each of two strategies for a launch, as the pairs that a ratio wants.
///
/// A percentile is one figure for all calls of a launch, so that nothing is left to take a median of.
pub(super) fn one_a_launch(baseline: f64, candidate: f64) -> Vec<Pair> {
    let both = all_of_a_launch(baseline).into_iter().zip(all_of_a_launch(candidate));
    both.map(|(baseline, candidate)| Pair { baseline, candidate }).collect()
}

/// One value that stands for a launch, as the samples that a ratio wants.
pub(super) fn all_of_a_launch(ns: f64) -> Vec<Nanos> {
    Nanos::new(ns).map_or_else(Vec::new, |ns| vec![ns; LaunchRatio::LEAST_PAIRS])
}
