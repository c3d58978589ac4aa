//! The ratio of two strategies from pairs of samples in several launches.

use super::trimmed::TrimmedMean;
use super::{Confidence, Interval, LaunchRatio, Pair, TooFew};

/// How many times as long the candidate takes as the baseline: below 1 the candidate is faster.
///
/// Within a launch, the median of the pairs' log ratios ([`LaunchRatio`]); over launches, their mean without
/// the lowest and highest fifth, with an interval from Student's t. The launch is the unit of replication:
/// more pairs sharpen what one launch says, only more launches narrow the interval. The
/// [module](super#the-ratio-of-two-strategies) tells why this estimator and what the others lose.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ratio {
    pub(super) logs: TrimmedMean,
    pub(super) launches: usize,
    pub(super) left_out: usize,
}

impl Ratio {
    /// The least number of launches. The stated performance needs [`Ratio::ADVISED_LAUNCHES`].
    pub const LEAST_LAUNCHES: usize = TrimmedMean::LEAST;
    /// Launches with which a difference of 1 % is found in at least 94 of 100 tries on each simulated
    /// machine.
    pub const ADVISED_LAUNCHES: usize = 15;
    /// Pairs in a launch for the same.
    pub const ADVISED_PAIRS: usize = 40;

    /// The ratio from launches of pairs.
    ///
    /// A launch with fewer than [`LaunchRatio::LEAST_PAIRS`] pairs, such as an empty one in place of a crash,
    /// is left out and counted by [`Ratio::left_out`].
    ///
    /// # Errors
    /// [`TooFew::Launches`] if fewer than [`Ratio::LEAST_LAUNCHES`] remain; [`TooFew::Distinct`] if they do not
    /// differ.
    pub fn of<L: AsRef<[Pair]>>(launches: &[L]) -> Result<Self, TooFew> {
        let usable: Vec<f64> = launches
            .iter()
            .filter_map(|pairs| LaunchRatio::of(pairs.as_ref()).ok())
            .map(LaunchRatio::log)
            .collect();
        Self::of_logs(&usable, launches.len() - usable.len())
    }

    /// The ratio from one value per usable launch.
    pub(super) fn of_logs(usable: &[f64], left_out: usize) -> Result<Self, TooFew> {
        Ok(Self { logs: TrimmedMean::of(usable)?, launches: usable.len(), left_out })
    }

    /// The estimate.
    #[must_use]
    pub fn point(&self) -> f64 {
        self.logs.location.exp()
    }

    /// The interval that covers the true ratio with this confidence, taken for itself.
    ///
    /// Of many comparisons together, [`Confidence::shared_by`] gives the level at which all intervals hold at
    /// once.
    #[must_use]
    pub fn interval(&self, confidence: Confidence) -> Interval<f64> {
        let half = self.logs.half_width(confidence.alpha());
        Interval { low: (self.logs.location - half).exp(), high: (self.logs.location + half).exp() }
    }

    /// Probability of an estimate at least this far from 1, on the scale of logarithms, if there is no
    /// difference.
    ///
    /// At most 1 - c exactly if the interval of confidence c excludes 1.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        self.logs.p_value()
    }

    /// The difference, as a share of the baseline's time, that data as noisy as these would show with
    /// probability `power` (0.95, say) in a test at this confidence: what "no difference" can be said to
    /// exclude.
    ///
    /// Approximate, as it takes the noise seen for the true one. `None` for a `power` outside 0.5 to 1.
    #[must_use]
    pub fn detectable(&self, confidence: Confidence, power: f64) -> Option<f64> {
        let possible = (0.5..1.0).contains(&power);
        possible.then(|| self.logs.detectable(confidence.alpha(), power).exp_m1())
    }

    /// The number of launches used.
    #[must_use]
    pub const fn launches(&self) -> usize {
        self.launches
    }

    /// The number of launches not used for want of pairs.
    #[must_use]
    pub const fn left_out(&self) -> usize {
        self.left_out
    }
}

#[cfg(test)]
mod tests;
