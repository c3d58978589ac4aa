//! What is wrong with a trace, and where.

use allocators::{AddrRange, Nid, PhysAddr};

/// The most memory of a machine in bytes. The largest that Linux ran on have 64 TiB; what is beyond is a damaged trace,
/// and to hand it over block by block would take hours.
pub(crate) const MOST_MEMORY: u64 = 256 << 40;

/// The address after the last that a machine can have memory at. RISC-V has the widest physical addresses of those that Linux uses, of 56 bits;
/// maps by page, which span from a node's first byte to its last, have to be bounded.
pub(crate) const END_OF_ADDRESSES: PhysAddr = PhysAddr(1 << 56);

/// What is wrong with the text of a trace. Lines and columns count from 1; columns count characters.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}, column {column}: {kind}")]
pub struct ReadError {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// What is wrong there.
    pub kind: ReadErrorKind,
}

/// What can be wrong with the text of a trace.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReadErrorKind {
    /// It was written by a newer version of this program.
    #[error(
        "the trace is of format version {found}; this program reads version {known}: use a newer program"
    )]
    Version {
        /// The trace's version.
        found: u64,
        /// The version that is understood.
        known: u32,
    },
    /// Something else should stand here.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What should stand here.
        expected: String,
        /// What stands here instead.
        found: String,
    },
    /// A line ends as on another system.
    #[error(
        "the line ends in a carriage return (CRLF), as some systems and mail programs write it; `tr -d '\\r' < OLD > NEW` takes \
         such out of a file"
    )]
    CarriageReturn,
    /// More memory than any machine has, which no replay would come to the end of.
    #[error("memory {0} makes more than {limit} TiB in all, more than any machine has", limit = MOST_MEMORY >> 40)]
    TooMuchMemory(AddrRange),
    /// Memory where no machine can have any.
    #[error("memory {0} ends above {END_OF_ADDRESSES}, where the physical addresses of every machine end")]
    Unaddressable(AddrRange),
    /// The text ends too early.
    #[error("the trace ends here, expected {0}: it was cut short")]
    Truncated(String),
    /// A number does not fit.
    #[error("the number {0} does not fit into 64 bits")]
    TooLarge(String),
    /// A range ends before it begins.
    #[error("the range {0} ends before it begins")]
    Backwards(String),
    /// A number is not written the way this program writes it.
    #[error("{0} is not written in its shortest form")]
    NotShortest(String),
    /// A page size is not a power of two.
    #[error("a page of {0} bytes: not a power of two from 512 bytes to 1 GiB")]
    PageSize(u64),
    /// An order is too large.
    #[error("order {0} is not below 32")]
    Order(u64),
    /// A node number is too large.
    #[error("node {0} is not below {limit}", limit = Nid::LIMIT)]
    Node(u64),
    /// A record's number is not the next one.
    #[error("record {found} stands where record {expected} belongs: lines are missing or out of order")]
    Sequence {
        /// The number that should stand here.
        expected: usize,
        /// The number that does.
        found: u64,
    },
    /// The last line counts other than the records do.
    #[error("the last line speaks of {said} records, {found} were found: lines are missing")]
    RecordsMissing {
        /// What the last line says.
        said: u64,
        /// How many there were.
        found: usize,
    },
    /// The memory at the start does not ascend.
    #[error("the memory {0} at the start is empty or begins before the piece in front of it ends")]
    StartMemory(AddrRange),
}
