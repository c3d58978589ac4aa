//! What went wrong.

use serde::{Deserialize, Serialize};

/// What kind of failure: a shrunk boot must fail in the same way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The boot was stopped: a `BUG`, a `panic`, a guard that was overwritten.
    Stopped,
    /// Its process ended: a signal, or a sanitizer that found something.
    Ended,
    /// It did not end.
    Hung,
    /// An answer that no allocator may give.
    Illegal,
    /// Refused what the other one grants.
    Refused,
    /// Another answer than the other one gives.
    Answer,
    /// Other regions or capacities.
    Lists,
    /// Other blocks handed over.
    Released,
    /// Complained where the other one does not.
    Complained,
}

/// A boot that went wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// How.
    pub kind: Kind,
    /// At which step of the program, if at one.
    pub step: Option<usize>,
    /// What happened, in words.
    pub what: String,
}
