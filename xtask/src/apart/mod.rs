//! A boot through a foreign library, in a process of its own: what the library does there costs one boot.

mod fidelity;
mod seen;

use std::path::PathBuf;

use benches::measure::ask;
use benches::plan::{Boot, Limits};
use benches::results::{Failure, FailureKind};
use plugin::Plugin;
use serde::{Deserialize, Serialize};
use workloads::grow;

use crate::kernels::Kernel;
use crate::traces::Named;

pub(crate) use fidelity::{Of, Verified};
pub(crate) use seen::Seen;

/// What makes this program such a process.
const ARGUMENT: &str = "foreign-worker";

/// What is asked.
#[derive(Serialize, Deserialize)]
pub(crate) struct Question {
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
    Verified(Verified),
    Seen(Seen),
}

/// What a replay through a kernel's code found, or why there was none.
pub(crate) type Found<T> = Result<T, Failure>;

/// How exactly a kernel's code repeats a recorded boot.
pub(crate) fn verified(
    kernel: &mut Kernel,
    named: &Named,
    limits: Limits,
) -> anyhow::Result<Found<Verified>> {
    Ok(match asked(kernel, named, limits, What::Verified)? {
        Ok(Answer::Verified(found)) => Ok(found),
        Ok(Answer::Seen(_)) => Err(other()),
        Err(failure) => Err(failure),
    })
}

/// What a boot comes to in a kernel's code.
pub(crate) fn seen(kernel: &mut Kernel, named: &Named, limits: Limits) -> anyhow::Result<Found<Seen>> {
    Ok(match asked(kernel, named, limits, What::Seen)? {
        Ok(Answer::Seen(found)) => Ok(found),
        Ok(Answer::Verified(_)) => Err(other()),
        Err(failure) => Err(failure),
    })
}

fn other() -> Failure {
    refused(&"it answered another question")
}

fn asked(kernel: &mut Kernel, named: &Named, limits: Limits, what: What) -> anyhow::Result<Found<Answer>> {
    let library = kernel.library(&named.trace)?.library.clone();
    let boot = Boot::new(named.name.clone(), named.source.clone(), named.trace.clone());
    let question = Question { library, label: kernel.label.clone(), trace: boot.text, what };
    Ok(ask(ARGUMENT, &question, limits))
}

/// The other side: what the process does.
pub(crate) fn answer(question: &Question) -> Found<Answer> {
    let trace = grow::read(&question.trace).map_err(|error| refused(&error))?;
    let plugin = Plugin::open(&question.library, &question.label).map_err(|error| refused(&error))?;
    // It stays as long as the process, as the library does.
    let strategy: &'static Plugin = Box::leak(Box::new(plugin));
    match question.what {
        What::Verified => fidelity::of(strategy, &trace).map(Answer::Verified),
        What::Seen => seen::of(strategy, &trace).map(Answer::Seen),
    }
}

fn refused(why: &impl ToString) -> Failure {
    Failure { kind: FailureKind::Refused, message: why.to_string() }
}
