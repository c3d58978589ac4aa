//! The two kinds of trial, and what is counted in them.

use super::{groups, ratio};
use crate::probe::BASE_TIMES;
use crate::results::Results;
use crate::stats::{Confidence, Ratio};

/// How often the instrument said what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rates {
    /// Comparisons that could be made.
    pub comparisons: u64,
    /// Those in which a difference was claimed at 95 %.
    pub claimed: u64,
    /// Those in which the claimed difference has the right direction. Of equals, none has.
    pub found: u64,
    /// Those whose 95 % interval holds the true ratio.
    pub covered: u64,
}

impl Rates {
    fn count(&mut self, ratio: &Ratio, truth: f64) {
        let claimed = ratio.p_value() < Confidence::P95.alpha();
        self.comparisons += 1;
        self.claimed += u64::from(claimed);
        self.found += u64::from(claimed && (truth - 1.0) * (ratio.point() - 1.0) > 0.0);
        self.covered += u64::from(ratio.interval(Confidence::P95).contains(&truth));
    }

    /// The sum of two.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            comparisons: self.comparisons + other.comparisons,
            claimed: self.claimed + other.claimed,
            found: self.found + other.found,
            covered: self.covered + other.covered,
        }
    }

    /// So many of a hundred comparisons.
    #[must_use]
    pub fn percent(&self, of: u64) -> f64 {
        100.0 * of as f64 / self.comparisons.max(1) as f64
    }
}

/// The same strategy under several names.
pub struct Same;

impl Same {
    /// The names. All are of one length: a command line's length moves a process's stack.
    pub const LABELS: [&'static str; 5] = ["same-a", "same-b", "same-c", "same-d", "same-e"];

    /// Compares every two members of every group.
    #[must_use]
    pub fn rates(results: &Results) -> Rates {
        let mut rates = Rates::default();
        for members in groups(results) {
            for (index, (_, candidate)) in members.iter().enumerate() {
                for (_, baseline) in &members[..index] {
                    if let Ok(ratio) = ratio(candidate, baseline) {
                        rates.count(&ratio, 1.0);
                    }
                }
            }
        }
        rates
    }
}

/// A strategy that does a known share more work than another.
pub struct Planted;

impl Planted {
    /// How often those do each call whose work is compared with that of [`BASE_TIMES`].
    pub const TIMES: [u32; 4] = [201, 202, 204, 210];

    /// The probe's name for so many times.
    #[must_use]
    pub fn name(times: u32) -> String {
        format!("{times}-times")
    }

    /// The true ratio of so many times.
    #[must_use]
    pub fn truth(times: u32) -> f64 {
        f64::from(times) / f64::from(BASE_TIMES)
    }

    /// Compares the member of so many times with the base in every group.
    #[must_use]
    pub fn rates(results: &Results, times: u32) -> Rates {
        let mut rates = Rates::default();
        for members in groups(results) {
            let of = |times| {
                members.iter().find(|(label, _)| *label == Self::name(times)).map(|(_, times)| &**times)
            };
            if let (Some(candidate), Some(baseline)) = (of(times), of(BASE_TIMES))
                && let Ok(ratio) = ratio(candidate, baseline)
            {
                rates.count(&ratio, Self::truth(times));
            }
        }
        rates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Nanos, Pair};

    /// Eight launches of ten pairs each, whose ratios are these to the power of e.
    fn of(logs: [f64; 8]) -> Ratio {
        let time = |ns| Nanos::new(ns).unwrap();
        let launch =
            |log: f64| vec![Pair { baseline: time(1000.0), candidate: time(1000.0 * log.exp()) }; 10];
        Ratio::of(&logs.map(launch)).unwrap()
    }

    #[test]
    fn a_claim_counts_as_found_only_in_the_right_direction() {
        let more = of([0.019, 0.020, 0.021, 0.0195, 0.0205, 0.020, 0.0198, 0.0202]);
        let (mut right, mut wrong, mut equal) = (Rates::default(), Rates::default(), Rates::default());
        right.count(&more, 1.02);
        wrong.count(&more, 0.98);
        equal.count(&more, 1.0);
        assert_eq!(right, Rates { comparisons: 1, claimed: 1, found: 1, covered: 1 });
        assert_eq!(wrong, Rates { comparisons: 1, claimed: 1, found: 0, covered: 0 });
        assert_eq!(equal, Rates { comparisons: 1, claimed: 1, found: 0, covered: 0 });
    }

    #[test]
    fn where_nothing_is_claimed_the_interval_holds_one() {
        let mut rates = Rates::default();
        rates.count(&of([-0.01, 0.01, -0.02, 0.02, -0.015, 0.015, -0.005, 0.005]), 1.0);
        assert_eq!(rates, Rates { comparisons: 1, claimed: 0, found: 0, covered: 1 });
        assert!((rates.plus(rates).percent(1) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn the_probes_are_known_and_their_share_is_as_said() {
        for times in Planted::TIMES.into_iter().chain([BASE_TIMES]) {
            assert!(crate::probe::is_known(&Planted::name(times)));
        }
        assert!((Planted::truth(201) - 1.005).abs() < 1e-12);
    }
}
