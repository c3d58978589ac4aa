//! The process that is asked one question.

use std::any::Any;
use std::io::{self, Write as _};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::limits::{die_with_parent, limit};
use crate::plan::Limits;
use crate::results::{Failure, FailureKind};

/// The one line to such a process.
#[derive(Serialize, Deserialize)]
pub(crate) struct Question<Q> {
    /// What the process may take.
    pub(crate) limits: Limits,
    /// What it is asked.
    pub(crate) question: Q,
}

/// Answers the question on standard input: the other side of [`ask`](crate::measure::ask).
///
/// What `find` panics with, as it does where a library gives up, is an answer too.
#[must_use]
pub fn answer<Q: DeserializeOwned, A: Serialize>(find: impl FnOnce(Q) -> Result<A, Failure>) -> ExitCode {
    die_with_parent();
    let mut line = String::new();
    let asked = io::stdin().read_line(&mut line).ok().and_then(|_| serde_json::from_str(&line).ok());
    let Some(Question { limits, question }) = asked else { return ExitCode::FAILURE };
    // As whoever asks ends it sooner, this is for when that is gone.
    limit(limits.memory_bytes, limits.seconds.saturating_add(5));
    panic::set_hook(Box::new(|_| {}));
    let found = catch_unwind(AssertUnwindSafe(|| find(question))).unwrap_or_else(|said| Err(gave_up(&*said)));
    let Ok(text) = serde_json::to_string(&found) else { return ExitCode::FAILURE };
    let written = writeln!(io::stdout().lock(), "{text}");
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn gave_up(said: &(dyn Any + Send)) -> Failure {
    let text = said.downcast_ref::<String>().map(String::as_str).or_else(|| said.downcast_ref().copied());
    Failure { kind: FailureKind::Crashed, message: text.unwrap_or("it gave up").into() }
}
