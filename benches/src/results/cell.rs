//! A finished cell.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{RunId, Times};
use crate::exact::Exact;
use crate::figures::Figures;
use crate::quantity::{BootCost, Latency, Quantity, Release};

/// What was found of one quantity of one strategy on one trace.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(from = "Fields")]
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

/// The fields of a cell's line. Read through `flatten`, what the key is not would be kept aside, sixteen times as large as it
/// stands in the file.
#[derive(Deserialize)]
struct Fields {
    run: RunId,
    group: Group,
    trace: String,
    quantity: Quantity,
    strategy: String,
    outcome: Outcome,
}

impl From<Fields> for Cell {
    fn from(fields: Fields) -> Self {
        let Fields { run, group, trace, quantity, strategy, outcome } = fields;
        Self { run, group, key: Key { trace, quantity, strategy }, outcome }
    }
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
    /// How long a boot takes, in its parts.
    BootCost(BootCost),
    /// How long building the allocator's state takes; [`Times::work`] counts it and the reservations of the start.
    Build(Times),
    /// How long each call takes.
    Latency(Latency),
    /// How long releasing takes; [`Times::work`] counts pages.
    Release(Release),
    /// What no repetition changes: figures, and what lies beside them.
    Exact(Box<Exact>),
    /// Figures that callgrind counted.
    Counts(Figures),
    /// Nothing, for this reason.
    Failed(Failure),
}

impl Outcome {
    /// The samples, of a quantity that has them; of a boot, of both parts together.
    #[must_use]
    pub fn times(&self) -> Option<Cow<'_, Times>> {
        match self {
            Self::BootCost(cost) => cost.total().map(Cow::Owned),
            Self::Build(times) => Some(Cow::Borrowed(times)),
            Self::Release(release) => Some(Cow::Borrowed(&release.times)),
            _ => None,
        }
    }

    /// The exact figures, of a quantity that has them.
    #[must_use]
    pub fn figures(&self) -> Option<&Figures> {
        match self {
            Self::Exact(exact) => Some(&exact.figures),
            Self::Counts(figures) => Some(figures),
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
