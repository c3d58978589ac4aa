//! What must not change: `time>2%`.

use std::fmt;
use std::str::FromStr;

use super::{Compare, shown};
use crate::analysis::{BOOT_COST, Verdict, is_noisy};

/// Short for the cost of a boot.
const TIME: &str = "time";

/// A limit on how a figure may change.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// The figure or question.
    figure: String,
    /// Whether it is broken by more than the limit, or by less.
    above: bool,
    /// The change in per cent of the baseline's.
    percent: f64,
}

/// A text is not a rule.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "`{0}` is not a rule: a rule is a figure, `>` or `<`, and a change in per cent, such as 'time>2%', 'instructions>0.5%' or \
     'intact-2m<-1%'; the figures are time (which is boot-cost), build, p50, p99, release-counting, release-buddy (and so on) and {figures}",
    figures = shown().map(|figure| figure.id).collect::<Vec<_>>().join(", ")
)]
pub struct RuleError(String);

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let wrong = || RuleError(text.into());
        let at = text.find(['<', '>']).ok_or_else(wrong)?;
        let (figure, limit) = (text[..at].trim(), text[at + 1..].trim());
        let percent: f64 =
            limit.strip_suffix('%').and_then(|number| number.trim().parse().ok()).ok_or_else(wrong)?;
        let known = figure == TIME || is_noisy(figure) || shown().any(|known| known.id == figure);
        if !percent.is_finite() || !known {
            return Err(wrong());
        }
        Ok(Self { figure: figure.into(), above: &text[at..=at] == ">", percent })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}%", self.figure, if self.above { '>' } else { '<' }, self.percent)
    }
}

/// Why a rule is not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding(String);

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Rule {
    fn is_broken_by(&self, change_percent: f64) -> bool {
        if self.above { change_percent > self.percent } else { change_percent < self.percent }
    }
}

/// How `rule` is broken, if it is.
///
/// A time breaks it on a boot, or in the mean over boots, when the difference is significant and the estimate is beyond the
/// limit; an exact figure when its change is. What was not measured, or too seldom to tell, counts as broken: a check
/// that could not be made has not been passed.
#[must_use]
pub fn broken(rule: &Rule, compare: &Compare) -> Vec<Finding> {
    let id = if rule.figure == TIME { BOOT_COST } else { &rule.figure };
    let question = compare.times.iter().find(|question| question.id == id);
    let counts: Vec<_> = compare.exact.iter().filter(|counts| counts.figure == rule.figure).collect();
    if question.is_none() && counts.is_empty() {
        return vec![Finding(format!("{rule}: {} was not measured", rule.figure))];
    }
    let mut findings = Vec::new();
    if let Some(question) = question {
        let rows = question.rows.iter().map(|row| (row.boot.as_str(), &row.comparison));
        for (boot, comparison) in
            rows.chain(question.total.iter().map(|total| ("the mean of all boots", total)))
        {
            let percent = comparison.ratio.map(|ratio| 100.0 * (ratio - 1.0));
            match (comparison.verdict, percent) {
                (Verdict::TooFew, _) | (_, None) => {
                    let why = comparison.why.as_deref().unwrap_or("too few launches");
                    findings.push(Finding(format!("{rule}: {} cannot be told: {why}", compare.shown(boot))));
                }
                (Verdict::Better | Verdict::Worse, Some(percent)) if rule.is_broken_by(percent) => {
                    findings
                        .push(Finding(format!("{rule}: {} changed by {percent:+.1} %", compare.shown(boot))));
                }
                _ => {}
            }
        }
    }
    for counts in counts {
        let percent = counts.change_percent();
        if rule.is_broken_by(percent) {
            let boot = compare.shown(counts.boot.as_deref().unwrap_or("the sum of all boots"));
            let (before, after) = (counts.baseline, counts.candidate);
            findings.push(Finding(format!("{rule}: {boot} went from {before} to {after}")));
        }
    }
    findings
}
