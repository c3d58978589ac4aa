//! The median with an interval that assumes no distribution.

use super::quantile::{median_of_sorted, sorted};
use super::{Confidence, Interval, Nanos, TooFew, law};

/// A median, and order statistics between which the true one lies.
///
/// The number of independent samples below the true median is that of heads in as many tosses of a fair coin,
/// so that the r-th smallest and the r-th largest enclose it with a known probability whatever the
/// distribution. Source: H. A. David and H. N. Nagaraja, Order Statistics, 3rd ed. (2003), section 7.1;
/// advised for computer measurements by J.-Y. Le Boudec, Performance Evaluation of Computer and Communication
/// Systems (2010), section 2.2.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Median {
    /// The middle sample, or the mean of the middle two.
    pub point: Nanos,
    /// The narrowest symmetric pair of order statistics with at least the confidence asked for.
    pub interval: Interval<Nanos>,
    /// The confidence that this interval really has: at least what was asked for.
    pub confidence: f64,
    /// How many values it rests on: samples, or launches.
    pub count: usize,
}

impl Median {
    /// The least number of samples that have an interval: six at 95 %.
    ///
    /// With n of them the widest interval, from the least to the largest, misses with probability 2^(1-n).
    #[must_use]
    pub fn least_count(confidence: Confidence) -> usize {
        // At most 54: the smallest positive 1 - level is 2^-53.
        (1..=64).find(|&count| missed(1, count) <= confidence.alpha()).unwrap_or(64)
    }

    /// The median of independent samples.
    ///
    /// The samples of one launch are independent only of what varies within it; what a launch fixes is in all
    /// of them. For a figure that holds for the next launch too, use [`Median::of_launches`].
    ///
    /// # Errors
    /// [`TooFew::Samples`] below [`Median::least_count`].
    pub fn of(samples: &[Nanos], confidence: Confidence) -> Result<Self, TooFew> {
        let need = Self::least_count(confidence);
        if samples.len() < need {
            return Err(TooFew::Samples { have: samples.len(), need });
        }
        Self::of_sorted(&sorted(samples.iter().map(|sample| sample.get())), confidence)
            .ok_or(TooFew::Samples { have: samples.len(), need })
    }

    /// The median over launches of each launch's median: the launch is the unit, as it fixes addresses and
    /// layout.
    ///
    /// Launches without samples are left out; [`Median::count`](Self#structfield.count) says how many
    /// counted.
    ///
    /// # Errors
    /// [`TooFew::Launches`] below [`Median::least_count`].
    pub fn of_launches<L: AsRef<[Nanos]>>(launches: &[L], confidence: Confidence) -> Result<Self, TooFew> {
        let of_launch =
            |launch: &L| median_of_sorted(&sorted(launch.as_ref().iter().map(|sample| sample.get())));
        let medians = sorted(launches.iter().filter(|launch| !launch.as_ref().is_empty()).map(of_launch));
        let need = Self::least_count(confidence);
        if medians.len() < need {
            return Err(TooFew::Launches { have: medians.len(), need });
        }
        Self::of_sorted(&medians, confidence).ok_or(TooFew::Launches { have: medians.len(), need })
    }

    fn of_sorted(values: &[f64], confidence: Confidence) -> Option<Self> {
        let count = values.len();
        // What an interval misses grows with its rank, so the narrowest is found by halving.
        let ranks: Vec<usize> = (1..=count.div_ceil(2)).collect();
        let rank = ranks.partition_point(|&rank| missed(rank, count) <= confidence.alpha());
        Some(Self {
            point: Nanos::new(median_of_sorted(values))?,
            interval: Interval {
                low: Nanos::new(values[rank.checked_sub(1)?])?,
                high: Nanos::new(values[count - rank])?,
            },
            confidence: 1.0 - missed(rank, count),
            count,
        })
    }
}

/// Probability that the median lies outside the `rank`-th smallest and `rank`-th largest of `count`.
fn missed(rank: usize, count: usize) -> f64 {
    (2.0 * law::coin_at_most(rank - 1, count)).min(1.0)
}

#[cfg(test)]
mod tests;
