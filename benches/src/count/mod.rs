//! Work whose instructions are counted: one call of [`counted_region`] in an otherwise uncounted process.
//!
//! Callgrind counts from the entry of that function to its return. All else that the process does (unpacking a trace,
//! building an allocator, checking the answer) is outside and costs nothing but time.

mod ingest;
mod job;
mod region;

pub use ingest::{Counted, IngestError, ingest};
pub use job::{Job, JobError, Work, jobs};
pub use region::{ENTRY_POINT, counted_region};
