//! Replaying a trace through a strategy.
//!
//! A trace is compiled once per strategy into a [`Program`] of calls, so that the loop which runs it looks nothing up:
//! a free of a part of what the kernel had given becomes a free of the same part of what this back-end gave.

mod compile;
mod copies;
mod live;
mod often;
mod program;
mod run;
mod stage;

#[cfg(test)]
pub(crate) mod tests;

pub use compile::Reach;
pub use often::Often;
pub use program::{Part, Piece, Program, Slot, Step};
pub use run::{Observer, Slots, StepResult, Unobserved, run, run_steps};
pub use stage::{Frame, Stage, StageError};
