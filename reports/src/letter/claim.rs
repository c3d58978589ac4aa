//! What may be said, and what speaks against it.

use super::Subject;
use crate::analysis::{Comparison, Verdict};
use benches::figures::{Better, FIGURES, Figure, Unit};

use crate::compare::{Counts, Question, Row, shown as shown_figures};
use crate::units::{bytes, capital, count, digits, list, plural, time};

/// A difference below this share of the boot, or below this time where that is not known, is too small to matter.
const SHARE_THAT_MATTERS: f64 = 0.001;
const NS_THAT_MATTER: f64 = 1e6;

/// The answer, a sentence or two each: on time, on what that amounts to, and on memory.
pub(super) fn claims(subject: &Subject<'_>) -> Vec<String> {
    let mut said = Vec::new();
    match subject.compare.times.iter().find(|question| question.id == "time") {
        Some(question) => {
            said.push(on_time(subject, question));
            said.extend(amount(subject, question));
        }
        None => said.push("The time of whole boots was not measured.".to_owned()),
    }
    said.extend(on_memory(subject));
    said
}

fn on_time(subject: &Subject<'_>, question: &Question) -> String {
    let (candidate, baseline) = (&subject.compare.candidate, &subject.compare.baseline);
    let boots = plural(question.rows.len(), "recorded boot");
    let overall = question.total.as_ref().map_or_else(
        || format!("Over {boots} there is no ratio of {candidate} to {baseline}."),
        |total| format!("Over {boots}, {}.", overall(candidate, baseline, total)),
    );
    let of = |verdict| question.rows.iter().filter(|row| row.comparison.verdict == verdict).count();
    let counts = [
        (Verdict::Better, "takes less time on"),
        (Verdict::Worse, "takes more on"),
        (Verdict::OnlyAlone, "is not significant after correction on"),
        (Verdict::NoDifference, "shows no difference on"),
        (Verdict::TooFew, "cannot be judged on"),
    ];
    let by_boot: Vec<String> = counts
        .into_iter()
        .map(|(verdict, words)| (of(verdict), words))
        .filter(|(number, _)| *number > 0)
        .map(|(number, words)| format!("{words} {number}"))
        .collect();
    format!("{overall} By boot, it {}.", list(&by_boot))
}

fn overall(candidate: &str, baseline: &str, total: &Comparison) -> String {
    let (Some(ratio), Some(interval)) = (total.ratio, total.interval) else {
        return format!("there are too few launches to compare {candidate} with {baseline}");
    };
    let percent = |ratio: f64| digits(100.0 * (ratio - 1.0).abs());
    match total.verdict {
        Verdict::Better => format!(
            "{candidate} takes {} % less time than {baseline} for all allocator calls of a boot (geometric mean, 95 % \
             interval {} % to {} %)",
            percent(ratio),
            percent(interval.high),
            percent(interval.low)
        ),
        Verdict::Worse if ratio >= 2.0 => format!(
            "{candidate} takes {} times as long as {baseline} for all allocator calls of a boot (geometric mean, 95 % \
             interval {} to {})",
            digits(ratio),
            digits(interval.low),
            digits(interval.high)
        ),
        Verdict::Worse => format!(
            "{candidate} takes {} % more time than {baseline} for all allocator calls of a boot (geometric mean, 95 % \
             interval {} % to {} %)",
            percent(ratio),
            percent(interval.low),
            percent(interval.high)
        ),
        Verdict::OnlyAlone | Verdict::NoDifference | Verdict::TooFew => {
            let seen = total.detectable.map_or_else(String::new, |share| {
                format!("; one of {} % would have been found", digits(100.0 * share))
            });
            format!("no difference in time is shown between {candidate} and {baseline}{seen}")
        }
    }
}

/// What the differences amount to: microseconds of a boot of seconds.
fn amount(subject: &Subject<'_>, question: &Question) -> Option<String> {
    let shown = question.rows.iter().filter(|row| row.comparison.differs());
    let size = |row: &Row| Some((row.candidate_ns - row.baseline_ns?).abs());
    let largest =
        shown.filter_map(|row| Some((row, size(row)?))).max_by(|one, other| one.1.total_cmp(&other.1));
    let (row, ns) = largest?;
    let from_to = format!("from {} to {}", time(row.baseline_ns?), time(row.candidate_ns));
    let change =
        format!("In absolute terms the largest change is {from_to}, on boot {}", subject.number(&row.boot));
    let matters = match subject.recorded_ns(&row.boot) {
        Some(boot) if ns < SHARE_THAT_MATTERS * boot => {
            format!(
                "That is {} % of the recorded boot: real, but too small to matter by itself",
                share(ns, boot)
            )
        }
        Some(boot) => format!("That is {} % of the recorded boot", share(ns, boot)),
        None if ns < NS_THAT_MATTER => {
            "How long that boot took is not recorded; of a boot of one second it would be ".to_owned()
                + &share(ns, 1e9)
                + " %: real, but too small to matter by itself"
        }
        None => format!(
            "How long that boot took is not recorded; of a boot of one second it would be {} %",
            share(ns, 1e9)
        ),
    };
    Some(format!("{change}. {matters}."))
}

