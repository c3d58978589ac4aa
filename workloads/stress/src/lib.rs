//! Does a boot allocator break on a machine that its author does not have?
//!
//! Machines are made from the recorded ones, each with a boot of its own, and played through a strategy, and if there is one
//! through the strategy that it is held against. What goes wrong is shrunk to the fewest calls and told as a trace that
//! replays it. See `STRESS.md`.

mod crew;
mod ctest;
mod dice;
mod failure;
mod hunt;
mod judge;
mod naive;
mod play;
mod record;
mod scenario;
mod scenes;
mod shrink;
mod subject;
mod vary;
mod worker;

pub use crew::{Crew, Progress, Report, State};
pub use ctest::c_test;
pub use failure::{Failure, Kind};
pub use hunt::{Hunt, Rules};
pub use judge::judge;
pub use play::{Lists, Played, play_listed, play_plain};
pub use scenario::Scenario;
pub use shrink::shrink;
pub use subject::{BuiltIn, Listed, Loaded, Subject, built_in, load};
pub use worker::{Answered, Asked, Found, Job, Spec, serve};
