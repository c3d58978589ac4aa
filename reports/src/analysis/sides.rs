//! The times of two strategies, as far as they may be compared.

use benches::stats::{Nanos, Pair, Ratio, TooFew, geometric_mean, geometric_mean_apart};

/// The times of a strategy and of the baseline, by launch.
pub(super) enum Sides {
    /// Measured side by side.
    Paired(Vec<Vec<Pair>>),
    /// Measured at different times: the baseline's, and the candidate's.
    Apart(Vec<Vec<Nanos>>, Vec<Vec<Nanos>>),
}

impl Sides {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Paired(launches) => launches.is_empty(),
            Self::Apart(baseline, candidate) => baseline.is_empty() || candidate.is_empty(),
        }
    }

    pub(super) fn ratio(&self) -> Result<Ratio, TooFew> {
        match self {
            Self::Paired(launches) => Ratio::of(launches),
            Self::Apart(baseline, candidate) => Ratio::apart(baseline, candidate),
        }
    }

    /// The geometric mean of the ratios of several traces, all measured in the same way.
    pub(super) fn mean(traces: Vec<Self>) -> Result<Ratio, TooFew> {
        let (mut paired, mut apart) = (Vec::new(), Vec::new());
        for sides in traces {
            match sides {
                Self::Paired(launches) => paired.push(launches),
                Self::Apart(baseline, candidate) => apart.push((baseline, candidate)),
            }
        }
        if apart.is_empty() { geometric_mean(&paired) } else { geometric_mean_apart(&apart) }
    }
}
