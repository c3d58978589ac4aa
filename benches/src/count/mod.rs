//! Work whose instructions are counted: calls of [`counted_region`] in an otherwise uncounted process.
//!
//! Callgrind counts from the entry of that function to its return, each call for itself. All else that the process does
//! (unpacking a trace, checking answers) is outside and costs nothing but time.

mod by_kind;
mod callgrind;
mod ingest;
mod job;
mod region;
mod replay;
mod source;

pub(crate) use by_kind::{KINDS, TAKERS};
pub use callgrind::{VALGRIND_REMEDY, valgrind};
pub(crate) use callgrind::{callgrind, counts, spent_in};
pub use ingest::{Count, IngestError, ingest};
pub use job::{Job, JobError, Work, jobs};
pub(crate) use region::Counted;
pub use region::{ENTRY_POINT, counted_region};
pub(crate) use replay::counted_boot;
pub use replay::replay;
pub use source::Counting;
