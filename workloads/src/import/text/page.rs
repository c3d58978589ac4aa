//! A stretch of lines, read as one: what stands around its records is learnt from all of them.

use super::clean::{Clean, clean, stamp_before};
use super::frame::Frames;
use super::join::{Entry, Joiner};
use super::{Language, Reading, column, plain, quoted};

/// A line of plain text.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The number of its first line in the file.
    pub(super) number: u64,
    /// The number of its last one.
    pub(super) last: u64,
    pub(super) text: String,
    /// How many characters its line had.
    pub(super) width: usize,
}

/// A page is this many bytes: all but a few logs are one page, and no log needs more memory.
const PAGE: usize = 16 << 20;

/// Lines that are collected, and read when the page is full.
pub(crate) struct Pages<G: Language> {
    rows: Vec<Row>,
    bytes: usize,
    frames: Frames,
    joiner: Joiner<G>,
    turned: bool,
    entries: Vec<Entry<G::Line>>,
}

/// What became of the lines that speak of records.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Seen {
    /// The lines that a diff takes away.
    pub(crate) taken_away: u64,
    /// Whether the log stands in reverse order, and was turned round.
    pub(crate) turned: bool,
}

impl<G: Language> Default for Pages<G> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            bytes: 0,
            frames: Frames::default(),
            joiner: Joiner::default(),
            turned: false,
            entries: Vec::new(),
        }
    }
}

impl<G: Language> Pages<G> {
    /// Takes the next line.
    pub(crate) fn take(&mut self, number: u64, raw: &[u8]) {
        let texts = plain::lines(raw);
        // A terminal counts what it prints, and what is dropped here may have had a width there.
        let whole =
            (texts.len() == 1).then(|| String::from_utf8_lossy(raw).trim_end_matches('\r').chars().count());
        for text in texts {
            let width = whole.unwrap_or_else(|| text.chars().count());
            self.bytes += text.len() + size_of::<Row>();
            self.rows.push(Row { number, last: number, text, width });
        }
        if self.bytes >= PAGE {
            self.read();
        }
    }

    /// What was read since the last call.
    pub(crate) fn drain(&mut self) -> std::vec::Drain<'_, Entry<G::Line>> {
        self.entries.drain(..)
    }

    /// Reads what is left.
    pub(crate) fn finish(&mut self) -> Seen {
        self.read();
        let taken_away = self.joiner.finish();
        self.entries.extend(self.joiner.drain());
        Seen { taken_away, turned: self.turned }
    }

    fn read(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        quoted::mend(&mut rows);
        column::mend::<G>(&mut rows);
        if self.turned || is_reversed::<G>(&rows) {
            self.turned = true;
            turn(&mut rows);
            // Its lines may have been broken before they were turned.
            column::mend::<G>(&mut rows);
        }
        let (mut added, mut removed) = (false, 0_usize);
        for row in &rows {
            let (start, end) = G::record(&row.text);
            self.frames.note(&row.text, start..end);
            if let Some(start) = start {
                let mark = row.text[..start].trim_start_matches(['>', '|', ' ']).chars().next();
                added |= mark == Some('+');
                removed += usize::from(mark == Some('-'));
            }
        }
        self.frames.learn();
        // Lists have a dash at each line; a diff also has lines that it adds, or that it leaves alone.
        let is_diff = added && removed > 0;
        for row in rows {
            self.row(&row, is_diff);
            self.entries.extend(self.joiner.drain());
        }
    }

    /// Reads a row behind each prefix that it may have, until one of them makes sense.
    fn row(&mut self, row: &Row, is_diff: bool) {
        let text = self.frames.without_suffix(&row.text);
        let mut line = clean(text);
        line.taken_away &= is_diff;
        let mut reading = G::read(&line.text);
        if matches!(reading, Reading::Noise) && !line.taken_away {
            let known = line.clone();
            for (rest, names) in self.frames.without_prefix(text) {
                line.stamped |= names;
                // A kernel's own stamp may stand behind what was learnt.
                for inner in [rest.to_owned(), clean(rest).text] {
                    let inner = inner.trim().replace('\t', " ");
                    let again = G::read(&inner);
                    if !matches!(again, Reading::Noise) {
                        line.text = inner;
                        line.stamp_us = line.stamp_us.or_else(|| stamp_before(text, rest));
                        reading = again;
                        break;
                    }
                }
                if !matches!(reading, Reading::Noise) {
                    break;
                }
            }
            if matches!(reading, Reading::Noise) {
                line = Clean { stamped: line.stamped, ..known };
                if let Some((rest, _)) = self.frames.without_prefix(text).next() {
                    line.text = rest.trim().replace('\t', " ");
                }
            }
        }
        self.joiner.line(row.number, line, reading);
    }
}

/// Whether the lines stand in reverse order: `tac`, `journalctl -r`.
fn is_reversed<G: Language>(rows: &[Row]) -> bool {
    let (mut rising, mut falling) = (0_u64, 0_u64);
    let mut last: Option<G::Line> = None;
    let mut last_us: Option<u64> = None;
    for row in rows {
        let line = clean(&row.text);
        if let (Some(before), Some(now)) = (last_us, line.stamp_us) {
            rising += u64::from(before < now);
            falling += u64::from(before > now);
        }
        last_us = line.stamp_us.or(last_us);
        if let Reading::Lines(lines) = G::read(&line.text)
            && let [only] = &lines[..]
        {
            match last.as_ref().and_then(|last| G::follows(last, only)) {
                Some(true) => rising += 1,
                Some(false) => falling += 1,
                None => {}
            }
            last = Some(only.clone());
        }
    }
    falling > 2 * rising
}

/// Turns the lines round, and numbers them as they stand.
fn turn(rows: &mut [Row]) {
    rows.reverse();
    let (first, last) = (rows.last().map_or(0, |row| row.number), rows.first().map_or(0, |row| row.number));
    for row in rows {
        // Neighbours stay neighbours.
        row.number = first + last - row.number;
        row.last = row.number;
    }
}
