//! What a statistic here may be fed with: measured times, and nothing else.

/// A measured time in nanoseconds: positive, finite, and noisy.
///
/// Every statistic of this module takes times, and no other number, so that an exact figure
/// ([`ExactCount`](super::ExactCount)) does not fit:
///
/// ```compile_fail
/// use benches::stats::{Confidence, ExactCount, Median};
/// let instructions = [ExactCount(69_717); 10];
/// let _ = Median::of(&instructions, Confidence::P95);
/// ```
///
/// and there is no conversion between the two:
///
/// ```compile_fail
/// use benches::stats::{ExactCount, Nanos};
/// let _: Nanos = ExactCount(69_717).into();
/// ```
///
/// What is forced through regardless (`exact.0 as f64`) shows no spread over launches and is refused by
/// [`Ratio`](super::Ratio) with [`TooFew::Distinct`](super::TooFew).
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
#[repr(transparent)]
pub struct Nanos(f64);

impl Nanos {
    /// A time of `ns` nanoseconds, or `None` unless that is positive and finite: a clock that reads zero for
    /// a sample is too coarse for it, and the sample has no logarithm.
    #[must_use]
    pub fn new(ns: f64) -> Option<Self> {
        (ns > 0.0 && ns.is_finite()).then_some(Self(ns))
    }

    /// The number of nanoseconds.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// One sample of each of two strategies, taken one right after the other, in either order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pair {
    /// What is compared with.
    pub baseline: Nanos,
    /// What is compared.
    pub candidate: Nanos,
}

impl Pair {
    /// The pair with the roles exchanged.
    #[must_use]
    pub const fn swapped(self) -> Self {
        Self { baseline: self.candidate, candidate: self.baseline }
    }

    /// Logarithm of the candidate's time over the baseline's.
    // A difference of logarithms, not the logarithm of a quotient: it changes sign exactly when the roles do,
    // and cannot overflow.
    #[must_use]
    pub fn log_ratio(self) -> f64 {
        self.candidate.0.ln() - self.baseline.0.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_positive_finite_times_are_samples() {
        for ns in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Nanos::new(ns), None, "{ns}");
        }
        assert_eq!(Nanos::new(0.4).map(Nanos::get), Some(0.4));
    }
}
