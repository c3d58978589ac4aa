//! One question to a process of its own: for whoever runs a foreign library and measures nothing.

use std::env;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::child::Child;
use super::post_mortem::{babble, not_started_again};
use crate::plan::Limits;
use crate::results::Failure;
use crate::worker::Question;

/// Starts this program once more with this one argument, which makes it call [`answer`](crate::worker::answer), asks it, and
/// waits for what it says.
///
/// # Errors
/// [`Failure`] when the process cannot be started, says so itself, or ends or stays silent instead of answering.
pub fn ask<Q: Serialize, A: DeserializeOwned>(
    argument: &str,
    question: &Q,
    limits: Limits,
) -> Result<A, Failure> {
    let line = Question { limits, question };
    let program = env::current_exe();
    let child = program.and_then(|program| Child::told(&program, argument, limits.memory_bytes, &line));
    let mut child = child.map_err(|error| not_started_again(&error))?;
    let said = child.line(&mut Duration::from_secs(limits.seconds), limits.seconds)?;
    serde_json::from_str::<Result<A, Failure>>(&said).unwrap_or_else(|_| Err(babble(&said)))
}
