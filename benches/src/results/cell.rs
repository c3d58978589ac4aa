//! A finished cell.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Latency, Quantity, Release, RunId, Times};
use crate::exact::Exact;

/// What was found of one quantity of one strategy on one trace.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// The run that measured it.
    pub run: RunId,
    /// The cells that it was measured side by side with: only those may be compared pair by pair.
    pub group: Group,
    /// Which cell it is.
    #[serde(flatten)]
    pub key: Key,
    /// What was found.
    pub outcome: Outcome,
}

/// Cells that were measured in turn. The file keeps them together: all of a group are there, or none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Group {
    /// Its number in the plan.
    pub number: u32,
    /// How many cells it has.
    pub cells: u32,
}

/// Names a cell.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Key {
    /// The trace.
    pub trace: String,
    /// The quantity.
    pub quantity: Quantity,
    /// The strategy.
    pub strategy: String,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} on {}", self.quantity, self.strategy, self.trace)
    }
}

/// What was found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// How long all calls of a boot take; [`Times::work`] counts calls.
    Boot(Times),
    /// How long each call takes.
    Latency(Latency),
    /// How long releasing takes; [`Times::work`] counts pages.
    Release(Release),
    /// Figures that no repetition changes.
    Exact(Box<Exact>),
    /// Counts of events by name, which no repetition changes.
    Counts(BTreeMap<String, u64>),
    /// Nothing, for this reason.
    Failed(Failure),
}

impl Outcome {
    /// The samples, of a quantity that has them.
    #[must_use]
    pub fn times(&self) -> Option<&Times> {
        match self {
            Self::Boot(times) => Some(times),
            Self::Release(release) => Some(&release.times),
            _ => None,
        }
    }

    /// Why there is nothing.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

/// Why a cell has no result.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// What is known of it: one line.
    pub message: String,
}

/// How a cell can fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Its process ended before its time.
    Crashed,
    /// It took longer than it may.
    Hung,
    /// It wanted more memory than it may have.
    OutOfMemory,
    /// The strategy cannot describe the machine.
    Refused,
    /// The strategy gave an answer that no allocator may give.
    Wrong,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Crashed => "crashed",
            Self::Hung => "hung",
            Self::OutOfMemory => "out of memory",
            Self::Refused => "refused",
            Self::Wrong => "wrong",
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}
