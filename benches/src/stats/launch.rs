//! What one launch says: the middle of its pairs.

use super::quantile::{median_of_sorted, sorted};
use super::{Pair, TooFew};

/// The ratio of two strategies as one launch of both saw it: the median over its pairs of log(candidate /
/// baseline).
///
/// The two samples of a pair are moments apart, so that drift cancels; the median is not moved by the samples
/// that an interrupt hit. What it keeps is the bias that this launch's addresses and layout gave each of the
/// two processes, which no number of pairs removes (T. Mytkowicz et al., "Producing wrong data without doing
/// anything obviously wrong", ASPLOS 2009). Only further launches do.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct LaunchRatio(f64);

impl LaunchRatio {
    /// The least number of pairs that make a launch count.
    ///
    /// Not for an interval, which only launches give, but so that one interrupt, or two, cannot move
    /// the median far.
    pub const LEAST_PAIRS: usize = 5;

    /// What the pairs of one launch say.
    ///
    /// # Errors
    /// [`TooFew::Pairs`] below [`LaunchRatio::LEAST_PAIRS`].
    pub fn of(pairs: &[Pair]) -> Result<Self, TooFew> {
        if pairs.len() < Self::LEAST_PAIRS {
            return Err(TooFew::Pairs { have: pairs.len(), need: Self::LEAST_PAIRS });
        }
        Ok(Self(median_of_sorted(&sorted(pairs.iter().map(|pair| pair.log_ratio())))))
    }

    /// Candidate over baseline.
    #[must_use]
    pub fn ratio(self) -> f64 {
        self.0.exp()
    }

    /// Its logarithm.
    #[must_use]
    pub const fn log(self) -> f64 {
        self.0
    }
}
