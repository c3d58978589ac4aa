//! A recorded boot: what the machine was, what was asked of its boot allocator, and what the kernel answered.
//!
//! The text form is described in `workloads/FORMAT.md`.

mod machine;
mod model;
mod proof;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub use machine::Machine;
pub use model::{
    Array, Dump, Evidence, Header, Op, Reason, Record, Recorded, Said, StartMemory, StartReserved, Trace,
    Zone,
};
pub use proof::{Answers, Proof};
pub(crate) use read::{END_OF_ADDRESSES, MOST_MEMORY};
pub use read::{ReadError, ReadErrorKind};

/// The version of the text format that this crate reads and writes.
pub const VERSION: u32 = 1;
