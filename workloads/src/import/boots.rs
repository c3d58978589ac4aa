//! Telling the boots of a file apart.

use std::io::Read;

use allocators::MemFlags;

use super::ImportError;
use super::dialects::linux::{Fact, Facts};
use super::dialects::memblock::{DumpLine, Line, RangeLine, Request};
use super::dialects::neighbours::Neighbour;
use super::dialects::{Dialects, LogLine};
use super::text::{Entry, Language as _, Pages, Seen, scan};

/// The most lines of one boot: fifty times the longest boot seen, of s390x with page tables from memblock.
const LONGEST: usize = 1_000_000;

/// A kernel's clock starts at 0. Back by this much, from later than this on: another boot.
const RESTART_US: u64 = 500_000;

/// A boot, read but not understood yet.
#[derive(Default)]
pub(super) struct Boot {
    /// The lines that were read, in order.
    pub(super) lines: Vec<(u64, LogLine)>,
    /// The lines that make no sense, with their numbers.
    pub(super) damaged: Vec<(u64, String)>,
    pub(super) facts: Facts,
    /// The lines dropped because the console printed each one twice.
    pub(super) doubled_lines: u64,
    /// What was seen of the file as a whole.
    pub(super) seen: Seen,
    /// What was left out before and after it, in words.
    pub(super) left_out: Vec<String>,
    /// Where whoever quotes it has left lines out between two of the allocator's.
    pub(super) gaps: Vec<u64>,
    /// Whose messages stand in it that hold nothing to replay, with the first line of each.
    pub(super) neighbours: Vec<(u64, Neighbour)>,
}

impl Boot {
    /// Whether the page allocator has taken over in it.
    fn has_end(&self) -> bool {
        self.lines.iter().any(|(_, line)| matches!(line, LogLine::Linux(Fact::Said(_) | Fact::HandedOver)))
    }

    /// Whether it has anything to replay.
    fn is_boot(&self) -> bool {
        let replayable = |line: &LogLine| {
            !matches!(
                line,
                LogLine::Linux(_) | LogLine::Neighbour(_) | LogLine::Memblock(Line::Dump(DumpLine::Begin))
            )
        };
        self.lines.iter().any(|(_, line)| replayable(line))
    }
}

/// Reads all boots of a stream.
pub(super) fn read(reader: impl Read, name: &str) -> Result<Vec<Boot>, ImportError> {
    let mut pages = Pages::<Dialects>::default();
    let mut splitter = Splitter::default();
    let unreadable = |line, error| ImportError::Read { name: name.to_owned(), line, error };
    let lines = scan(reader, Dialects::words(), unreadable, |number, raw| {
        pages.take(number, raw);
        pages.drain().for_each(|entry| splitter.take(entry));
        if splitter.current.len() > LONGEST {
            return Err(ImportError::TooLong { name: name.to_owned(), line: number, limit: LONGEST });
        }
        Ok(())
    })?;
    let seen = pages.finish();
    pages.drain().for_each(|entry| splitter.take(entry));
    splitter.split();
    if splitter.boots.is_empty() {
        return Err(splitter.nothing(name, lines));
    }
    for boot in &mut splitter.boots {
        boot.seen = seen;
    }
    Ok(splitter.boots)
}

/// Where one boot ends and the next one begins.
#[derive(Default)]
struct Splitter {
    boots: Vec<Boot>,
    current: Vec<Entry<LogLine>>,
    has_banner: bool,
    /// The page allocator has taken over.
    has_end: bool,
    latest_us: u64,
    /// What of a boot is only its tail, in words, for the boot after it.
    tail: Option<String>,
    /// What the stretches without a boot hold.
    rest: Vec<Boot>,
}

impl Splitter {
    fn take(&mut self, entry: Entry<LogLine>) {
        let now = entry.stamp_us;
        // Before the end it may be the clock's own doing: it is set back to 0 in mid-boot when another one takes over.
        let back = now.is_some_and(|now| now.saturating_add(RESTART_US) <= self.latest_us);
        let restarted = back && self.has_end;
        let begins = match &entry.said {
            // On powerpc the allocator speaks before the kernel names itself, so a name alone begins no boot.
            Ok(LogLine::Linux(Fact::Banner(..) | Fact::Boots)) => self.has_banner || self.has_end,
            // After the hand-over no kernel asks its boot allocator for anything, nor lists its memory again.
            Ok(LogLine::Memblock(line)) => restarted || self.has_end && begins_boot(line),
            Ok(LogLine::Linux(Fact::NodeRanges)) => restarted || self.has_end,
            // Of a warning by a second CPU, whose clock is still at 0.
            Ok(LogLine::Linux(Fact::Machine(_))) => false,
            _ => restarted,
        };
        // Two consoles print the same line twice, and so the kernel's name.
        if begins && !entry.repeats {
            self.split();
        }
        self.has_banner |= matches!(&entry.said, Ok(LogLine::Linux(Fact::Banner(..))));
        self.has_end |= matches!(&entry.said, Ok(LogLine::Linux(Fact::Said(_) | Fact::HandedOver)));
        self.latest_us = self.latest_us.max(now.unwrap_or(0));
        self.current.push(entry);
    }

