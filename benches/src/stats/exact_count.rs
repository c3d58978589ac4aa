//! Figures without noise, compared as what they are.

use core::cmp::Ordering;

/// A figure that every run repeats to the last digit: instructions, addresses, pages, bytes, blocks.
///
/// It is equal or it differs; an interval or a test of it would be nonsense, and none is offered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(transparent)]
pub struct ExactCount(pub u64);

/// How an exact figure of the candidate stands to that of the baseline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CountChange {
    /// To the last digit.
    Same,
    /// The candidate's figure is smaller by this much.
    Less(u64),
    /// The candidate's figure is larger by this much.
    More(u64),
}

impl ExactCount {
    /// What changes from `baseline` to this figure.
    #[must_use]
    pub fn change_from(self, baseline: Self) -> CountChange {
        match self.cmp(&baseline) {
            Ordering::Equal => CountChange::Same,
            Ordering::Less => CountChange::Less(baseline.0 - self.0),
            Ordering::Greater => CountChange::More(self.0 - baseline.0),
        }
    }

    /// This figure over `baseline`, for display; `None` where the baseline is zero.
    #[must_use]
    pub fn over(self, baseline: Self) -> Option<f64> {
        (baseline.0 != 0).then(|| self.0 as f64 / baseline.0 as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_instruction_is_a_change() {
        let count = ExactCount(1 << 60);
        assert_eq!(count.change_from(count), CountChange::Same);
        assert_eq!(ExactCount(count.0 + 1).change_from(count), CountChange::More(1));
        assert_eq!(count.change_from(ExactCount(count.0 + 1)), CountChange::Less(1));
        assert_eq!(ExactCount(0).change_from(ExactCount(u64::MAX)), CountChange::Less(u64::MAX));
    }

    #[test]
    fn nothing_is_a_multiple_of_zero() {
        assert_eq!(ExactCount(3).over(ExactCount(0)), None);
        assert_eq!(ExactCount(3).over(ExactCount(2)), Some(1.5));
    }
}
