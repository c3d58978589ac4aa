//! Watching a replay, apart from the timed path: was every answer legal, and what could the strategy not do?
//!
//! The checker keeps its own ledger of the machine in interval sets and shares no code with any back-end. In its terms
//!
//! * a block is **legal** if it lies in memory that may be handed out, is aligned, ends at or below its limit, lies on the
//!   node that was insisted on and at or above the minimum that was insisted on, and no byte of it is in use;
//! * a release is **legal** if each block is naturally aligned, no larger than the page allocator takes, on the node that is
//!   released, in nobody's use and released for the first time; and afterwards each page of memory was either released or is
//!   touched by what the back-end itself lists as reserved. A back-end that counts whole pages need not account for those that
//!   changes of the memory map gave back in parts only.
//!
//! What a strategy may do but a caller would not like (no memory, another node, below the goal, memory that is needed by a
//! later reservation) is no violation but an outcome, and is counted.

mod every;
mod ledger;
mod outcome;
mod pages;
mod release;
mod violation;
mod watch;

#[cfg(test)]
mod tests;

pub use every::check_every;
pub use outcome::Outcomes;
pub use release::{Released, Run};
pub use violation::{Violation, ViolationKind};
pub use watch::{Checked, Watch, check};
