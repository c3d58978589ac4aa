//! How often the instrument said what.

use super::Judgement;
use crate::stats::{Confidence, Verdict};

/// How often the instrument said what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rates {
    /// Comparisons that could be made.
    pub comparisons: u64,
    /// Those in which a difference was claimed.
    pub claimed: u64,
    /// Those in which the claimed difference has the right direction. Of equals, none has.
    pub found: u64,
    /// Those whose 95 % interval, taken for itself, holds the true ratio.
    pub covered: u64,
}

impl Rates {
    /// Counts a judgement whose true ratio is `truth`.
    pub fn count(&mut self, judgement: &Judgement, truth: f64) {
        let more = match judgement.verdict {
            Verdict::Worse => Some(true),
            Verdict::Better => Some(false),
            _ => None,
        };
        self.comparisons += 1;
        self.claimed += u64::from(more.is_some());
        self.found += u64::from(more.is_some_and(|more| if more { truth > 1.0 } else { truth < 1.0 }));
        self.covered += u64::from(judgement.ratio.interval(Confidence::P95).contains(&truth));
    }

    /// This number in a hundred comparisons.
    #[must_use]
    pub fn percent(&self, of: u64) -> f64 {
        100.0 * of as f64 / self.comparisons.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Nanos, Pair, Ratio};
    use crate::validate::Kind;

    /// Eight launches of ten pairs each, whose ratios are e to the power of these.
    fn judged(logs: [f64; 8], verdict: Verdict) -> Judgement {
        let time = |ns| Nanos::new(ns).unwrap();
        let launch =
            |log: f64| vec![Pair { baseline: time(1000.0), candidate: time(1000.0 * log.exp()) }; 10];
        let ratio = Ratio::of(&logs.map(launch)).unwrap();
        Judgement { kind: Kind::Single, candidate: "a".into(), ratio, verdict }
    }

    #[test]
    fn a_claim_counts_as_found_only_in_the_right_direction() {
        let more = [0.019, 0.020, 0.021, 0.0195, 0.0205, 0.020, 0.0198, 0.0202];
        let mut right = Rates::default();
        right.count(&judged(more, Verdict::Worse), 1.02);
        assert_eq!(right, Rates { comparisons: 1, claimed: 1, found: 1, covered: 1 });
        for truth in [0.98, 1.0] {
            let mut wrong = Rates::default();
            wrong.count(&judged(more, Verdict::Worse), truth);
            assert_eq!(wrong, Rates { comparisons: 1, claimed: 1, found: 0, covered: 0 });
        }
        right.count(&judged(more, Verdict::OnlyAlone), 1.02);
        assert_eq!(right, Rates { comparisons: 2, claimed: 1, found: 1, covered: 2 });
        assert!((right.percent(right.found) - 50.0).abs() < 1e-9);
    }
}
