//! What a trace consists of.

use allocators::{AddrRange, AllocRequest, MapChange, MemoryRange, Nid, Order, PageSize, PhysAddr, Setting};

/// A recorded boot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    /// Where it comes from and what it ran on.
    pub header: Header,
    /// The kernel's zones, ascending, if the log named them.
    pub zones: Vec<Zone>,
    /// The nodes on line that own no memory.
    pub memoryless_nodes: Vec<Nid>,
    /// The memory at the start of the records.
    pub memory: Vec<StartMemory>,
    /// What is reserved at the start of the records.
    pub reserved: Vec<StartReserved>,
    /// What happened, in order.
    pub records: Vec<Record>,
    /// What the kernel said of its memory at the end.
    pub said: Option<Said>,
}

/// Where a trace comes from and what it ran on. Texts are single lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// The machine, in words.
    pub machine: String,
    /// The kernel's release, such as `6.1.0-56-amd64`.
    pub kernel: String,
    /// The architecture as the kernel names it, such as `x86_64`.
    pub arch: String,
    /// The allocator that answered, if the trace says so; memblock where it does not.
    pub allocator: Option<Recorded>,
    /// The size of a page.
    pub page_size: PageSize,
    /// The order of the largest block of its page allocator.
    pub max_order: Order,
    /// The order of a pageblock: the unit of its anti-fragmentation, usually a huge page.
    pub pageblock_order: Order,
    /// The kernel's command line, if the log shows it and nobody removed it.
    pub command_line: Option<String>,
    /// The log that this was made from.
    pub source: String,
    /// How the log was recorded.
    pub captured: String,
    /// What a reader should know, one line each: what the log lacked, what was inferred and from what.
    pub notes: Vec<String>,
}

/// The allocator whose answers a trace holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recorded {
    /// Linux since 2.6.35, on most architectures.
    Memblock,
    /// Linux up to 4.19, on some.
    Bootmem,
    /// U-Boot's list of what is taken: it allocates nothing before a kernel runs that a log would show.
    Lmb,
}

impl Recorded {
    pub(super) const WORDS: [(Self, &'static str); 3] =
        [(Self::Memblock, "memblock"), (Self::Bootmem, "bootmem"), (Self::Lmb, "lmb")];

    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(allocator, _)| *allocator == self).map_or("", |(_, word)| word)
    }
}

/// A zone of the page allocator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Zone {
    /// Its name, such as `DMA32`.
    pub name: String,
    /// Its addresses.
    pub range: AddrRange,
}

/// How a record is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Evidence {
    /// It stands in the log.
    Logged,
    /// It does not stand in the log, but something that does leaves no doubt.
    Inferred(Reason),
    /// It stands in the log, and its address was used to infer something else: that address proves nothing.
    Fitted(Reason),
    /// It stands in the log as the answer to a request that would not have led to it, as far as anybody can tell: of the
    /// two only the reservation is kept.
    Unexplained,
}

/// What an inference rests on, or serves: one lower-case word such as `dump`, `nodes`, `version`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// A `MEMBLOCK configuration` dump.
    Dump,
    /// The kernel's list of memory ranges by node.
    Nodes,
    /// The kernel's command line.
    CommandLine,
    /// What this architecture's code is known to do.
    Arch,
    /// What this kernel version is known to do.
    Version,
    /// Another line of the log, not about memblock.
    Log,
    /// A request of which only the reservation stands in the log.
    Request,
    /// The address up to which requests may go.
    Limit,
    /// The direction of the search.
    Direction,
    /// The memory map of another machine, to which the requests of a recorded boot were scaled.
    Machine,
}

/// A piece of memory at the start of the records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StartMemory {
    /// The piece.
    pub memory: MemoryRange,
    /// How it is known.
    pub evidence: Evidence,
}

/// A piece that is reserved at the start of the records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StartReserved {
    /// The piece.
    pub range: AddrRange,
    /// How it is known.
    pub evidence: Evidence,
}

