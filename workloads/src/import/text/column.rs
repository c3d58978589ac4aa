//! Lines that a terminal broke at a fixed column, in the middle of a word.

use std::collections::HashMap;

use super::clean::clean;
use super::page::Row;
use super::{Language, Reading};

/// So many records must become whole by it before breaks are believed to be at a column.
const ENOUGH: usize = 2;

/// Mends the breaks, if there are any.
pub(super) fn mend<G: Language>(rows: &mut Vec<Row>) {
    let Some(breaks) = Breaks::of::<G>(rows) else { return };
    let mut mended: Vec<Row> = Vec::with_capacity(rows.len());
    let mut open = false;
    for row in rows.drain(..) {
        let full = row.width == breaks.width;
        match mended.last_mut() {
            Some(last)
                if open
                    && row.number == last.last + 1
                    && goes_on::<G>(last, &row, breaks.rest(&row.text)) =>
            {
                last.text.push_str(breaks.rest(&row.text));
                last.last = row.number;
            }
            _ => mended.push(row),
        }
        open = full;
    }
    *rows = mended;
}

/// Where lines are broken, and what the program that breaks them puts before the rest of one.
struct Breaks {
    width: usize,
    lead: String,
}

impl Breaks {
    /// The width and the lead by which most records become whole.
    fn of<G: Language>(rows: &[Row]) -> Option<Self> {
        let mut tried = Vec::new();
        for width in [most_cut::<G>(rows), widest(rows)].into_iter().flatten() {
            let is_broken = |&at: &usize| rows[at].width == width && is_followed::<G>(rows, at);
            let broken: Vec<usize> = (0..rows.len().saturating_sub(1)).filter(is_broken).collect();
            // Of two that do equally well, the last one is taken.
            for lead in [lead(broken.iter().map(|&at| &rows[at + 1].text[..])), String::new()] {
                let breaks = Self { width, lead };
                let (mut whole, mut with_blank) = (0_usize, 0_usize);
                for &at in &broken {
                    let parts = breaks.parts::<G>(&rows[at..]);
                    whole += usize::from(is_whole::<G>(&parts.concat()));
                    with_blank += usize::from(is_whole::<G>(&parts.join(" ")));
                }
                tried.push((whole, with_blank, breaks));
            }
        }
        let (whole, with_blank, breaks) = tried.into_iter().max_by_key(|(whole, ..)| *whole)?;
        (whole >= ENOUGH && whole > with_blank).then_some(breaks)
    }

    /// A row without what the program has put before it.
    fn rest<'t>(&self, text: &'t str) -> &'t str {
        text.strip_prefix(&self.lead[..]).unwrap_or(text)
    }

    /// The first row, and what of those after it belongs to it.
    fn parts<'r, G: Language>(&self, rows: &'r [Row]) -> Vec<&'r str> {
        let full = |row: &&Row| row.width == self.width && !begins::<G>(row);
        let count = 1 + rows[1..].iter().take_while(full).count();
        let rest = rows[1..].iter().take(count).map(|row| self.rest(&row.text));
        std::iter::once(&rows[0].text[..]).chain(rest).collect()
    }
}

/// What all of these begin with, as far as it is blanks and marks of quoting.
fn lead<'t>(mut rows: impl Iterator<Item = &'t str>) -> String {
    let mark = |char: char| char.is_whitespace() || matches!(char, '>' | '|');
    let Some(first) = rows.next() else { return String::new() };
    let first = &first[..first.find(|char| !mark(char)).unwrap_or(first.len())];
    rows.fold(first, common).to_owned()
}

/// What both begin with.
fn common<'t>(one: &'t str, other: &str) -> &'t str {
    let differs = one.char_indices().zip(other.chars()).find(|((_, a), b)| a != b);
    let end = differs.map_or(one.len().min(other.len()), |((at, _), _)| at);
    one.get(..end).unwrap_or_default()
}

/// The width of most rows that begin a record which goes on in the next one.
fn most_cut<G: Language>(rows: &[Row]) -> Option<usize> {
    let is_cut = |&at: &usize| {
        !matches!(read::<G>(&rows[at].text), Reading::Lines(_) | Reading::Noise) && is_followed::<G>(rows, at)
    };
    let mut widths: HashMap<usize, usize> = HashMap::new();
    for at in (0..rows.len().saturating_sub(1)).filter(is_cut) {
        *widths.entry(rows[at].width).or_default() += 1;
    }
    widths.into_iter().max_by_key(|(width, count)| (*count, *width)).map(|(width, _)| width)
}

/// The largest width that some rows have: a break in the midst of a record's first word leaves nothing that looks like one.
fn widest(rows: &[Row]) -> Option<usize> {
    let mut widths: HashMap<usize, usize> = HashMap::new();
    for row in rows {
        *widths.entry(row.width).or_default() += 1;
    }
    widths.into_iter().filter(|(_, count)| *count > ENOUGH).map(|(width, _)| width).max()
}

/// Whether the row after this one may be the rest of it.
fn is_followed<G: Language>(rows: &[Row], at: usize) -> bool {
    let (row, next) = (&rows[at], &rows[at + 1]);
    next.number == row.last + 1 && !next.text.trim().is_empty() && !begins::<G>(next)
}

/// Whether `row`, of which `rest` is without what stands before it, may be the rest of a row that is full.
fn goes_on<G: Language>(full: &Row, row: &Row, rest: &str) -> bool {
    // A record that is whole may fill its row by chance; only more digits of its last number may follow.
    let is_whole = matches!(G::record(&full.text), (Some(_), Some(end)) if end == full.text.len());
    let digits = |text: &str| {
        let end = text.find(|char: char| !char.is_ascii_hexdigit()).unwrap_or(text.len());
        // What a program puts behind each line may follow; `14:` is the number of a line.
        let closes = |char: char| char.is_whitespace() || "\"'|,}".contains(char);
        (1..=16).contains(&end) && text[end..].chars().all(closes)
    };
    if is_whole { digits(rest.trim()) } else { !begins::<G>(row) }
}

/// Whether a row is the beginning of something: then it does not complete the one before it.
fn begins<G: Language>(row: &Row) -> bool {
    let line = clean(&row.text);
    line.stamped || !matches!(read::<G>(&row.text), Reading::Noise)
}

fn is_whole<G: Language>(text: &str) -> bool {
    matches!(read::<G>(text), Reading::Lines(_))
}

/// What a line says, wherever in it that begins: what stands before records is not learnt yet.
fn read<G: Language>(text: &str) -> Reading<G::Line> {
    match (G::read(&clean(text).text), G::record(text).0) {
        (Reading::Noise, Some(start)) => G::read(text[start..].replace('\t', " ").trim()),
        (reading, _) => reading,
    }
}
