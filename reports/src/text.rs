//! The summary in a terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell as Shown, CellAlignment, Color, ContentArrangement, Table as Drawn};

use crate::analysis::{Analysis, Boot, answer};
use crate::tables::{Cell, Table, Tone, memory, overview_memory, overview_times, times};
use crate::units::{bytes, plural};

/// How a terminal is written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terminal {
    /// Its width in columns.
    pub width: u16,
    /// Whether it shows colours.
    pub colour: bool,
}

/// The whole summary.
#[must_use]
pub fn summary(analysis: &Analysis, terminal: Terminal) -> String {
    let mut out = String::new();
    for sentence in answer(analysis) {
        paragraph(&mut out, &sentence, terminal.width);
    }
    out.push('\n');
    for shown in [overview_times(analysis), overview_memory(analysis)] {
        table(&mut out, &shown, terminal);
    }
    for boot in &analysis.boots {
        heading(&mut out, boot, terminal);
        table(&mut out, &times(boot, &analysis.baseline), terminal);
        table(&mut out, &memory(boot), terminal);
        for subject in &boot.subjects {
            for failed in &subject.failures {
                paragraph(
                    &mut out,
                    &format!("{}, {}: {}", subject.strategy, failed.quantity, failed.why),
                    terminal.width,
                );
            }
        }
    }
    for note in warnings(analysis) {
        paragraph(&mut out, &format!("note: {note}"), terminal.width);
    }
    out
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
        drawn.add_row(cells.map(|(cell, column)| shown(cell, column.number, terminal)).collect::<Vec<_>>());
    }
    for column in drawn.column_iter_mut() {
        column.set_padding((0, 2));
    }
    out.extend([&table.title, "\n"]);
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

fn shown(cell: &Cell, number: bool, terminal: Terminal) -> Shown {
    let shown = Shown::new(&cell.text).set_alignment(align(number));
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
