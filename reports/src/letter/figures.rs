//! The tables of a letter.

use super::Subject;
use super::claim::share;
use crate::analysis::{Comparison, Verdict};
use benches::figures::Unit;

use crate::compare::{Counts, Question, shown as shown_figures};
use crate::tables::{Cell, Table};
use crate::units::{bytes, count, time};

/// How to read them.
pub(super) fn convention(subject: &Subject<'_>) -> String {
    let timed = subject
        .compare
        .times
        .iter()
        .any(|question| question.rows.iter().any(|row| subject.recorded_ns(&row.boot).is_some()));
    let shares = if timed {
        "Share is the baseline's part of the recorded boot, by the kernel's clock at its `Memory:' line; - where the log \
         has no such time."
    } else {
        "None of the logs tells how long its boot took, so no share of it is given."
    };
    format!(
        "Gains are as in MMTests: (baseline - candidate) / baseline, so more is better. * marks what is significant at 5 % \
         after Holm's correction for {} comparisons; the interval (95 %) is of the one figure. Times are medians. {shares}",
        subject.compare.comparisons
    )
}

pub(super) fn tables(subject: &Subject<'_>) -> Vec<Table> {
    let wanted = |question: &&Question| question.id != "p50" && !question.id.ends_with("-threads");
    let questions = subject.compare.times.iter().filter(wanted);
    let mut tables: Vec<Table> = questions.map(|question| times(subject, question)).collect();
    tables.extend(exact(subject));
    tables
}

fn times(subject: &Subject<'_>, question: &Question) -> Table {
    let of_boot = question.id == "time";
    let shared = of_boot && question.rows.iter().any(|row| subject.recorded_ns(&row.boot).is_some());
    let (baseline, candidate) = (&subject.compare.baseline, &subject.compare.candidate);
    let mut heads =
        vec!["boot".into(), format!("{baseline}#"), format!("{candidate}#"), "gain#".into(), " ".into()];
    heads.push("interval#".into());
    heads.extend(shared.then(|| "share#".to_owned()));
    let mut table = Table::new(&question.title, &heads.iter().map(String::as_str).collect::<Vec<_>>());
    for row in &question.rows {
        let mut cells = vec![
            Cell::new(subject.number(&row.boot)),
            row.baseline_ns.map_or_else(Cell::nothing, |ns| Cell::new(time(ns))),
            Cell::new(time(row.candidate_ns)),
        ];
        cells.extend(gain(&row.comparison));
        if shared {
            let part = row.baseline_ns.zip(subject.recorded_ns(&row.boot));
            cells.push(
                part.map_or_else(Cell::nothing, |(ns, boot)| Cell::new(format!("{} %", share(ns, boot)))),
            );
        }
        table.rows.push(cells);
    }
    if let Some(total) = &question.total {
        let mut cells = vec![Cell::new("mean"), Cell::new(""), Cell::new("")];
        cells.extend(gain(total));
        cells.extend(shared.then(|| Cell::new("")));
        table.rows.push(cells);
    }
    table
}

/// The gain, its star and its interval.
fn gain(comparison: &Comparison) -> [Cell; 3] {
    let percent = |ratio: f64| {
        let gain = 100.0 * (1.0 - ratio);
        // Of a multiple, tenths of a per cent say nothing.
        if gain.abs() < 999.5 { format!("{gain:.1}") } else { format!("{gain:.0}") }
    };
    let star = match comparison.verdict {
        Verdict::Better | Verdict::Worse => "*",
        Verdict::OnlyAlone | Verdict::NoDifference => "",
        Verdict::TooFew => "?",
    };
    let gain = comparison.ratio.map_or_else(|| "-".into(), |ratio| format!("{} %", percent(ratio)));
    let interval = comparison
        .interval
        .map_or_else(String::new, |range| format!("{} to {}", percent(range.high), percent(range.low)));
    [Cell::new(gain), Cell::new(star), Cell::new(interval)]
}

fn exact(subject: &Subject<'_>) -> Option<Table> {
    let sums: Vec<&Counts> = subject.compare.exact.iter().filter(|counts| counts.boot.is_none()).collect();
    let (baseline, candidate) = (&subject.compare.baseline, &subject.compare.candidate);
    let heads = ["figure".to_owned(), format!("{baseline}#"), format!("{candidate}#"), "change#".into()];
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut table = Table::new("exact figures, summed over the boots", &heads);
    for figure in shown_figures() {
        let Some(counts) = sums.iter().find(|counts| counts.figure == figure.id) else { continue };
        let shown =
            |number| Cell::new(if figure.unit == Unit::Bytes { bytes(number) } else { count(number) });
        table.rows.push(vec![
            Cell::new(figure.title),
            shown(counts.baseline),
            shown(counts.candidate),
            Cell::new(counts.change_text()),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}
