//! Why there is no answer.

use thiserror::Error;

/// The data do not carry the statistic asked for. There is no estimate to fall back on, by intent.
#[derive(Clone, Copy, PartialEq, Eq, Error, Debug)]
pub enum TooFew {
    /// Not enough samples for an interval of this confidence.
    #[error("{have} samples where {need} are needed")]
    Samples {
        /// Samples at hand.
        have: usize,
        /// The least number that will do.
        need: usize,
    },
    /// Not enough launches that have enough pairs.
    #[error("{have} usable launches where {need} are needed")]
    Launches {
        /// Usable launches at hand.
        have: usize,
        /// The least number that will do.
        need: usize,
    },
    /// Not enough pairs in a launch.
    #[error("{have} pairs in a launch where {need} are needed")]
    Pairs {
        /// Pairs at hand.
        have: usize,
        /// The least number that will do.
        need: usize,
    },
    /// The launches agree to the last digit, so that nothing tells how wrong they are: the clock is too
    /// coarse for these samples, or the figure is exact and belongs into [`ExactCount`](super::ExactCount).
    #[error("launches show no spread: the clock is too coarse, or the figure is exact")]
    Distinct,
    /// A mean over no traces.
    #[error("no traces")]
    Traces,
}
