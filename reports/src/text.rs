//! The summary in a terminal.

use std::fmt::Write as _;

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell as Shown, CellAlignment, Color, ContentArrangement, Table as Drawn};

use crate::analysis::{Analysis, Boot, answer};
use crate::tables::{Cell, Table, Tone, glance, memory, overview_memory, overview_times, times};
use crate::units::{bytes, plural};

/// How a terminal is written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terminal {
    /// Its width in columns.
    pub width: u16,
    /// Whether it shows colours.
    pub colour: bool,
}

/// With more boots than this, one line is printed for each, and its tables are left to the page.
const BOOTS_IN_FULL: usize = 2;

/// Failures that are told one by one.
const FAILURES: usize = 5;

/// Whether intervals stand below their figures, or are left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Details {
    Shown,
    LeftOut,
}

/// The summary: first the answer, then all boots together, then each.
#[must_use]
pub fn summary(analysis: &Analysis, terminal: Terminal) -> String {
    let mut out = String::new();
    for sentence in answer(analysis) {
        paragraph(&mut out, &sentence, terminal.width);
    }
    out.push('\n');
    for shown in [overview_times(analysis), overview_memory(analysis)] {
        table_with(&mut out, &shown, terminal, Details::Shown);
    }
    if analysis.boots.len() > BOOTS_IN_FULL {
        for shown in glance(analysis) {
            table(&mut out, &shown, terminal);
        }
    } else {
        for boot in &analysis.boots {
            heading(&mut out, boot, terminal);
            table(&mut out, &times(boot, &analysis.baseline), terminal);
            table(&mut out, &memory(boot), terminal);
        }
    }
    let failures = failures(analysis);
    for failure in failures.iter().take(FAILURES) {
        paragraph(&mut out, &format!("failed: {failure}"), terminal.width);
    }
    if let Some(more) = failures.len().checked_sub(FAILURES).filter(|&more| more > 0) {
        paragraph(&mut out, &format!("failed: {more} more, which the page names"), terminal.width);
    }
    for note in warnings(analysis) {
        paragraph(&mut out, &format!("note: {note}"), terminal.width);
    }
    out
}

/// What was tried and gave no result.
fn failures(analysis: &Analysis) -> Vec<String> {
    let of = |boot: &Boot| {
        let subjects = boot.subjects.iter().flat_map(|subject| {
            subject.failures.iter().map(|failed| {
                format!("{} of {} on {}: {}", failed.quantity, subject.strategy, boot.name, failed.why)
            })
        });
        subjects.collect::<Vec<_>>()
    };
    analysis.boots.iter().flat_map(of).collect()
}

/// What may have spoiled the measurement, and what was left out.
pub(crate) fn warnings(analysis: &Analysis) -> Vec<String> {
    let mut notes: Vec<String> =
        analysis.runs.iter().flat_map(|run| &run.warnings).map(ToString::to_string).collect();
    notes.sort();
    notes.dedup();
    notes.extend(analysis.notes.iter().cloned());
    notes
}

fn heading(out: &mut String, boot: &Boot, terminal: Terminal) {
    let bold = if terminal.colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    out.extend([bold.0, &boot.name, bold.1, "\n"]);
    if let Some(about) = about(boot) {
        paragraph(out, &about, terminal.width);
    }
}

/// A boot's machine in one line.
pub(crate) fn about(boot: &Boot) -> Option<String> {
    let facts = boot.facts.as_ref()?;
    Some(format!(
        "{}: {} on {}, Linux {}, {}",
        facts.machine,
        bytes(facts.memory_bytes),
        plural(facts.nodes, "node"),
        facts.kernel,
        plural(facts.allocations, "allocation"),
    ))
}

/// A table, its title above it and its notes below.
pub(crate) fn table(out: &mut String, table: &Table, terminal: Terminal) {
    table_with(out, table, terminal, Details::LeftOut);
}

fn table_with(out: &mut String, table: &Table, terminal: Terminal, details: Details) {
    if table.rows.is_empty() {
        return;
    }
    let mut drawn = Drawn::new();
    drawn.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    if terminal.colour {
        drawn.enforce_styling();
    }
    let head = table.columns.iter().filter(|column| !column.extra).map(|column| {
        let cell = Shown::new(&column.head).set_alignment(align(column.number));
        if terminal.colour { cell.add_attribute(Attribute::Dim) } else { cell }
    });
    drawn.set_header(head.collect::<Vec<_>>());
    for row in &table.rows {
        let cells = row.iter().zip(&table.columns).filter(|(_, column)| !column.extra);
        drawn.add_row(
            cells.map(|(cell, column)| shown(cell, column.number, terminal, details)).collect::<Vec<_>>(),
        );
    }
    for column in drawn.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let (bold, plain) = if terminal.colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    out.extend([bold, &table.title, plain, "\n"]);
    for line in drawn.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    for note in &table.notes {
        paragraph(out, note, terminal.width);
    }
    out.push('\n');
}

const fn align(number: bool) -> CellAlignment {
    if number { CellAlignment::Right } else { CellAlignment::Left }
}

fn shown(cell: &Cell, number: bool, terminal: Terminal, details: Details) -> Shown {
    let text = if details == Details::Shown && !cell.detail.is_empty() {
        format!("{}\n{}", cell.text, cell.detail)
    } else {
        cell.text.clone()
    };
    let shown = Shown::new(text).set_alignment(align(number));
    match cell.tone {
        _ if !terminal.colour => shown,
        Tone::Plain => shown,
        Tone::Better => shown.fg(Color::Green),
        Tone::Worse => shown.fg(Color::Yellow),
        Tone::Faint => shown.add_attribute(Attribute::Dim),
        Tone::Alarm => shown.fg(Color::Red),
    }
}

/// A paragraph, wrapped.
pub(crate) fn paragraph(out: &mut String, text: &str, width: u16) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > usize::from(width) {
            out.push('\n');
            column = 0;
        }
        if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
}

/// A label, and its text wrapped beside it from this column on.
pub(crate) fn labelled(out: &mut String, label: &str, text: &str, column: u16, width: u16) {
    let mut wrapped = String::new();
    paragraph(&mut wrapped, text, width.saturating_sub(column));
    for (index, line) in wrapped.lines().enumerate() {
        let label = if index == 0 { label } else { "" };
        let _ = writeln!(out, "{label:<0$}{line}", usize::from(column));
    }
}
