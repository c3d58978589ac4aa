//! Joining what a mail program has broken, and reading each line that results.

use super::clean::Clean;
use super::{Language, Partial, Reading};

/// A line that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry<L> {
    /// Its number in the file, counted from 1; the first one's where several were joined.
    pub(crate) number: u64,
    /// The kernel's time stamp.
    pub(crate) stamp_us: Option<u64>,
    /// What it says, or its text when that makes no sense.
    pub(crate) said: Result<L, String>,
    /// Whether the line ahead of it is the very same, time stamp and all.
    pub(crate) repeats: bool,
}

/// The most lines that one record is spread over.
const PARTS: usize = 8;

/// Reads lines, of which some are only parts.
pub(crate) struct Joiner<G: Language> {
    entries: Vec<Entry<G::Line>>,
    pending: Option<Pending<G>>,
    last: String,
    taken_away: u64,
}

impl<G: Language> Default for Joiner<G> {
    fn default() -> Self {
        Self { entries: Vec::new(), pending: None, last: String::new(), taken_away: 0 }
    }
}

struct Pending<G: Language> {
    number: u64,
    stamp_us: Option<u64>,
    text: String,
    /// What can be told without the rest.
    partial: Option<Partial<G::Line>>,
    repeats: bool,
    parts: usize,
    blanks: usize,
}

impl<G: Language> Joiner<G> {
    /// What was read since the last call.
    pub(super) fn drain(&mut self) -> std::vec::Drain<'_, Entry<G::Line>> {
        self.entries.drain(..)
    }

    /// Ends the last record, and says how many lines a diff had taken away.
    pub(super) fn finish(&mut self) -> u64 {
        self.give_up();
        self.taken_away
    }

    /// Takes the next line, and what came of reading it.
    pub(super) fn line(&mut self, number: u64, line: Clean, parsed: Reading<G::Line>) {
        if line.taken_away {
            self.taken_away += 1;
            return;
        }
        if let Some(pending) = self.pending.take() {
            match pending.join(&line, &parsed) {
                Joined::Whole(number, stamp_us, lines) => return self.emit(number, stamp_us, lines, false),
                Joined::Part(pending) => {
                    self.pending = Some(pending);
                    return;
                }
                Joined::Apart(pending) => {
                    self.pending = Some(pending);
                    self.give_up();
                }
            }
        }
        let same = format!("{:?}{}", line.stamp_us, line.text);
        let repeats = same == self.last;
        self.last = same;
        match parsed {
            Reading::Lines(lines) => self.emit(number, line.stamp_us, lines, repeats),
            Reading::Damaged => {
                self.entries.push(Entry { number, stamp_us: line.stamp_us, said: Err(line.text), repeats });
            }
            Reading::Incomplete(partial) => {
                let (stamp_us, text) = (line.stamp_us, line.text);
                self.pending =
                    Some(Pending { number, stamp_us, text, partial, repeats, parts: 1, blanks: 0 });
            }
            // It completes nothing, and should have been something itself.
            Reading::Noise if G::suspects(&line.text) => {
                self.entries.push(Entry { number, stamp_us: line.stamp_us, said: Err(line.text), repeats });
            }
            Reading::Noise => {}
        }
    }

    fn emit(&mut self, number: u64, stamp_us: Option<u64>, lines: Vec<G::Line>, repeats: bool) {
        let entries = lines.into_iter().map(|line| Entry { number, stamp_us, said: Ok(line), repeats });
        self.entries.extend(entries);
    }

    /// Takes the pending record for what it is: its other half was lost.
    fn give_up(&mut self) {
        if let Some(Pending { number, stamp_us, text, partial, repeats, .. }) = self.pending.take() {
            self.entries.push(Entry {
                number,
                stamp_us,
                said: partial.map(|partial| partial.line).ok_or(text),
                repeats,
            });
        }
    }
}

/// What came of putting a line behind a pending one.
enum Joined<G: Language> {
    /// Both make a record.
    Whole(u64, Option<u64>, Vec<G::Line>),
    /// They may make one with the next line.
    Part(Pending<G>),
    /// They have nothing to do with each other.
    Apart(Pending<G>),
}

impl<G: Language> Pending<G> {
    fn join(mut self, line: &Clean, parsed: &Reading<G::Line>) -> Joined<G> {
        if line.text.is_empty() && self.blanks == 0 {
            self.blanks = 1;
            return Joined::Part(self);
        }
        let own = line.stamped || !matches!(parsed, Reading::Noise);
        if own || line.text.is_empty() || self.parts == PARTS {
            return Joined::Apart(self);
        }
        // Broken in mid-word, as a terminal does it.
        let direct = format!("{}{}", self.text, line.text);
        if let Some(partial) = &self.partial
            && !(partial.may_follow)(&line.text)
        {
            return match G::read(&direct) {
                Reading::Lines(lines) => Joined::Whole(self.number, self.stamp_us, lines),
                _ => Joined::Apart(self),
            };
        }
        let whole = format!("{} {}", self.text, line.text);
        match G::read(&whole) {
            Reading::Lines(lines) => Joined::Whole(self.number, self.stamp_us, lines),
            Reading::Incomplete(partial) => {
                (self.text, self.partial, self.parts, self.blanks) = (whole, partial, self.parts + 1, 0);
                Joined::Part(self)
            }
            Reading::Damaged | Reading::Noise => match G::read(&direct) {
                Reading::Lines(lines) => Joined::Whole(self.number, self.stamp_us, lines),
                _ => Joined::Apart(self),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::dialects::{Dialects, LogLine};
    use crate::import::text::clean::clean;

    fn read(text: &str) -> Vec<Result<LogLine, String>> {
        let mut joiner = Joiner::<Dialects>::default();
        for (index, line) in text.lines().enumerate() {
            let line = clean(line);
            let reading = Dialects::read(&line.text);
            joiner.line(index as u64 + 1, line, reading);
        }
        joiner.finish();
        joiner.drain().map(|entry| entry.said).collect()
    }

    const WHOLE: &str = "memblock_alloc_try_nid: 64 bytes align=0x40 nid=-1 from=0x00001000 max_addr=0x00000000 f+0x1/0x2\n\
                         memblock_reserve: [0x00001000-0x0000103f] memblock_alloc_range_nid+0x1/0x2\n";

    #[test]
    fn a_record_broken_at_any_blank_is_joined() {
        let whole = read(WHOLE);
        assert_eq!(whole.len(), 2);
        let blanks: Vec<usize> = WHOLE.match_indices(' ').map(|(at, _)| at).collect();
        for at in blanks {
            for between in ["\n", "\n\n", "\n> "] {
                let broken = format!("{}{between}{}", &WHOLE[..at], &WHOLE[at + 1..]);
                assert_eq!(read(&broken), whole, "{broken}");
            }
        }
    }

    #[test]
    fn a_record_with_its_caller_is_never_joined() {
        let text = WHOLE.replace("f+0x1/0x2\n", "f+0x1/0x2\ng+0x1/0x2\n");
        assert_eq!(read(&text), read(WHOLE));
    }

    #[test]
    fn what_does_not_complete_a_record_is_not_taken_for_its_end() {
        for end in ["from=0x0000", "from=0x00001000 max_addr=0x0000", "nid=-1"] {
            let (start, rest) = WHOLE.split_once(end).unwrap();
            let cut = format!("{start}{end}\nsome words\n{}", rest.split_once('\n').unwrap().1);
            let read = read(&cut);
            assert_eq!(read.len(), 2, "{cut}");
            assert!(read[0].is_err(), "{cut}");
        }
    }
}