    /// Ends the boot.
    fn split(&mut self) {
        let entries = std::mem::take(&mut self.current);
        (self.has_banner, self.has_end, self.latest_us) = (false, false, 0);
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return };
        let (first, last) = (first.number, last.number);
        let mut boot = boot(entries);
        if boot.is_boot() {
            boot.left_out.extend(self.tail.take());
            self.boots.push(boot);
        } else {
            if boot.has_end() {
                self.tail =
                    Some(format!("lines {first} to {last} are the tail of an earlier boot, and left out"));
            }
            self.rest.push(boot);
        }
    }

    /// Why there is no boot.
    fn nothing(&self, name: &str, lines: u64) -> ImportError {
        let name = name.to_owned();
        let damaged = self.rest.iter().flat_map(|boot| &boot.damaged);
        if let Some((line, text)) = damaged.clone().next() {
            let text = super::dialects::linux::sanitise(text).chars().take(120).collect();
            return ImportError::Unreadable { name, count: damaged.count(), line: *line, text };
        }
        let says = |word: &str| {
            let lines = self.rest.iter().filter_map(|boot| boot.facts.command_line.as_deref());
            lines.flat_map(str::split_whitespace).any(|option| option == word)
        };
        if says("memblock=debug") || says("bootmem_debug") {
            return ImportError::LinesLost { name, lines };
        }
        let is_linux = self.rest.iter().any(|boot| boot.facts.release.is_some());
        let mut neighbours = self.rest.iter().flat_map(|boot| &boot.neighbours);
        match neighbours.next() {
            Some((line, found)) if !is_linux => ImportError::Neighbour {
                name,
                line: *line,
                whose: found.name,
                holds: found.holds,
                remedy: found.remedy(),
            },
            _ => ImportError::NoBoot { name, lines },
        }
    }
}

/// Whether a line shows that a boot has begun, if the one before it has handed over.
fn begins_boot(line: &Line) -> bool {
    match line {
        Line::Request(_) | Line::Dump(DumpLine::Begin) => true,
        Line::Range(range) => range.is_by_allocator(),
        _ => false,
    }
}

fn boot(entries: Vec<Entry<LogLine>>) -> Boot {
    let mut boot = Boot { gaps: gaps(&entries), ..Boot::default() };
    let doubled = doubled(&entries);
    for (entry, doubled) in entries.into_iter().zip(doubled) {
        if doubled {
            boot.doubled_lines += 1;
            continue;
        }
        match entry.said {
            Ok(LogLine::Neighbour(neighbour)) => {
                if boot.neighbours.iter().all(|(_, known)| *known != neighbour) {
                    boot.neighbours.push((entry.number, neighbour));
                }
            }
            Ok(mut line) => {
                if let LogLine::Linux(Fact::Said(said)) = &mut line {
                    // Early lines all have 0: the clock does not run yet.
                    said.at_us = entry.stamp_us.filter(|&us| us > 0);
                }
                if let LogLine::Linux(fact) = &line {
                    boot.facts.note(fact);
                }
                if let LogLine::Memblock(
                    Line::Range(RangeLine { caller, .. }) | Line::Request(Request { caller, .. }),
                ) = &line
                {
                    boot.facts.note_caller(caller);
                }
                if let LogLine::Memblock(Line::Range(range)) = &line {
                    if range.inclusive {
                        boot.facts.family.get_or_insert("x86");
                    }
                    boot.facts.digits = range.digits;
                    boot.facts.marks_allocations |= range.flags.has(MemFlags::RSRV_KERN);
                }
                boot.lines.push((entry.number, line));
            }
            Err(text) => boot.damaged.push((entry.number, text)),
        }
    }
    boot
}

/// Where lines are left out between two of the allocator's, before the page allocator takes over.
///
/// What is left out before the first of them or after the last is not about the allocator.
fn gaps(entries: &[Entry<LogLine>]) -> Vec<u64> {
    let (mut gaps, mut gap, mut begun) = (Vec::new(), None, false);
    for entry in entries {
        match &entry.said {
            Ok(LogLine::Linux(Fact::Said(_) | Fact::HandedOver)) => break,
            Ok(LogLine::Linux(Fact::Gap)) => gap = begun.then_some(entry.number),
            Ok(LogLine::Linux(_) | LogLine::Neighbour(_)) => {}
            Ok(_) | Err(_) => {
                gaps.extend(gap.take());
                begun = true;
            }
        }
    }
    gaps
}

/// Which entries are there only because two consoles print each line.
///
/// A failed request may well be made twice in a row, so one repeated line is none of these: the one two before or two
/// after it must repeat as well, and say something else.
fn doubled(entries: &[Entry<LogLine>]) -> Vec<bool> {
    let pair = |at: usize| entries.get(at).is_some_and(|entry| entry.repeats);
    let differs = |a: usize, b: usize| entries[a].said != entries[b].said;
    (0..entries.len())
        .map(|at| {
            let before = at >= 2 && pair(at - 2) && !pair(at - 1) && differs(at, at - 2);
            let after = pair(at + 2) && !pair(at + 1) && differs(at, at + 2);
            pair(at) && (before || after)
        })
        .collect()
}
