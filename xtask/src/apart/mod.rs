//! A foreign library in a process of its own, loaded or with a boot replayed through it: what it does there costs that alone.

mod facts;
mod fidelity;
mod seen;

use std::path::PathBuf;

use benches::measure::ask;
use benches::plan::{Boot, Limits};
use benches::results::{Failure, FailureKind};
use plugin::Plugin;
use serde::{Deserialize, Serialize};
use workloads::grow;

use crate::traces::Named;

pub(crate) use facts::{Facts, facts};
pub(crate) use fidelity::{Of, Verified};
pub(crate) use seen::{Given, Seen};

/// What makes this program such a process.
const ARGUMENT: &str = "foreign-worker";

/// What is asked.
#[derive(Serialize, Deserialize)]
pub(crate) enum Question {
    /// What a library says of itself.
    Facts { library: PathBuf },
    /// What a boot comes to in it.
    Boot(Replay),
}

/// A boot in a library.
#[derive(Serialize, Deserialize)]
pub(crate) struct Replay {
    library: PathBuf,
    /// What the strategy is called.
    label: String,
    /// The text of the trace, or its recipe.
    trace: String,
    what: What,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum What {
    Verified,
    Seen,
}

/// What is answered.
#[derive(Serialize, Deserialize)]
pub(crate) enum Answer {
    Facts(Facts),
    Verified(Verified),
    Seen(Seen),
}

/// What was found out about a library, or why nothing was.
pub(crate) type Found<T> = Result<T, Failure>;

/// A library that is a strategy, and what the strategy is called.
pub(crate) struct Foreign {
    pub(crate) library: PathBuf,
    pub(crate) label: String,
}

impl Foreign {
    /// How exactly it repeats a recorded boot.
    pub(crate) fn verified(&self, named: &Named, limits: Limits) -> Found<Verified> {
        match self.asked(named, limits, What::Verified)? {
            Answer::Verified(found) => Ok(found),
            _ => Err(other()),
        }
    }

    /// What a boot comes to in it.
    pub(crate) fn seen(&self, named: &Named, limits: Limits) -> Found<Seen> {
        match self.asked(named, limits, What::Seen)? {
            Answer::Seen(found) => Ok(found),
            _ => Err(other()),
        }
    }

    fn asked(&self, named: &Named, limits: Limits, what: What) -> Found<Answer> {
        let boot = Boot::new(named.name.clone(), named.source.clone(), named.trace.clone());
        let (library, label) = (self.library.clone(), self.label.clone());
        let replay = Replay { library, label, trace: boot.text, what };
        ask(ARGUMENT, &Question::Boot(replay), limits)
    }
}

fn other() -> Failure {
    refused(&"it answered another question")
}

/// The other side: what the process does.
pub(crate) fn answer(question: &Question) -> Found<Answer> {
    match question {
        Question::Facts { library } => facts::of(library).map(Answer::Facts),
        Question::Boot(replay) => replay.answer(),
    }
}

impl Replay {
    fn answer(&self) -> Found<Answer> {
        let trace = grow::read(&self.trace).map_err(|error| refused(&error))?;
        let plugin = Plugin::open(&self.library, &self.label).map_err(|error| refused(&error))?;
        // It stays as long as the process, as the library does.
        let strategy: &'static Plugin = Box::leak(Box::new(plugin));
        match self.what {
            What::Verified => fidelity::of(strategy, &trace).map(Answer::Verified),
            What::Seen => seen::of(strategy, &trace).map(Answer::Seen),
        }
    }
}

fn refused(why: &impl ToString) -> Failure {
    Failure { kind: FailureKind::Refused, message: why.to_string() }
}
