//! A worker process, seen from outside.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::process::{Child as Process, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::plan::Member;
use crate::results::{Failure, FailureKind};
use crate::worker::{Job, Reply};

/// A worker process. Dropping it ends it.
pub(super) struct Child {
    process: Process,
    input: ChildStdin,
    replies: Receiver<String>,
    errors: File,
    memory_bytes: u64,
}

impl Child {
    pub(super) fn start(member: &Member, job: &Job) -> Result<Self, Failure> {
        let started = Self::spawn(member, job).map(|mut child| {
            // A worker that is gone already is found out by the first wait.
            let _ = child.send(job);
            child
        });
        started.map_err(|error| Failure {
            kind: FailureKind::Crashed,
            message: format!("{} could not be started: {error}", member.program.display()),
        })
    }

    fn spawn(member: &Member, job: &Job) -> io::Result<Self> {
        // A file, not a pipe: nobody has to read it while the worker runs.
        let errors = tempfile::tempfile()?;
        let mut command = Command::new(&member.program);
        // Ctrl-C is for whoever measures: what it finished is kept, and its workers end with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut process = command
            .arg("worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors.try_clone()?)
            .spawn()?;
        let missing = || io::Error::other("no pipe to the process");
        let input = process.stdin.take().ok_or_else(missing)?;
        let output = process.stdout.take().ok_or_else(missing)?;
        // A thread that reads, since waiting for a pipe with a time limit is not to be had from the standard library.
        let (sender, replies) = sync_channel(4);
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { process, input, replies, errors, memory_bytes: job.memory_bytes })
    }

    pub(super) fn send(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.input.write_all(text.as_bytes())?;
        self.input.flush()
    }

    /// The next reply, if it comes within what is left of `budget`; the time is taken off.
    pub(super) fn reply(&mut self, budget: &mut Duration, limit_s: u64) -> Result<Reply, Failure> {
        let start = Instant::now();
        let received = self.replies.recv_timeout(*budget);
        *budget = budget.saturating_sub(start.elapsed());
        match received {
            Ok(line) => match serde_json::from_str(&line) {
                Ok(Reply::Failed(failure)) => Err(failure),
                Ok(reply) => Ok(reply),
                Err(_) => Err(crashed(format!("it said `{}`", first_chars(&line)))),
            },
            Err(RecvTimeoutError::Timeout) => {
                let message = format!("it took longer than {limit_s} s (--time-limit)");
                Err(Failure { kind: FailureKind::Hung, message })
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.post_mortem()),
        }
    }

    /// Why a process ended that should not have.
    fn post_mortem(&mut self) -> Failure {
        let status = self.process.wait();
        let said = self.last_words().unwrap_or_default();
        if said.contains("memory allocation of") || said.contains("capacity overflow") {
            let mib = self.memory_bytes >> 20;
            let message = format!("it wanted more than {mib} MiB (--memory-limit): {}", first_chars(&said));
            return Failure { kind: FailureKind::OutOfMemory, message };
        }
        let how = status.map_or_else(|error| error.to_string(), describe);
        crashed(if said.is_empty() { how } else { format!("{how}: {}", first_chars(&said)) })
    }

    /// What it wrote to its standard error, on one line.
    fn last_words(&mut self) -> io::Result<String> {
        self.errors.rewind()?;
        let mut bytes = Vec::new();
        (&self.errors).take(4096).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let telling = |line: &&str| !line.is_empty() && !line.starts_with("note:");
        Ok(text.lines().map(str::trim).filter(telling).collect::<Vec<_>>().join(" "))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn crashed(message: String) -> Failure {
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
