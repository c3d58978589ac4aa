//! From bytes to the lines that matter, whole and free of what mail programs, consoles and loggers add.

mod clean;
mod join;
mod scan;

pub(super) use join::{Entry, Joiner};
pub(super) use scan::scan;
