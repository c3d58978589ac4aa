//! A noisy time, and how it compares.

use benches::stats::{Judged, Ratio, TooFew};
use serde::Serialize;

use super::CONFIDENCE;

/// A noisy figure of a strategy on a boot.
#[derive(Clone, Debug, Serialize)]
pub struct Timed {
    /// The figure's id.
    pub figure: String,
    /// What is done in that time: calls or pages. Exact.
    pub work: u64,
    /// The time in nanoseconds. Of the baseline, the median of its launches' medians; of all others, that times the ratio,
    /// so that time, baseline and ratio agree; where there is no ratio, the median of their own launches.
    pub ns: f64,
    /// Of a boot, how much of it the calls take, and how much the hand-over.
    pub parts: Option<Parts>,
    /// How many launches there are.
    pub launches: usize,
    /// How many samples those have.
    pub samples: usize,
    /// Whether it is less than ten steps of the clock.
    pub below_clock: bool,
    /// How it compares with the baseline; `None` for the baseline itself.
    pub comparison: Option<Comparison>,
}

/// The parts of a boot's cost. Their sum is the whole.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Parts {
    /// All calls before the hand-over.
    pub calls_ns: f64,
    /// The hand-over into the model of the page allocator.
    pub hand_over_ns: f64,
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
    /// The ratio; `None` where the data do not carry one.
    pub ratio: Option<f64>,
    /// Where the true ratio lies, taken for itself.
    pub interval: Option<Range>,
    /// What may be said among all comparisons that were made.
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

/// What may be said of a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The candidate takes less time.
    Better,
    /// The candidate takes more time.
    Worse,
    /// The interval alone excludes 1; corrected for all comparisons, the difference is not significant.
    NotSignificant,
    /// No difference is shown.
    NoDifference,
    /// The data do not allow an answer.
    TooFew,
}

impl Verdict {
    /// In a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NotSignificant => "n.s.",
            Self::NoDifference => "~",
            Self::TooFew => "?",
        }
    }

    /// Whether a difference may be claimed.
    #[must_use]
    pub const fn claims(self) -> bool {
        matches!(self, Self::Better | Self::Worse)
    }
}

/// The legend of verdicts that claim nothing.
#[must_use]
pub fn legend(comparisons: usize) -> String {
    format!(
        "~: no difference is shown. n.s.: the interval excludes 1, but corrected for {} (Holm) it is not significant. \
         ?: too few launches to tell.",
        crate::units::plural(comparisons, "comparison")
    )
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
        use benches::stats::Verdict as Judge;
        self.verdict = match judged.verdict {
            Judge::Better => Verdict::Better,
            Judge::Worse => Verdict::Worse,
            Judge::OnlyAlone => Verdict::NotSignificant,
            Judge::NoDifference => Verdict::NoDifference,
            Judge::TooFew => Verdict::TooFew,
        };
        self.adjusted_p = judged.adjusted_p;
    }

    /// Whether a difference may be claimed.
    #[must_use]
    pub const fn differs(&self) -> bool {
        self.verdict.claims()
    }
}
