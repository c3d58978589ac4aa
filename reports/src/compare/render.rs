//! A comparison as text, Markdown and comma-separated values.

use std::fmt::Write as _;

use benches::figures::{Figure, Unit, figure};

use super::{Compare, Counts, Question, shown};
use crate::markdown;
use crate::tables::{Cell, Table, Tone};
use crate::text::{self, Terminal};
use crate::units::{bytes, capital, count, time};

/// For a terminal.
#[must_use]
pub fn text(compare: &Compare, terminal: Terminal) -> String {
    let mut out = String::new();
    text::paragraph(&mut out, &heading(compare), terminal.width);
    out.push('\n');
    for table in tables(compare) {
        text::table(&mut out, &table, terminal);
    }
    for line in compare.failures.iter().map(|failure| format!("failed: {failure}")).chain(notes(compare)) {
        text::paragraph(&mut out, &line, terminal.width);
    }
    out
}

/// For a repository.
#[must_use]
pub fn markdown(compare: &Compare) -> String {
    let mut out = format!("# {}\n\n", markdown::escape(&heading(compare)));
    for table in tables(compare) {
        markdown::table(&mut out, &table, 2);
    }
    for line in compare.failures.iter().map(|failure| format!("failed: {failure}")).chain(notes(compare)) {
        let _ = writeln!(out, "- {}", markdown::escape(&line));
    }
    out
}

fn heading(compare: &Compare) -> String {
    format!("{} against {}, the baseline", compare.candidate, compare.baseline)
}

fn notes(compare: &Compare) -> impl Iterator<Item = String> {
    compare.notes.iter().map(|note| format!("note: {note}"))
}

fn tables(compare: &Compare) -> Vec<Table> {
    let mut tables: Vec<Table> = compare.times.iter().map(|question| times(compare, question)).collect();
    if let Some(last) = tables.last_mut() {
        last.notes.push(format!(
            "Medians; the ratio is {}'s over {}'s: below 1 takes less time. All: the geometric mean over boots. Intervals \
             are of 95 %; verdicts are corrected for {} comparisons: ~ no difference is shown, ? cannot be told: too few launches, or \
             all alike to the clock.",
            compare.candidate, compare.baseline, compare.comparisons
        ));
    }
    tables.extend(exact(compare));
    tables
}

fn times(compare: &Compare, question: &Question) -> Table {
    let heads = ["boot".into(), format!("{}#", compare.baseline), format!("{}#", compare.candidate)];
    let rest = ["ratio#", "interval#", "verdict"].map(str::to_owned);
    let heads: Vec<String> = heads.into_iter().chain(rest).collect();
    let title = format!("{} (noisy)", capital(&question.title));
    let mut table = Table::new(&title, &heads.iter().map(String::as_str).collect::<Vec<_>>());
    for row in &question.rows {
        let base = row.baseline_ns.map_or_else(Cell::nothing, |ns| Cell::new(time(ns)));
        let both = [Cell::new(&row.boot), base, Cell::new(time(row.candidate_ns))];
        table.rows.push(both.into_iter().chain(Cell::judged(&row.comparison)).collect());
    }
    if let Some(total) = &question.total {
        let blank = || Cell::new("");
        table
            .rows
            .push([Cell::new("all"), blank(), blank()].into_iter().chain(Cell::judged(total)).collect());
    }
    table
}

/// The sums, and of single boots what differs.
fn exact(compare: &Compare) -> Option<Table> {
    if compare.exact.is_empty() {
        return None;
    }
    let heads = ["figure".into(), format!("{}#", compare.baseline), format!("{}#", compare.candidate)];
    let heads: Vec<String> = heads.into_iter().chain(["change#".to_owned()]).collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let mut table =
        Table::new("Exact figures, summed over the boots; below, the boots on which they differ", &heads);
    for figure in shown() {
        let of = |counts: &&Counts| counts.figure == figure.id;
        for counts in compare.exact.iter().filter(of).filter(|counts| counts.boot.is_none()) {
            table.rows.push(row(figure, figure.title.to_owned(), counts));
        }
        let boots = compare.exact.iter().filter(of).filter(|counts| counts.boot.is_some());
        let differ: Vec<_> = boots.filter(|counts| counts.baseline != counts.candidate).collect();
        for counts in differ {
            table.rows.push(row(figure, format!("  {}", counts.boot.as_deref().unwrap_or_default()), counts));
        }
    }
    Some(table)
}

fn row(figure: &Figure, name: String, counts: &Counts) -> Vec<Cell> {
    let shown = |number| Cell::new(if figure.unit == Unit::Bytes { bytes(number) } else { count(number) });
    let tone = if counts.baseline == counts.candidate { Tone::Faint } else { Tone::Plain };
    let change = Cell::new(counts.change_text()).tone(tone);
    vec![Cell::new(name), shown(counts.baseline), shown(counts.candidate), change]
}

/// For a spreadsheet: one line for each figure of each boot, exact ones and noisy ones told apart by `kind`.
#[must_use]
pub fn csv(compare: &Compare) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heads =
        ["kind", "boot", "figure", "unit", "baseline", "candidate", "ratio", "low", "high", "verdict"];
    // A vector takes whatever is written to it.
    let mut put = |row: [String; 10]| drop(writer.write_record(row));
    put(heads.map(str::to_owned));
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for question in &compare.times {
        let rows = question
            .rows
            .iter()
            .map(|row| (row.boot.as_str(), row.baseline_ns, Some(row.candidate_ns), &row.comparison));
        let total = question.total.iter().map(|total| ("all", None, None, total));
        for (boot, base, candidate, comparison) in rows.chain(total) {
            put([
                "noisy".into(),
                boot.into(),
                question.id.clone(),
                "ns".into(),
                number(base),
                number(candidate),
                number(comparison.ratio),
                number(comparison.interval.map(|range| range.low)),
                number(comparison.interval.map(|range| range.high)),
                comparison.verdict.to_string(),
            ]);
        }
    }
    for counts in &compare.exact {
        let figure = figure(&counts.figure);
        let unit = if figure.is_some_and(|figure| figure.unit == Unit::Bytes) { "bytes" } else { "count" };
        let boot = counts.boot.as_deref().unwrap_or("all");
        let figures = [counts.baseline, counts.candidate].map(|number| number.to_string());
        let [base, candidate] = figures;
        let none = String::new;
        let named = ["exact", boot, counts.figure.as_str(), unit].map(str::to_owned);
        let [kind, boot, figure, unit] = named;
        put([kind, boot, figure, unit, base, candidate, none(), none(), none(), none()]);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
