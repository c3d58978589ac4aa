//! Work whose instructions are counted: one call of [`counted_region`] in an otherwise uncounted process.
//!
//! Callgrind counts from the entry of that function to its return. All else that the process does (unpacking a trace,
//! building an allocator, checking the answer) is outside and costs nothing but time.

mod callgrind;
mod ingest;
mod job;
mod region;
mod replay;
mod source;

pub use callgrind::{VALGRIND_REMEDY, valgrind};
pub(crate) use callgrind::{callgrind, instructions};
pub use ingest::{Counted, IngestError, ingest};
pub use job::{Job, JobError, Work, jobs};
pub use region::{ENTRY_POINT, counted_region};
pub use replay::{counted_replay, replay};
pub use source::Counting;
