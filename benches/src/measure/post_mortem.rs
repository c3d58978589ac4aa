//! What becomes of a worker process that does not answer as it should.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::path::Path;
use std::process::ExitStatus;

use crate::plan::Member;
use crate::results::{Failure, FailureKind};
use crate::worker::Reply;

pub(super) fn not_started(member: &Member, error: &io::Error) -> Failure {
    match &member.program {
        Some(program) => no_start(program, error),
        None => not_started_again(error),
    }
}

pub(super) fn not_started_again(error: &io::Error) -> Failure {
    crashed(format!("this program could not be started once more: {error}"))
}

pub(super) fn no_start(program: &Path, error: &io::Error) -> Failure {
    crashed(format!("{} could not be started: {error}", program.display()))
}

pub(super) fn too_slow(limit_s: u64) -> Failure {
    Failure { kind: FailureKind::Hung, message: format!("it took longer than {limit_s} s (--time-limit)") }
}

/// The reply in a line, or the failure that it tells of.
pub(super) fn understood(line: &str) -> Result<Reply, Failure> {
    match serde_json::from_str(line) {
        Ok(Reply::Failed(failure)) => Err(failure),
        Ok(reply) => Ok(reply),
        Err(_) => Err(babble(line)),
    }
}

/// It does not speak the protocol.
pub(super) fn babble(line: &str) -> Failure {
    crashed(format!("it said `{}`", first_chars(line)))
}

/// Why a process ended that should not have; `errors` is what it wrote to its standard error.
pub(super) fn post_mortem(status: io::Result<ExitStatus>, errors: &mut File, memory_bytes: u64) -> Failure {
    let said = last_words(errors).unwrap_or_default();
    // The first two are Rust's words, the third are valgrind's.
    let hunger = ["memory allocation of", "capacity overflow", "memory management: out of memory"];
    if hunger.iter().any(|words| said.contains(words)) {
        let mib = memory_bytes >> 20;
        let message = format!("it wanted more than {mib} MiB (--memory-limit): {}", first_chars(&said));
        return Failure { kind: FailureKind::OutOfMemory, message };
    }
    let how = status.map_or_else(|error| error.to_string(), describe);
    crashed(if said.is_empty() { how } else { format!("{how}: {}", first_chars(&said)) })
}

/// What it wrote to its standard error, on one line.
fn last_words(errors: &mut File) -> io::Result<String> {
    errors.rewind()?;
    let mut bytes = Vec::new();
    errors.take(4096).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let telling = |line: &&str| !line.is_empty() && !line.starts_with("note:");
    Ok(text.lines().map(str::trim).filter(telling).collect::<Vec<_>>().join(" "))
}

pub(super) fn crashed(message: String) -> Failure {
    Failure { kind: FailureKind::Crashed, message }
}

fn first_chars(text: &str) -> String {
    text.chars().take(300).collect()
}

#[cfg(unix)]
fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status.signal() {
        Some(9) => "it was killed by signal 9, perhaps because the machine's memory ran out".into(),
        Some(24) => "it was killed by signal 24: its processor time was used up".into(),
        Some(signal) => format!("it was killed by signal {signal}"),
        None => status.to_string(),
    }
}

#[cfg(not(unix))]
fn describe(status: ExitStatus) -> String {
    status.to_string()
}
