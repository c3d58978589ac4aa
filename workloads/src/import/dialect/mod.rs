//! What the lines say: one file for each family of lines, and the list of them.

mod bootmem;
mod dump;
mod fact;
mod memblock;
mod text;

use allocators::{AddrRange, MemFlags, MemoryRange, PhysAddr};

use super::facts::Fact;
use crate::trace::Array;

pub(super) use bootmem::BootmemLine;
pub(super) use memblock::is_caller;

/// What a line says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum LogLine {
    /// memblock was asked for memory.
    Request(Request),
    /// memblock was told of a range.
    Range(RangeLine),
    /// memblock doubled an array.
    Doubled { array: Array, regions: u64, at: AddrRange },
    /// A piece of memblock's listing of all it knows.
    Dump(DumpLine),
    /// bootmem said something.
    Bootmem(BootmemLine),
    /// Something else that helps.
    Fact(Fact),
}

/// `memblock_alloc_try_nid: 64 bytes align=0x40 nid=-1 from=0x0 max_addr=0x0 caller`
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Request {
    pub(super) kind: RequestKind,
    pub(super) size: u64,
    pub(super) align: u64,
    /// `None` for any node, however this kernel writes that.
    pub(super) nid: Option<u32>,
    pub(super) from: u64,
    pub(super) max_addr: u64,
    /// For a huge page, by the function that newer kernels have for them.
    pub(super) hugetlb: bool,
    pub(super) caller: String,
}

/// What a request falls back to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RequestKind {
    /// Other nodes, and below the minimum.
    Any,
    /// Below the minimum, not other nodes.
    ExactNode,
    /// Nothing: `memblock_phys_alloc_range`.
    Phys,
}

/// `memblock_reserve: [0x1000-0x1fff] caller`
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct RangeLine {
    pub(super) verb: Verb,
    pub(super) start: PhysAddr,
    /// The second number as it stands in the log: the last byte, or in 3.1 to 3.9 the first one after it.
    pub(super) second: u64,
    /// The digits of either number: 8 where physical addresses have 32 bits.
    pub(super) digits: usize,
    pub(super) nid: Option<u32>,
    pub(super) flags: MemFlags,
    /// Whether this kernel prints flags at all.
    pub(super) has_flags: bool,
    /// Empty when the log lost it.
    pub(super) caller: String,
}

/// What was done to a range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verb {
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
pub(super) enum DumpLine {
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

/// What came of reading a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Parsed {
    /// It says these.
    Lines(Vec<LogLine>),
    /// It begins a record that ends too early: the rest may be on the next line. What can be told without the rest.
    Incomplete(Option<LogLine>),
    /// It looks like a record and makes no sense.
    Damaged,
    /// It is none of ours.
    Noise,
}

/// Reads a clean line.
pub(super) fn parse(text: &str) -> Parsed {
    for dialect in [memblock::parse, dump::parse, bootmem::parse, fact::parse] {
        let parsed = dialect(text);
        if parsed != Parsed::Noise {
            return parsed;
        }
    }
    Parsed::Noise
}
