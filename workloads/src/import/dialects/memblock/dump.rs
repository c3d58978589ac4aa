//! The lines of `MEMBLOCK configuration`.
//!
//! ```text
//! MEMBLOCK configuration:
//!  memory size = 0x00000007fff7dc00 reserved size = 0x0000000003482000
//!  memory.cnt  = 0x3
//!  memory[0x0]<TAB>[0x0000000000001000-0x000000000009efff], 0x000000000009e000 bytes on node 0 flags: 0x0
//! ```

use allocators::{AddrRange, MemFlags, MemoryRange, Nid, PhysAddr};

use super::{DumpLine, Line, Read};
use crate::import::dialects::LogLine;
use crate::import::dialects::cursor::{Cursor, Hex};
use crate::import::text::Partial;
use crate::trace::Array;

pub(super) fn parse(text: &str) -> Read {
    if text.contains("MEMBLOCK configuration") {
        return Read::Lines(vec![says(DumpLine::Begin)]);
    }
    if text == "MEMBLOCK" {
        return Read::Incomplete(None);
    }
    let arrays = [("memory", Some(Array::Memory)), ("reserved", Some(Array::Reserved)), ("physmem", None)];
    for (name, array) in arrays {
        let mut line = Cursor::new(text);
        if line.next(name).is_none() {
            continue;
        }
        if line.word(".cnt").is_some() {
            return match count(&mut line) {
                Some(count) => Read::Lines(vec![says(DumpLine::Count(array, count))]),
                None if line.is_over() => Read::Incomplete(None),
                None => Read::Damaged,
            };
        }
        if line.rest().starts_with("[0x") {
            return region(array, &mut line);
        }
    }
    Read::Noise
}

fn says(line: DumpLine) -> LogLine {
    LogLine::Memblock(Line::Dump(line))
}

fn count(line: &mut Cursor<'_>) -> Option<u64> {
    line.next("=")?;
    line.blanks();
    line.hex().map(|hex| hex.value)
}

fn region(array: Option<Array>, line: &mut Cursor<'_>) -> Read {
    let index = line.word("[").and_then(|()| line.hex()).filter(|_| line.word("]").is_some());
    let Some(index) = index else { return Read::Damaged };
    line.blanks();
    // Somebody writes about a region.
    if !line.is_over() && !line.rest().starts_with(['[', '(', '{', '0', 'O', 'o']) {
        return Read::Noise;
    }
    let Some((start, end)) = line.range().or_else(|| oldest_range(line)) else {
        return if line.rest().contains(']') || line.rest().contains(" - ") {
            Read::Damaged
        } else {
            Read::Incomplete(None)
        };
    };
    let size = line.next(",").and_then(|()| {
        line.blanks();
        line.hex()
    });
    let Some(size) = size.filter(|_| line.next("bytes").is_some()) else {
        return if line.is_over() { Read::Incomplete(None) } else { Read::Damaged };
    };
    let (nid, flags) = match tail(line.rest()) {
        Tail::Whole(nid, flags) => (nid, Some(flags)),
        Tail::Bare(nid) => (nid, None),
        Tail::Cut => return Read::Incomplete(None),
        Tail::Damaged => return Read::Damaged,
    };
    // The end is inclusive, but was not always; the size is never wrong.
    let range = AddrRange::from_size(PhysAddr(start.value), size.value);
    let spelt = end.value.wrapping_sub(start.value);
    let whole = range.is_some() && (spelt == size.value || spelt.wrapping_add(1) == size.value);
    let range = range.unwrap_or_default();
    let piece = MemoryRange { range, nid, flags: MemFlags(flags.unwrap_or_default()) };
    let has_flags = flags.is_some();
    let line = says(DumpLine::Region { array, index: index.value, piece, whole, has_flags });
    // Up to 3.14 regions have no flags; on later kernels such a line is cut, and the rest may follow.
    let may_follow = |text: &str| text.starts_with("on") || text.starts_with("flags:");
    if has_flags { Read::Lines(vec![line]) } else { Read::Incomplete(Some(Partial { line, may_follow })) }
}

/// `0x0000000000010000 - 0x000000000009f7ff` of 2.6.35.
fn oldest_range(line: &mut Cursor<'_>) -> Option<(Hex, Hex)> {
    let mut ahead = *line;
    let start = ahead.hex()?;
    ahead.next("-")?;
    ahead.blanks();
    let end = ahead.hex()?;
    *line = ahead;
    (start.digits == end.digits).then_some((start, end))
}

/// What follows the size of a region.
enum Tail {
    Whole(Option<Nid>, u32),
    /// It ends where older kernels end it.
    Bare(Option<Nid>),
    Cut,
    Damaged,
}

/// `on node 0 flags: 0x0`, or `flags: 0x0`; what people write behind it is theirs.
fn tail(text: &str) -> Tail {
    let mut words = text.split_whitespace();
    let mut nid = None;
    let mut word = words.next();
    if word == Some("on") {
        match (words.next(), words.next()) {
            (Some("node"), Some(number)) => match number.parse() {
                Ok(number) => nid = Nid::new(number),
                Err(_) => return Tail::Damaged,
            },
            (None | Some("node"), None) => return Tail::Cut,
            _ => return Tail::Damaged,
        }
        word = words.next();
    }
    match (word, words.next()) {
        (None, _) => Tail::Bare(nid),
        (Some("flags:"), None) => Tail::Cut,
        (Some("flags:"), Some(bits)) => {
            let bits = Cursor::new(bits).hex().and_then(|hex| u32::try_from(hex.value).ok());
            bits.map_or(Tail::Damaged, |bits| Tail::Whole(nid, bits))
        }
        _ => Tail::Damaged,
    }
}
