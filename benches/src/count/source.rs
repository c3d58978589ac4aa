//! Where counts come from.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Count;

/// Where a plan takes its counts of instructions from.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// Nobody asked for any.
    #[default]
    Unasked,
    /// They would be counted if valgrind were there.
    Missing,
    /// Callgrind counts, called by this valgrind.
    Callgrind(PathBuf),
    /// They were counted before.
    Given(Vec<Count>),
}
