//! All figures, and where they come from.

use super::{Subject, boots, change, method, share};
use crate::compare::{Question, is_told, shown};
use crate::tables::{Cell, Table, in_unit};
use crate::units::time;

pub(super) fn tables(subject: &Subject<'_>) -> Vec<Table> {
    let mut tables: Vec<Table> = share::table(subject).into_iter().collect();
    tables.extend(subject.compare.times.iter().map(|question| times(subject, question)));
    tables.extend(subject.compare.times.iter().filter_map(|question| parts(subject, question)));
    tables.extend(exact(subject));
    tables.extend(super::growth::tables(subject));
    tables
}

fn times(subject: &Subject<'_>, question: &Question) -> Table {
    let (baseline, candidate) = subject.heads();
    let heads = ["boot", &format!("{baseline}#"), &format!("{candidate}#"), "ratio#", "interval#", "verdict"];
    let mut table = Table::new(&question.title, &heads);
    for row in &question.rows {
        let mark = if row.below_clock { "<" } else { "" };
        let shown = |ns| Cell::new(format!("{mark}{}", time(ns)));
        let mut cells = vec![
            Cell::new(subject.number(&row.boot)),
            row.baseline_ns.map_or_else(Cell::nothing, shown),
            shown(row.candidate_ns),
        ];
        cells.extend(Cell::judged(&row.comparison));
        table.rows.push(cells);
    }
    if let Some(total) = question.total.as_ref().filter(|_| question.rows.len() > 1) {
        let mut cells = vec![Cell::new("mean"), Cell::new(""), Cell::new("")];
        cells.extend(Cell::judged(total));
        table.rows.push(cells);
    }
    table
}

fn parts(subject: &Subject<'_>, question: &Question) -> Option<Table> {
    let (baseline, candidate) = subject.heads();
    let title = format!("the parts of the boot cost: {baseline}'s, then {candidate}'s");
    let mut table = Table::new(&title, &["boot", "calls#", "hand-over#", "calls#", "hand-over#"]);
    for row in &question.rows {
        let [base, own] = row.parts?;
        let cells = [base.calls_ns, base.hand_over_ns, own.calls_ns, own.hand_over_ns];
        let cells = cells.into_iter().map(|ns| Cell::new(time(ns)));
        table.rows.push(std::iter::once(Cell::new(subject.number(&row.boot))).chain(cells).collect());
    }
    Some(table)
}

fn exact(subject: &Subject<'_>) -> Option<Table> {
    let (baseline, candidate) = subject.heads();
    let heads = ["figure", &format!("{baseline}#"), &format!("{candidate}#"), "change#"];
    let mut table = Table::new("exact figures, over all boots", &heads);
    for figure in shown() {
        let Some(counts) = change::overall(subject).find(|counts| counts.figure == figure.id) else {
            continue;
        };
        if !is_told(figure, counts.baseline, counts.candidate) {
            continue;
        }
        let value = |number| Cell::new(in_unit(figure, number));
        table.rows.push(vec![
            Cell::new(figure.title),
            value(counts.baseline),
            value(counts.candidate),
            Cell::new(counts.change_text()),
        ]);
    }
    (!table.rows.is_empty()).then_some(table)
}

pub(super) fn notes(subject: &Subject<'_>) -> Vec<String> {
    let mut lines = vec![crate::analysis::legend(subject.compare.comparisons)];
    lines.extend(method::at_length(subject));
    lines.extend(boots::origins(subject));
    lines.extend(super::growth::notes(subject));
    lines
}
