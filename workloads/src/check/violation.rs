//! What no allocator may do.

use allocators::{AddrRange, Nid, Order, Pfn, PfnRange, PhysAddr};

/// An answer that is not legal.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}{kind}", .record.map_or("at release: ".into(), |index| format!("record {}: ", index + 1)))]
pub struct Violation {
    /// The index of the trace's record, or `None` at release.
    pub record: Option<u32>,
    /// What is wrong.
    pub kind: ViolationKind,
}

/// What can be wrong with an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ViolationKind {
    /// Memory that is none, or that must not be touched.
    #[error("the block {block} was given, of which {part} is not usable memory")]
    NotMemory {
        /// The block.
        block: AddrRange,
        /// The first part of it that is wrong.
        part: AddrRange,
    },
    /// Memory that somebody uses.
    #[error("the block {block} was given, but {part} is in use")]
    InUse {
        /// The block.
        block: AddrRange,
        /// The first range in use that it meets.
        part: AddrRange,
    },
    /// An address off its alignment.
    #[error("the address {addr} is not a multiple of {align:#x}")]
    Unaligned {
        /// The address.
        addr: PhysAddr,
        /// What it should be a multiple of.
        align: u64,
    },
    /// A block that ends above its limit.
    #[error("the block {block} ends above the limit {limit}")]
    AboveLimit {
        /// The block.
        block: AddrRange,
        /// The limit.
        limit: PhysAddr,
    },
    /// A block below the minimum that was insisted on.
    #[error("the block {block} begins below the minimum {min}")]
    BelowMinimum {
        /// The block.
        block: AddrRange,
        /// The minimum.
        min: PhysAddr,
    },
    /// A block outside the memory that alone may be given at that time.
    #[error(
        "the block {block} was given, of which {part} is not scratch memory while only that may be given"
    )]
    OutsideScratch {
        /// The block.
        block: AddrRange,
        /// The first part of it that is wrong.
        part: AddrRange,
    },
    /// A block off the node that was insisted on.
    #[error("the block {block} is not all on node {nid}")]
    WrongNode {
        /// The block.
        block: AddrRange,
        /// The node.
        nid: Nid,
    },
    /// A block that reaches past the end of the address space.
    #[error("a block of {size} bytes at {addr} reaches past the end of the address space")]
    Wraps {
        /// Where it begins.
        addr: PhysAddr,
        /// How long it is.
        size: u64,
    },
    /// A block that the page allocator cannot take.
    #[error("{first} was released with {order}, off its alignment or too large")]
    BadBlock {
        /// Its first page.
        first: Pfn,
        /// Its order.
        order: Order,
    },
    /// Pages released on the wrong node.
    #[error("the pages {pages} were released with node {nid}, but are not all usable memory of it")]
    ReleasedElsewhere {
        /// The pages.
        pages: PfnRange,
        /// The node.
        nid: Nid,
    },
    /// Pages released while somebody uses them.
    #[error("the pages {pages} were released, but {part} is in use")]
    ReleasedInUse {
        /// The pages.
        pages: PfnRange,
        /// The first range in use that they meet.
        part: AddrRange,
    },
    /// Pages released for a second time.
    #[error("the pages {0} were released twice")]
    ReleasedTwice(PfnRange),
    /// Pages that the back-end lists as reserved, and released all the same.
    #[error("the pages {0} were released, though the allocator lists them as reserved")]
    ReleasedReserved(PfnRange),
    /// Pages that were neither released nor reserved.
    #[error("the pages {0} were neither released nor are they reserved")]
    Lost(PfnRange),
    /// The number of pages that a release returned is not what it handed over.
    #[error("the release of node {nid} returned {returned} pages and handed over {handed}")]
    Miscounted {
        /// The node.
        nid: Nid,
        /// What it returned.
        returned: u64,
        /// What it handed over.
        handed: u64,
    },
    /// A second release was not refused.
    #[error("node {0} was released twice")]
    NodeReleasedTwice(Nid),
}
