//! The report for a repository.

use std::fmt::Write as _;

use crate::analysis::{Analysis, answer};
use crate::plot::Plot;
use crate::tables::{
    Cell, Table, Tone, beyond, by_boot, classes, exact_by_boot, headline, memory, memory_of_all, paid,
    slowest, times, zones,
};
use crate::text::about;

/// The whole report; `plots` lie beside it in `plots/`.
#[must_use]
pub fn report(analysis: &Analysis, plots: &[Plot]) -> String {
    let mut out = String::new();
    if let Some(line) = analysis.first_line() {
        let _ = writeln!(out, "**{}**\n", escape(&line));
    }
    let _ = writeln!(out, "# What a boot costs inside its allocator\n\n{}\n", escape(&answer(analysis)));
    picture(&mut out, plots, "ratios");
    table(&mut out, &headline(analysis), 2);
    let others: Vec<usize> =
        (0..analysis.strategies.len()).filter(|&place| place != analysis.baseline_index()).collect();
    for noisy in &analysis.noisy {
        table(&mut out, &by_boot(analysis, &noisy.id, &others), 2);
    }
    picture(&mut out, plots, "breakers");
    table(&mut out, &memory_of_all(analysis), 2);
    for id in ["instructions", "instructions-calls", "instructions-hand-over"] {
        table(&mut out, &exact_by_boot(analysis, id), 2);
    }
    for line in crate::text::legends(analysis) {
        let _ = writeln!(out, "{}\n", escape(&line));
    }
    for boot in &analysis.boots {
        let _ = writeln!(out, "## {}\n", escape(&boot.shown()));
        if let Some(about) = about(boot) {
            let _ = writeln!(out, "{}\n", escape(&about));
        }
        picture(&mut out, plots, &format!("memory-{}", boot.slug));
        table(&mut out, &times(boot, analysis.headline), 3);
        table(&mut out, &paid(analysis, boot), 3);
        table(&mut out, &memory(boot), 3);
        table(&mut out, &beyond(boot), 3);
        table(&mut out, &zones(boot), 3);
        table(&mut out, &classes(boot), 3);
        table(&mut out, &slowest(boot, 3), 3);
    }
    if let Some(grown) = &analysis.growth {
        out.push_str("## How cost grows\n\n");
        for line in crate::growth::about(&grown.growth) {
            let _ = writeln!(out, "{}\n", escape(&line));
        }
        for plot in plots.iter().filter(|plot| plot.id.starts_with("grow-")) {
            picture(&mut out, plots, &plot.id);
        }
        for shown in crate::growth::tables(&grown.growth) {
            table(&mut out, &shown, 3);
        }
    }
    out.push_str("## How it was measured\n\n");
    for line in crate::method::lines(analysis) {
        let _ = writeln!(out, "- {}", escape(&line));
    }
    for failure in analysis.failures() {
        let _ = writeln!(out, "- Failed: {}", escape(&failure));
    }
    for warning in analysis.warnings() {
        let _ = writeln!(out, "- Warning: {}", escape(&warning));
    }
    out
}

fn picture(out: &mut String, plots: &[Plot], id: &str) {
    for plot in plots.iter().filter(|plot| plot.id == id) {
        let _ =
            writeln!(out, "![{}](plots/{}.svg)\n\n{}\n", escape(&plot.title), plot.id, escape(&plot.caption));
    }
}

/// A table below a heading of this depth; nothing if it has no rows.
pub(crate) fn table(out: &mut String, table: &Table, depth: usize) {
    if table.rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "{} {}\n", "#".repeat(depth), escape(&table.title));
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    out.push_str(&row(table.columns.iter().map(|column| escape(&column.head)).collect()));
    let rules = table.columns.iter().map(|column| if column.number { "--:" } else { "---" });
    out.push_str(&row(rules.map(str::to_owned).collect()));
    for cells in &table.rows {
        out.push_str(&row(cells.iter().map(cell).collect()));
    }
    out.push('\n');
    for note in &table.notes {
        let _ = writeln!(out, "{}\n", escape(note));
    }
}

fn cell(cell: &Cell) -> String {
    let text = escape(&cell.text);
    let text = if matches!(cell.tone, Tone::Alarm) { format!("**{text}**") } else { text };
    if cell.detail.is_empty() { text } else { format!("{text} ({})", escape(&cell.detail)) }
}

/// Text in which nothing is taken for markup.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '\\' | '#' | '~' => {
                escaped.extend(['\\', letter]);
            }
            '\n' | '\r' => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}
