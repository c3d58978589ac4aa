//! Where it is worse.

use super::Subject;
use super::change::{overall, told};
use super::matter::{figure_matters, time_matters};
use crate::analysis::Verdict;
use crate::compare::{Question, Row};
use crate::units::{capital, list, time};

/// Failures that are told one by one.
const FAILURES: usize = 3;

pub(super) fn worse(subject: &Subject<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut small = Vec::new();
    for question in &subject.compare.times {
        match in_time(subject, question) {
            Some((line, true)) => lines.push(line),
            Some((line, false)) => small.push(line),
            None => {}
        }
    }
    let worse = overall(subject).filter(|counts| counts.gains() == Some(false) && figure_matters(counts));
    let worse: Vec<String> = worse.filter_map(told).collect();
    if !worse.is_empty() {
        lines.push(format!("Exactly counted, over all boots: {}.", list(&worse)));
    }
    let failures = &subject.compare.failures;
    lines.extend(failures.iter().take(FAILURES).map(|failure| format!("Failed: {failure}.")));
    if failures.len() > FAILURES {
        lines.push(format!("{} more failures.", failures.len() - FAILURES));
    }
    if lines.is_empty() {
        lines.push("Nowhere by what matters, in what was measured.".into());
    }
    if !small.is_empty() {
        lines.push(format!("More time, but too little to matter: {}.", small.join("; ")));
    }
    lines
}

/// On which boots a time is longer, and whether that matters.
fn in_time(subject: &Subject<'_>, question: &Question) -> Option<(String, bool)> {
    let more = || question.rows.iter().filter(|row| row.comparison.verdict == Verdict::Worse);
    let difference = |row: &Row| row.baseline_ns.map_or(0.0, |ns| row.candidate_ns - ns);
    let most = more().max_by(|one, other| difference(one).total_cmp(&difference(other)))?;
    let boots = subject.numbers(more().map(|row| row.boot.as_str()));
    let matters = more().any(|row| time_matters(difference(row), subject.recorded_ns(&row.boot)));
    let at_most = time(difference(most));
    let name = question.title.split(':').next().unwrap_or(&question.title);
    let line = format!("{name}, by at most {at_most} on {boots}");
    Some(if matters { (capital(&line) + ".", true) } else { (line, false) })
}