/// A part in per cent, to two digits, without an exponent.
pub(super) fn share(part: f64, whole: f64) -> String {
    let percent = 100.0 * part / whole;
    if percent >= 1.0 {
        return digits(percent);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few digits")]
    let places = (1.0 - percent.max(1e-12).log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{percent:.places$}")
}

fn on_memory(subject: &Subject<'_>) -> Option<String> {
    let sums: Vec<&Counts> = subject.compare.exact.iter().filter(|counts| counts.boot.is_none()).collect();
    if sums.is_empty() {
        return None;
    }
    let changed = |wanted: Option<bool>| -> Vec<String> {
        sums.iter().filter(|counts| gains(counts) == wanted).filter_map(|counts| told(counts)).collect()
    };
    let (better, worse) = (changed(Some(true)), changed(Some(false)));
    let (candidate, none) = (&subject.compare.candidate, "nothing");
    let words = |changes: &[String]| if changes.is_empty() { none.to_owned() } else { list(changes) };
    Some(format!(
        "Exactly counted, {candidate} is better in {}, and worse in {}.",
        words(&better),
        words(&worse)
    ))
}

/// A change in words; `None` if it is too small to be seen in the figures.
fn told(counts: &Counts) -> Option<String> {
    let figure = figure(counts);
    let shown = |number| if figure.unit == Unit::Bytes { bytes(number) } else { count(number) };
    let (before, after) = (shown(counts.baseline), shown(counts.candidate));
    (before != after).then(|| format!("{} ({after} instead of {before})", figure.title))
}

fn figure(counts: &Counts) -> &'static Figure {
    benches::figures::figure(&counts.figure).unwrap_or(&FIGURES[0])
}

/// Whether the candidate's is the better one; `None` where neither is.
fn gains(counts: &Counts) -> Option<bool> {
    let less = figure(counts).better? == Better::Less;
    (counts.baseline != counts.candidate).then_some((counts.candidate < counts.baseline) == less)
}

/// On which boots, and in what, it is no help.
pub(super) fn limits(subject: &Subject<'_>) -> Vec<String> {
    let compare = subject.compare;
    let numbers = |boots: Vec<String>| {
        let all = boots.len() > 1 && boots.len() == subject.analysis.boots.len();
        if all { "all boots".to_owned() } else { boots.join(" ") }
    };
    let mut lines = Vec::new();
    for question in &compare.times {
        let of = |verdict| {
            let rows = question.rows.iter().filter(|row| row.comparison.verdict == verdict);
            rows.map(|row| subject.number(&row.boot)).collect::<Vec<_>>()
        };
        let parts: Vec<String> = [
            (Verdict::Worse, "more on"),
            (Verdict::OnlyAlone, "not significant after correction on"),
            (Verdict::NoDifference, "no difference shown on"),
            (Verdict::TooFew, "cannot be told on"),
        ]
        .into_iter()
        .map(|(verdict, words)| (words, of(verdict)))
        .filter(|(_, boots)| !boots.is_empty())
        .map(|(words, boots)| format!("{words} {}", numbers(boots)))
        .collect();
        if !parts.is_empty() {
            lines.push(format!("{}: {}.", capital(&question.title), parts.join("; ")));
        }
    }
    for figure in shown_figures() {
        let boots =
            compare.exact.iter().filter(|counts| counts.figure == figure.id && gains(counts) == Some(false));
        let boots: Vec<String> =
            boots.filter_map(|counts| Some(subject.number(counts.boot.as_deref()?))).collect();
        if !boots.is_empty() {
            lines.push(format!("{}: worse on {}.", capital(figure.title), numbers(boots)));
        }
    }
    lines.extend(compare.failures.iter().map(|failure| format!("Failed: {failure}.")));
    lines
}
