//! memblock of Linux: `memblock=debug`, from 2.6.35 to the newest.

mod dump;
mod ends;
mod lines;
mod model;
mod recover;
mod steps;

use allocators::{AddrRange, MemFlags, MemoryRange, PhysAddr};

use self::model::Model;
use super::Read;
use crate::trace::Array;

pub(in crate::import) use self::recover::recover;
pub(in crate::import) use self::steps::{Noted, Purpose, Step, Steps, What, is_address, symbol};

/// Each line that matters holds one of these, and most hold two: a break at a column may be in the midst of one.
pub(super) const WORDS: [&str; 13] = [
    "memblock",
    "MEMBLOCK",
    "memory[",
    "reserved[",
    "physmem[",
    "memory.cnt",
    "reserved.cnt",
    "physmem.cnt",
    "reserve: [0x",
    "bytes align=0x",
    "bytes on node",
    "bytes flags:",
    "reserved size = ",
];

/// What memblock said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::import) enum Line {
    /// It was asked for memory.
    Request(Request),
    /// It was told of a range.
    Range(RangeLine),
    /// It doubled an array.
    Doubled { array: Array, regions: u64, at: AddrRange },
    /// A piece of its listing of all it knows.
    Dump(DumpLine),
}

impl Line {
    /// Whether it only counts regions.
    pub(super) fn is_count(&self) -> bool {
        matches!(self, Self::Dump(DumpLine::Count(..)))
    }
}

/// Reads a clean line.
pub(super) fn read(text: &str) -> Read {
    match lines::parse(text) {
        Read::Noise => dump::parse(text),
        read => read,
    }
}

/// Where a record stands in a line, whatever is before it: its beginning, and its end where the caller shows it.
pub(super) fn record(line: &str) -> Option<(Option<usize>, Option<usize>)> {
    if let Some(found) = lines::place(line) {
        return Some(found);
    }
    let region = ["memory[0x", "reserved[0x", "memory.cnt", "reserved.cnt"];
    let at = region.iter().find_map(|name| line.find(name))?;
    // A whole region ends with its flags.
    let end = line[at..].find("flags: 0x").map(|flags| {
        let digits = at + flags + "flags: 0x".len();
        line[digits..].find(|c: char| !c.is_ascii_hexdigit()).map_or(line.len(), |end| digits + end)
    });
    Some((Some(at), end))
}

/// Whether a line that could not be read looks as if it should be.
pub(super) fn suspects(text: &str) -> bool {
    let after = |word: &str| text.split_once(word).map(|(_, after)| after.trim_start());
    let is_function =
        after("memblock_").and_then(|after| after.split_once(": ")).is_some_and(|(name, after)| {
            !name.contains(' ') && (after.trim_start().starts_with('[') || after.contains(" bytes align="))
        });
    let is_region = ["memory[", "reserved["].iter().any(|name| {
        after(name).is_some_and(|after| {
            after.starts_with(['0', 'O']) && after.contains(']') && after.contains(" bytes")
        })
    });
    let is_count = ["memory.cnt", "reserved.cnt"]
        .iter()
        .any(|name| after(name).is_some_and(|after| after.starts_with('=')));
    // A record whose name is broken or lost.
    let is_rest = after("[0x").and_then(|after| after.split_once(']')).is_some_and(|(range, after)| {
        let caller = after.split_once("+0x").is_some_and(|(_, place)| place.contains("/0x"));
        range.contains("-0x") && (caller || after.starts_with(", 0x") && after.contains(" bytes"))
    });
    is_function || is_region || is_count || is_rest
}

/// Whether `second` follows `first` when a log stands in order.
pub(super) fn follows(first: &Line, second: &Line) -> Option<bool> {
    match (first, second) {
        (
            Line::Dump(DumpLine::Region { array: a, index: i, .. }),
            Line::Dump(DumpLine::Region { array: b, index: j, .. }),
        ) if a == b && i.abs_diff(*j) == 1 => Some(i < j),
        (Line::Dump(DumpLine::Count(a, _)), Line::Dump(DumpLine::Region { array: b, index: 0, .. }))
            if a == b =>
        {
            Some(true)
        }
        (Line::Dump(DumpLine::Region { array: a, index: 0, .. }), Line::Dump(DumpLine::Count(b, _)))
            if a == b =>
        {
            Some(false)
        }
        (Line::Request(_), Line::Range(range)) if steps::is_allocator(symbol(&range.caller)) => Some(true),
        (Line::Range(range), Line::Request(_)) if steps::is_allocator(symbol(&range.caller)) => Some(false),
        _ => None,
    }
}

/// `memblock_alloc_try_nid: 64 bytes align=0x40 nid=-1 from=0x0 max_addr=0x0 caller`
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::import) struct Request {
    pub(in crate::import) kind: RequestKind,
    pub(in crate::import) size: u64,
    pub(in crate::import) align: u64,
    /// `None` for any node, however this kernel writes that.
    pub(in crate::import) nid: Option<u32>,
    pub(in crate::import) from: u64,
    pub(in crate::import) max_addr: u64,
    /// For a huge page, by the function that newer kernels have for them.
    pub(in crate::import) hugetlb: bool,
    pub(in crate::import) caller: String,
}

/// What a request falls back to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::import) enum RequestKind {
    /// Other nodes, and below the minimum.
    Any,
    /// Below the minimum, not other nodes.
    ExactNode,
    /// Nothing: `memblock_phys_alloc_range`.
    Phys,
}

/// `memblock_reserve: [0x1000-0x1fff] caller`
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::import) struct RangeLine {
    pub(in crate::import) verb: Verb,
    pub(in crate::import) start: PhysAddr,
    /// The second number as it stands in the log: the last byte, or in 3.1 to 3.9 the first one after it.
    pub(in crate::import) second: u64,
    /// The digits of either number: 8 where physical addresses have 32 bits.
    pub(in crate::import) digits: usize,
    pub(in crate::import) nid: Option<u32>,
    pub(in crate::import) flags: MemFlags,
    /// Whether this kernel prints flags at all.
    pub(in crate::import) has_flags: bool,
    /// Whether this function prints the last byte, whatever the others do.
    pub(in crate::import) inclusive: bool,
    /// Empty when the log lost it.
    pub(in crate::import) caller: String,
}

impl RangeLine {
    /// Whether the allocator reserves this for a request.
    pub(in crate::import) fn is_by_allocator(&self) -> bool {
        self.verb == Verb::Reserve && steps::is_allocator(symbol(&self.caller))
    }
}

/// What was done to a range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::import) enum Verb {
    Add,
    Remove,
    Reserve,
    Free,
    /// Freed when the page allocator ran already.
    FreeLate,
    /// Something that the replayed allocators have no part in.
    Other,
}

/// A line of `MEMBLOCK configuration`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::import) enum DumpLine {
    Begin,
    /// How many regions an array has; `None` names an array that the replayed allocators do not have.
    Count(Option<Array>, u64),
    /// A region; `whole` says that its size agrees with its ends.
    Region {
        array: Option<Array>,
        index: u64,
        piece: MemoryRange,
        whole: bool,
        /// Whether the line tells the region's flags.
        has_flags: bool,
    },
}
