//! The summary in a terminal.

use std::fmt::Write as _;

use benches::probe::Floor;
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell as Shown, CellAlignment, Color, ContentArrangement, Table as Drawn};

use crate::analysis::{Analysis, Boot, answer, legend};
use crate::tables::{
    Cell, LEGEND, Table, Tone, beyond, by_boot, headline, memory, memory_of_all, paid, times,
};
use crate::units::{bytes, digits, plural};

/// How a terminal is written to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terminal {
    /// Its width in columns.
    pub width: u16,
    /// Whether it shows colours.
    pub colour: bool,
}

/// Failures that are told one by one.
const FAILURES: usize = 3;

/// How much is printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Details {
    /// All boots in one table.
    Overview,
    /// Then each boot for itself.
    EachBoot,
}

/// The summary: the table that answers the question, what it says in a sentence, and what lies behind it.
#[must_use]
pub fn summary(analysis: &Analysis, terminal: Terminal, details: Details) -> String {
    let mut out = String::new();
    if let Some(line) = analysis.first_line() {
        let (alarm, plain) = if terminal.colour { ("\u{1b}[31m", "\u{1b}[0m") } else { ("", "") };
        let mut told = String::new();
        paragraph(&mut told, &line, terminal.width);
        out.extend([alarm, told.trim_end(), plain, "\n\n"]);
    }
    table(&mut out, &headline(analysis), terminal);
    paragraph(&mut out, &answer(analysis), terminal.width);
    out.push('\n');
    for shown in fitting(analysis, terminal.width) {
        table(&mut out, &shown, terminal);
    }
    table(&mut out, &memory_of_all(analysis), terminal);
    if details == Details::EachBoot {
        for boot in &analysis.boots {
            heading(&mut out, boot, terminal);
            table(&mut out, &times(boot, analysis.headline), terminal);
            table(&mut out, &paid(analysis, boot), terminal);
            table(&mut out, &memory(boot), terminal);
            table(&mut out, &beyond(boot), terminal);
        }
    }
    for line in legends(analysis) {
        match details {
            Details::Overview if line == LEGEND => {}
            _ => paragraph(&mut out, &line, terminal.width),
        }
    }
    if details == Details::Overview {
        paragraph(&mut out, "--details shows each boot, and what the columns are.", terminal.width);
    }
    let failures = analysis.failures();
    for failure in failures.iter().take(FAILURES) {
        paragraph(&mut out, &format!("failed: {failure}"), terminal.width);
    }
    if let Some(more) = failures.len().checked_sub(FAILURES).filter(|&more| more > 0) {
        paragraph(&mut out, &format!("failed: {more} more, which the page names"), terminal.width);
    }
    for note in analysis.warnings() {
        paragraph(&mut out, &format!("note: {note}"), terminal.width);
    }
    out
}

/// How to read the tables, and what the strategies are.
pub(crate) fn legends(analysis: &Analysis) -> Vec<String> {
    let mut all = vec![format!("Below 1 is cheaper. {}", legend(analysis.comparisons))];
    all.push(LEGEND.into());
    all.extend(analysis.objections());
    all.extend(what_is_measured(analysis));
    all.extend(floor(analysis));
    all
}

/// What the floor is, and how well the multiples of it are known; `None` where it was not measured.
pub(crate) fn floor(analysis: &Analysis) -> Option<String> {
    let known = analysis.totals.iter().filter_map(|total| total.above_floor);
    let spread = known.map(|above| above.spread()).reduce(f64::max);
    let shown = analysis.strategies.iter().any(|strategy| strategy.name == Floor::NAME);
    let multiples = spread.map_or_else(String::new, |spread| {
        format!("; × {} is known to {} % at 95 %", Floor::NAME, digits(100.0 * spread))
    });
    (shown || spread.is_some()).then(|| {
        format!(
            "{} is not a strategy: it knows the answers and only notes the calls, the least that any takes{multiples}.",
            Floor::NAME
        )
    })
}

/// What the built-in strategies are not; `None` where none of them could be taken for the kernel's own code.
#[must_use]
pub fn what_is_measured(analysis: &Analysis) -> Option<String> {
    let taken_for = analysis.strategies.iter().any(|strategy| strategy.name == "memblock");
    taken_for.then(|| {
        "`memblock` here is a re-implementation in user space, not mm/memblock.c, which takes more instructions: \
         --linux TREE puts that beside it."
            .into()
    })
}

/// The longest names of boots in a terminal, tried in turn until a table fits.
const NAMES: [usize; 3] = [26, 22, 18];

/// The table with its rows' names cut in their midst, where names of boots are most alike.
fn shortened(mut table: Table, longest: usize) -> Table {
    for name in table.rows.iter_mut().filter_map(|row| row.first_mut()) {
        let letters: Vec<char> = name.text.chars().collect();
        if letters.len() > longest {
            let (head, tail) = (&letters[..longest - 9], &letters[letters.len() - 8..]);
            name.text = head.iter().chain(&['…']).chain(tail).collect();
        }
    }
    table
}

/// The headline by boot in one table if it fits a terminal, else cut into several. The floor is left to the headline: it is a
/// limit, and one figure of it is enough.
fn fitting(analysis: &Analysis, width: u16) -> Vec<Table> {
    let base = analysis.baseline_index();
    let is_limit = |place: usize| analysis.strategies[place].name == Floor::NAME;
    let places: Vec<usize> =
        (0..analysis.strategies.len()).filter(|&place| place != base && !is_limit(place)).collect();
    let of = |places: &[usize], name| shortened(by_boot(analysis, analysis.headline, places), name);
    let fits = |table: &Table| table.width() <= usize::from(width);
    if let Some(one) = NAMES.iter().map(|&name| of(&places, name)).find(fits) {
        return vec![one];
    }
    let mut tables = Vec::new();
    let mut rest = &places[..];
    while !rest.is_empty() {
        let count = (1..=rest.len()).rev().find(|&count| fits(&of(&rest[..count], NAMES[0]))).unwrap_or(1);
        tables.push(of(&rest[..count], NAMES[0]));
        rest = &rest[count..];
    }
    tables
}

fn heading(out: &mut String, boot: &Boot, terminal: Terminal) {
    let bold = if terminal.colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    out.extend([bold.0, &boot.shown(), bold.1, "\n"]);
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
        drawn.add_row(cells.map(|(cell, column)| shown(cell, column.number, terminal)).collect::<Vec<_>>());
    }
    for column in drawn.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let (bold, plain) = if terminal.colour { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    let mut title = String::new();
    paragraph(&mut title, &table.title, terminal.width);
    out.extend([bold, title.trim_end(), plain, "\n"]);
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

/// A label, and its text wrapped beside it from this column on.
pub(crate) fn labelled(out: &mut String, label: &str, text: &str, column: u16, width: u16) {
    let mut wrapped = String::new();
    paragraph(&mut wrapped, text, width.saturating_sub(column));
    for (index, line) in wrapped.lines().enumerate() {
        let label = if index == 0 { label } else { "" };
        let _ = writeln!(out, "{label:<0$}{line}", usize::from(column));
    }
}
