//! The machine and the program that measure: what to state of them, and what to warn of.

mod build;
mod files;
mod machine;
mod warn;

pub use build::{commit, toolchain};
pub use machine::machine;
pub use warn::warnings;