/// One thing that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// What it is.
    pub op: Op,
    /// How it is known.
    pub evidence: Evidence,
    /// Who called, such as `sparse_init+0x9f/0x23c`.
    pub caller: Option<String>,
}

/// What can happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Op {
    /// These very addresses are reserved.
    Reserve(AddrRange),
    /// These very addresses are freed: a reservation, an allocation, or parts of several.
    Free(AddrRange),
    /// Memory is allocated; the kernel gave this address, or none.
    Alloc(AllocRequest, Option<PhysAddr>),
    /// The memory map changes.
    Change(MapChange),
    /// A setting changes.
    Set(Setting),
    /// The kernel doubled one of its own arrays.
    Doubled {
        /// Which one.
        array: Array,
        /// How many regions it holds from now on.
        regions: u64,
        /// Where it lies.
        at: AddrRange,
    },
    /// The kernel listed all it knew.
    Dump(Dump),
}

/// One of memblock's two arrays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Array {
    /// All memory.
    Memory,
    /// What is reserved.
    Reserved,
}

/// What the kernel listed: a checkpoint.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dump {
    /// All memory, by region.
    pub memory: Vec<MemoryRange>,
    /// What was reserved, by region.
    pub reserved: Vec<MemoryRange>,
}

/// The kernel's `Memory:` line, in KiB.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Said {
    /// All memory.
    pub physical_kib: u64,
    /// What was not given to the page allocator.
    pub reserved_kib: u64,
    /// What was kept back for contiguous allocation.
    pub cma_kib: u64,
    /// The kernel's own clock at that line, in microseconds; `None` if it did not run yet or is not in the log.
    pub at_us: Option<u64>,
}

impl Said {
    /// The pages that the boot allocator handed over, or `None` when the figures contradict each other.
    ///
    /// The line's first figure is no use: the page allocator has already given some of its memory away by then.
    #[must_use]
    pub fn released_pages(&self, page: PageSize) -> Option<u64> {
        let kib = self.physical_kib.checked_sub(self.reserved_kib)?.checked_sub(self.cma_kib)?;
        Some(kib / (page.bytes() / 1024).max(1))
    }
}

impl Reason {
    /// Each with its word.
    pub(super) const WORDS: [(Self, &'static str); 10] = [
        (Self::Dump, "dump"),
        (Self::Nodes, "nodes"),
        (Self::CommandLine, "command-line"),
        (Self::Arch, "arch"),
        (Self::Version, "version"),
        (Self::Log, "log"),
        (Self::Request, "request"),
        (Self::Limit, "limit"),
        (Self::Direction, "direction"),
        (Self::Machine, "machine"),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(reason, _)| *reason == self).map_or("", |(_, word)| word)
    }
}

impl Array {
    /// Its name, as the kernel writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Reserved => "reserved",
        }
    }
}

impl Evidence {
    /// Whether the address of such a record may be held against a back-end's.
    #[must_use]
    pub fn proves(self) -> bool {
        self == Self::Logged
    }
}

impl Header {
    /// Whether the kernel is of this version or a later one; not if its release does not begin with a version.
    #[must_use]
    pub fn kernel_at_least(&self, major: u32, minor: u32) -> bool {
        let mut numbers = self.kernel.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(known)), Some(Ok(of))) => (known, of) >= (major, minor),
            _ => false,
        }
    }
}

impl Trace {
    /// How a trace was captured that no kernel ran: [`grow`](crate::grow) makes such.
    pub const MADE: &'static str = "made, not recorded";

    /// What it was made from, unless it is a recorded boot.
    #[must_use]
    pub fn recipe(&self) -> Option<&str> {
        (self.header.captured == Self::MADE).then_some(&self.header.source[..])
    }

    /// The allocations among the records.
    pub fn allocations(&self) -> impl Iterator<Item = (&AllocRequest, Option<PhysAddr>)> {
        self.records.iter().filter_map(|record| match &record.op {
            Op::Alloc(request, at) => Some((request, *at)),
            _ => None,
        })
    }
}
