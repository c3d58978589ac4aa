//! What is known of a machine by its memory map.

use allocators::{AddrRange, MemFlags, Nid, PageSize};

/// A machine as firmware or a kernel described it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hardware {
    /// The machine, in words; `unknown` where nothing says.
    pub name: String,
    /// The architecture as the kernel names it, if known.
    pub arch: Option<String>,
    /// The size of a page of the kernel that printed the map, if known.
    pub page: Option<PageSize>,
    /// The files that it was made from.
    pub sources: Vec<String>,
    /// What a reader should know, one line each: what was read, what of it was taken, what was assumed.
    pub notes: Vec<String>,
    /// The nodes that are on line and own no memory, ascending.
    pub memoryless_nodes: Vec<Nid>,
    /// Its memory, ascending and apart.
    pub memory: Vec<Memory>,
    /// What of its memory is reserved before any kernel runs, ascending and apart.
    pub reserved: Vec<Kept>,
    /// What firmware has and never gives: not memory for a kernel. Ascending and apart, and apart from memory.
    pub unusable: Vec<Kept>,
}

/// A piece of memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Memory {
    /// Its addresses.
    pub range: AddrRange,
    /// Its node; `None` if nothing says.
    pub nid: Option<Nid>,
    /// Memblock's flags: hot-pluggable, mirrored, not mapped.
    pub flags: MemFlags,
    /// What the map calls it, and where.
    pub said: Said,
}

/// A range that firmware keeps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// Its addresses.
    pub range: AddrRange,
    /// What the map calls it, and where.
    pub said: Said,
}

/// Where a range stands in which map, and what it is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// Which of the sources.
    pub source: usize,
    /// The line of it, counted from 1; `None` where there are none, as in a device tree blob.
    pub line: Option<u64>,
    /// What the map calls it, such as `usable` or `/reserved-memory/tee@4000`.
    pub what: String,
}

impl Hardware {
    /// The bytes of memory.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.memory.iter().map(|piece| piece.range.size()).sum()
    }

    /// The nodes that own memory, ascending.
    #[must_use]
    pub fn nids(&self) -> Vec<Nid> {
        let mut nids: Vec<Nid> = self.memory.iter().filter_map(|piece| piece.nid).collect();
        nids.sort_unstable();
        nids.dedup();
        nids
    }
}
