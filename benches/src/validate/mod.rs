//! Trying the instrument itself: what it says where the truth is known.
//!
//! * The same strategy under several names: whatever a report claims of it is false.
//! * Strategies that do a known share more work: single boots, means and percentiles should be found, and the intervals
//!   should hold them.
//!
//! Everything is judged as a report judges it: the noise of launches pooled over the cells of the plan, verdicts corrected for
//! all that is asked together.

mod rates;
mod report;

pub use rates::Rates;
pub use report::{Judgement, Kind, report};

use crate::probe::BASE_TIMES;

/// The names of a strategy that is compared with itself. All are of one length: a command line's length moves a process's
/// stack.
pub const SAME: [&str; 4] = ["same-a", "same-b", "same-c", "same-d"];

/// How often the strategies that do more work do each call, against [`BASE_TIMES`].
pub const PLANTED_QUICK: [u32; 2] = [300, 420];

/// The same where a measurement is thorough.
pub const PLANTED_FULL: [u32; 1] = [206];

/// The probe's name for so many times.
#[must_use]
pub fn planted(times: u32) -> String {
    format!("{times}-times")
}

/// The true ratio of so many times.
#[must_use]
pub fn truth(times: u32) -> f64 {
    f64::from(times) / f64::from(BASE_TIMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probes_are_known_and_their_share_is_as_said() {
        for times in PLANTED_QUICK.into_iter().chain(PLANTED_FULL).chain([BASE_TIMES]) {
            assert!(crate::probe::is_known(&planted(times)), "{times}");
        }
        assert!((truth(300) - 1.5).abs() < 1e-12 && (truth(206) - 1.03).abs() < 1e-12);
    }
}
