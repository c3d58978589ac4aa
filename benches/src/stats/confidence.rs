//! How sure, and between what.

/// The probability with which an interval covers what it estimates: strictly between 0 and 1.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Confidence(f64);

impl Confidence {
    /// 95 %, which everything uses unless it says otherwise.
    pub const P95: Self = Self(0.95);

    /// The confidence `level`, or `None` unless it lies strictly between 0 and 1.
    #[must_use]
    pub fn new(level: f64) -> Option<Self> {
        (level > 0.0 && level < 1.0).then_some(Self(level))
    }

    /// The level that each of `comparisons` intervals needs so that all of them hold at once with this
    /// confidence (Bonferroni).
    #[must_use]
    pub fn shared_by(self, comparisons: usize) -> Self {
        // Rounding must not reach 1: that interval would be the whole line.
        Self((1.0 - self.alpha() / comparisons.max(1) as f64).min(1.0 - f64::EPSILON))
    }

    /// The level.
    #[must_use]
    pub const fn level(self) -> f64 {
        self.0
    }

    /// What remains: the share of intervals that miss, and the largest probability at which a test rejects.
    #[must_use]
    pub fn alpha(self) -> f64 {
        1.0 - self.0
    }
}

/// From `low` to `high`, both included.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interval<T> {
    /// The lower end.
    pub low: T,
    /// The upper end.
    pub high: T,
}

impl<T: PartialOrd> Interval<T> {
    /// Whether `value` lies inside or on an end.
    #[must_use]
    pub fn contains(&self, value: &T) -> bool {
        self.low <= *value && *value <= self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certainty_is_not_a_confidence() {
        for level in [0.0, 1.0, -0.5, 1.5, f64::NAN] {
            assert_eq!(Confidence::new(level), None, "{level}");
        }
    }

    #[test]
    fn ten_intervals_share_five_per_cent() {
        assert!((Confidence::P95.shared_by(10).level() - 0.995).abs() < 1e-12);
        assert_eq!(Confidence::P95.shared_by(0), Confidence::P95.shared_by(1));
        assert!(Confidence::P95.shared_by(usize::MAX).level() < 1.0);
    }
}
