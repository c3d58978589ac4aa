//! What a measurement found, and the file that keeps it: JSON lines, described in `benches/RESULTS.md`.
//!
//! Exact figures are integers, noisy ones are [`Nanos`] or histograms of them; no type holds both.

mod cell;
mod complete;
mod file;
mod header;
mod histogram;
mod lock;
mod merge;
mod read;
mod sample;
mod times;
mod v1;

#[cfg(test)]
mod tests;

pub use cell::{Cell, Failure, FailureKind, Group, Key, Outcome};
pub use complete::Completeness;
pub use file::{ResultsFile, WriteError};
pub use header::{
    Cache, ClockFacts, ClockKind, Commit, Header, Load, MachineFacts, RunId, Shard, Toolchain, Warning,
};
pub use histogram::Histogram;
pub use merge::{MergeError, Merged, merge};
pub use read::{Merge, ReadError, Results};
pub use sample::{Nanos, Pair};
pub use times::{Launch, Times};

/// The version of the schema that is written. Later versions are refused, earlier ones are read.
pub const SCHEMA: u32 = 2;
