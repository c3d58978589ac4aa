//! Lines that a terminal broke at a fixed column, in the middle of a word.

use std::collections::HashMap;

use super::clean::clean;
use super::page::Row;
use super::{Language, Reading};

/// So many records must become whole by it before breaks are believed to be at a column.
const ENOUGH: usize = 2;

/// Mends the breaks, if there are any.
pub(super) fn mend<G: Language>(rows: &mut Vec<Row>) {
    let broken: Vec<usize> = (0..rows.len().saturating_sub(1)).filter(|&at| is_cut::<G>(rows, at)).collect();
    let mut widths: HashMap<usize, usize> = HashMap::new();
    for &at in &broken {
        *widths.entry(rows[at].width).or_default() += 1;
    }
    let Some((&width, _)) = widths.iter().max_by_key(|(width, count)| (**count, **width)) else { return };
    let (mut whole, mut with_blank) = (0, 0);
    for &at in broken.iter().filter(|&&at| rows[at].width == width) {
        let parts =
            1 + rows[at + 1..].iter().take_while(|row| row.width == width && !begins::<G>(row)).count();
        let parts: Vec<&str> = rows[at..].iter().take(parts + 1).map(|row| row.text.as_str()).collect();
        whole += usize::from(is_whole::<G>(&parts.concat()));
        with_blank += usize::from(is_whole::<G>(&parts.join(" ")));
    }
    if whole < ENOUGH || whole <= with_blank {
        return;
    }
    let mut mended: Vec<Row> = Vec::with_capacity(rows.len());
    let mut open = false;
    for row in rows.drain(..) {
        let full = row.width == width;
        match mended.last_mut() {
            Some(last) if open && row.number == last.last + 1 && goes_on::<G>(last, &row) => {
                last.text.push_str(&row.text);
                last.last = row.number;
            }
            _ => mended.push(row),
        }
        open = full;
    }
    *rows = mended;
}

/// Whether a row begins a record that goes on in the next one.
fn is_cut<G: Language>(rows: &[Row], at: usize) -> bool {
    let (row, next) = (&rows[at], &rows[at + 1]);
    next.number == row.last + 1
        && !matches!(read::<G>(&row.text), Reading::Lines(_) | Reading::Noise)
        && !next.text.trim().is_empty()
        && !begins::<G>(next)
}

/// Whether `row` may be the rest of a row that is full.
fn goes_on<G: Language>(full: &Row, row: &Row) -> bool {
    // A record that is whole may fill its row by chance; only more digits of its last number may follow.
    let is_whole = matches!(G::record(&full.text), (Some(_), Some(end)) if end == full.text.len());
    let digits = |text: &str| {
        let end = text.find(|char: char| !char.is_ascii_hexdigit()).unwrap_or(text.len());
        (1..=16).contains(&end) && !text[end..].contains(char::is_alphanumeric)
    };
    if is_whole { digits(row.text.trim()) } else { !begins::<G>(row) }
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
