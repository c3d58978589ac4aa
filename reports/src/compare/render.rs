//! A comparison as text, Markdown and comma-separated values.

use std::fmt::Write as _;

use benches::figures::{Figure, Unit};

use super::{Compare, Counts, Question, is_told, shown};
use crate::analysis::legend;
use crate::markdown;
use crate::tables::{Cell, Table, Tone, in_unit};
use crate::text::{self, Terminal};
use crate::units::{capital, time};

/// For a terminal.
#[must_use]
pub fn text(compare: &Compare, terminal: Terminal) -> String {
    let mut out = String::new();
    if let Some(line) = incomplete(compare) {
        text::paragraph(&mut out, &line, terminal.width);
        out.push('\n');
    }
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
    let mut out = String::new();
    if let Some(line) = incomplete(compare) {
        let _ = writeln!(out, "**{}**\n", markdown::escape(&line));
    }
    let _ = writeln!(out, "# {}\n", markdown::escape(&heading(compare)));
    for table in tables(compare) {
        markdown::table(&mut out, &table, 2);
    }
    for line in compare.failures.iter().map(|failure| format!("failed: {failure}")).chain(notes(compare)) {
        let _ = writeln!(out, "- {}", markdown::escape(&line));
    }
    out
}

fn incomplete(compare: &Compare) -> Option<String> {
    (!compare.incomplete.is_empty()).then(|| format!("INCOMPLETE: {}.", compare.incomplete.join("; ")))
}

fn heading(compare: &Compare) -> String {
    format!("{} against {}, the baseline, over {}", compare.candidate, compare.baseline, compare.scope)
}

fn notes(compare: &Compare) -> impl Iterator<Item = String> {
    compare.notes.iter().map(|note| format!("note: {note}"))
}

fn tables(compare: &Compare) -> Vec<Table> {
    let mut tables: Vec<Table> = compare
        .times
        .iter()
        .flat_map(|question| [Some(times(compare, question)), parts(compare, question)])
        .flatten()
        .collect();
    if let Some(last) = tables.last_mut() {
        last.notes.push(format!(
            "Boots are in order of memory. The ratio is {}'s time over {}'s: below 1 takes less; mean: the geometric mean of the \
             boots. Intervals are of 95 %. {}",
            compare.candidate,
            compare.baseline,
            legend(compare.comparisons)
        ));
        if compare.times.iter().any(|question| question.rows.iter().any(|row| row.below_clock)) {
            last.notes.push("<: below ten steps of the clock, and known no better than that.".into());
        }
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
        let mark = if row.below_clock { "<" } else { "" };
        let shown = |ns| Cell::new(format!("{mark}{}", time(ns)));
        let both = [
            Cell::new(compare.shown(&row.boot)),
            row.baseline_ns.map_or_else(Cell::nothing, shown),
            shown(row.candidate_ns),
        ];
        table.rows.push(both.into_iter().chain(Cell::judged(&row.comparison)).collect());
    }
    if let Some(total) = question.total.as_ref().filter(|_| question.rows.len() > 1) {
        let blank = || Cell::new("");
        table
            .rows
            .push([Cell::new("mean"), blank(), blank()].into_iter().chain(Cell::judged(total)).collect());
    }
    table
}

/// The parts of a boot's cost, which sum up to it.
fn parts(compare: &Compare, question: &Question) -> Option<Table> {
    let title = format!("Its parts: {}'s, then {}'s", compare.baseline, compare.candidate);
    let mut table = Table::new(&title, &["boot", "calls#", "hand-over#", "calls#", "hand-over#"]);
    for row in &question.rows {
        let [base, own] = row.parts?;
        let cells = [base.calls_ns, base.hand_over_ns, own.calls_ns, own.hand_over_ns];
        let cells = cells.into_iter().map(|ns| Cell::new(time(ns)));
        table.rows.push(std::iter::once(Cell::new(compare.shown(&row.boot))).chain(cells).collect());
    }
    Some(table)
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
        Table::new("Exact figures over all boots; below each, the boots on which they differ", &heads);
    for figure in shown() {
        let of = |counts: &&Counts| counts.figure == figure.id;
        let told = |counts: &&Counts| is_told(figure, counts.baseline, counts.candidate);
        let differs = compare.exact.iter().filter(of).any(|counts| counts.baseline != counts.candidate);
        let overall = compare.exact.iter().filter(of).filter(|counts| counts.boot.is_none());
        for counts in overall.filter(|counts| differs || told(counts)) {
            table.rows.push(row(figure, figure.title.to_owned(), counts));
        }
        let boots = compare.exact.iter().filter(of).filter(|counts| counts.boot.is_some());
        let differ: Vec<_> = boots.filter(|counts| counts.baseline != counts.candidate).collect();
        for counts in differ {
            table.rows.push(row(
                figure,
                format!("  {}", compare.shown(counts.boot.as_deref().unwrap_or_default())),
                counts,
            ));
        }
    }
    Some(table)
}

fn row(figure: &Figure, name: String, counts: &Counts) -> Vec<Cell> {
    let shown = |number| Cell::new(in_unit(figure, number));
    let tone = if counts.baseline == counts.candidate { Tone::Faint } else { Tone::Plain };
    let change = Cell::new(counts.change_text()).tone(tone);
    vec![Cell::new(name), shown(counts.baseline), shown(counts.candidate), change]
}

/// For a spreadsheet: one line for each figure of each boot, exact ones and noisy ones told apart by `kind`, with the answers
/// that the boot's log holds and those of them that nothing explains.
#[must_use]
pub fn csv(compare: &Compare) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heads =
        ["kind", "boot", "figure", "unit", "baseline", "candidate", "ratio", "low", "high", "verdict"];
    // A vector takes whatever is written to it.
    let mut put = |row: [String; 10], proof: [String; 2]| drop(writer.write_record(row.iter().chain(&proof)));
    put(heads.map(str::to_owned), ["answers", "unexplained"].map(str::to_owned));
    let proof = |boot: &str| {
        let answers = compare.proof(boot).map(|proof| proof.answers);
        let all = answers.map(|answers| [answers.all(), answers.unexplained].map(|count| count.to_string()));
        all.unwrap_or_default()
    };
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for question in &compare.times {
        let rows = question
            .rows
            .iter()
            .map(|row| (row.boot.as_str(), row.baseline_ns, Some(row.candidate_ns), &row.comparison));
        let total = question.total.iter().map(|total| ("mean", None, None, total));
        for (boot, base, candidate, comparison) in rows.chain(total) {
            let row = [
                "noisy".into(),
                boot.into(),
                question.id.clone(),
                "ns".into(),
                number(base),
                number(candidate),
                number(comparison.ratio),
                number(comparison.interval.map(|range| range.low)),
                number(comparison.interval.map(|range| range.high)),
                comparison.verdict.word().into(),
            ];
            put(row, proof(boot));
        }
    }
    for counts in &compare.exact {
        let unit = match counts.what().map(|figure| figure.unit) {
            Some(Unit::Bytes) => "bytes",
            Some(Unit::Instructions) => "instructions",
            _ => "count",
        };
        let boot = counts.boot.as_deref().unwrap_or("all");
        let figures = [counts.baseline, counts.candidate].map(|number| number.to_string());
        let [base, candidate] = figures;
        let none = String::new;
        let named = ["exact", boot, &counts.figure, unit].map(str::to_owned);
        let [kind, boot, figure, unit] = named;
        let proof = proof(&boot);
        put([kind, boot, figure, unit, base, candidate, none(), none(), none(), none()], proof);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
