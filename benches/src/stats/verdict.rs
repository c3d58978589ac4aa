//! What may be said of a comparison.

use core::fmt;

use super::{Confidence, Ratio, TooFew, holm};

/// What a family of comparisons says of one of them. Whether a difference that is real also matters is for a
/// report to say, from the absolute times.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    /// The candidate takes less time.
    Better,
    /// The candidate takes more time.
    Worse,
    /// Its interval, which speaks for itself alone, excludes 1; among all that is asked together, such a one may be chance.
    OnlyAlone,
    /// None is shown; [`Ratio::detectable`] tells how large a one would have been.
    NoDifference,
    /// The data do not allow an answer; [`TooFew`] tells why.
    TooFew,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::OnlyAlone => "(~)",
            Self::NoDifference => "~",
            Self::TooFew => "?",
        })
    }
}

/// A verdict and the probability behind it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Judged {
    /// What may be said.
    pub verdict: Verdict,
    /// The p value after correction for the whole family; `None` where the data did not suffice.
    pub adjusted_p: Option<f64>,
}

/// Judges all comparisons that are shown together, so that any false "better" or "worse" among them has a
/// probability of at most 1 - `confidence` (by [`holm`]).
///
/// Comparisons without an answer claim nothing and do not count into the family. Where the interval of a single
/// [`Ratio`] excludes 1 and the family does not let that be claimed, the verdict is [`Verdict::OnlyAlone`].
///
/// The family is what is asked together, and no more: of a letter, the comparisons of its two sides.
#[must_use]
pub fn judge(family: &[Result<Ratio, TooFew>], confidence: Confidence) -> Vec<Judged> {
    let p_values: Vec<f64> = family.iter().flatten().map(Ratio::p_value).collect();
    let mut adjusted = holm(&p_values).into_iter();
    let mut of_one = |comparison: &Result<Ratio, TooFew>| {
        let known = comparison.as_ref().ok().zip(comparison.is_ok().then(|| adjusted.next()).flatten());
        let Some((ratio, p)) = known else {
            return Judged { verdict: Verdict::TooFew, adjusted_p: None };
        };
        let verdict = match ratio.point() {
            _ if p > confidence.alpha() && ratio.p_value() <= Confidence::P95.alpha() => Verdict::OnlyAlone,
            _ if p > confidence.alpha() => Verdict::NoDifference,
            point if point < 1.0 => Verdict::Better,
            point if point > 1.0 => Verdict::Worse,
            _ => Verdict::NoDifference,
        };
        Judged { verdict, adjusted_p: Some(p) }
    };
    family.iter().map(&mut of_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve launches around log `location`, spread by a thousandth a step.
    fn ratio(location: f64) -> Result<Ratio, TooFew> {
        let steps = (-6..=6_i32).filter(|&i| i != 0).map(|i| location + f64::from(i) / 1000.0);
        Ratio::of_logs(&steps.collect::<Vec<_>>(), 0)
    }

    #[test]
    fn less_time_is_better() {
        let too_few = Err(TooFew::Launches { have: 2, need: 5 });
        let judged = judge(&[ratio(-0.02), too_few, ratio(0.02), ratio(0.0)], Confidence::P95);
        let verdicts: Vec<_> = judged.iter().map(|judged| judged.verdict.to_string()).collect();
        assert_eq!(verdicts, ["better", "?", "worse", "~"]);
        assert_eq!(judged[1].adjusted_p, None);
    }

    /// Expect a difference with p about 0.03 to be claimed alone, and not among five.
    #[test]
    fn company_makes_cautious() {
        let narrow = ratio(0.0048);
        let p = narrow.unwrap().p_value();
        assert!((0.02..0.04).contains(&p), "{p}");
        assert_eq!(judge(&[narrow], Confidence::P95)[0].verdict, Verdict::Worse);
        assert_eq!(judge(&[narrow; 5], Confidence::P95)[4].verdict, Verdict::OnlyAlone);
        // What has no answer is no company.
        let mut family = [Err(TooFew::Distinct); 5];
        family[4] = narrow;
        assert_eq!(judge(&family, Confidence::P95)[4].verdict, Verdict::Worse);
    }
}
