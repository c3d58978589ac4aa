//! A worker process, seen from outside.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child as Process, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::post_mortem::{not_started, post_mortem, too_slow, understood};
use crate::plan::Member;
use crate::results::Failure;
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
        let program = member.program();
        let started = program.and_then(|program| Self::told(&program, "worker", job.memory_bytes, job));
        started.map_err(|error| not_started(member, &error))
    }

    /// The process of `program` that its argument makes a worker, with its first line sent.
    pub(super) fn told(
        program: &Path,
        argument: &str,
        memory_bytes: u64,
        line: &impl Serialize,
    ) -> io::Result<Self> {
        let mut child = Self::spawn(program, argument, memory_bytes)?;
        // A worker that is gone already is found out by the first wait.
        let _ = child.send(line);
        Ok(child)
    }

    fn spawn(program: &Path, argument: &str, memory_bytes: u64) -> io::Result<Self> {
        // A file, not a pipe: nobody has to read it while the worker runs.
        let errors = tempfile::tempfile()?;
        let mut command = Command::new(program);
        // Ctrl-C is for whoever measures: what it finished is kept, and its workers end with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut process = command
            .arg(argument)
            // Writing one takes seconds in a large program, in which a crash looks like a hang; and it is not kept.
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors.try_clone()?)
            .spawn()?;
        let missing = || io::Error::other("no pipe to the process");
        let input = process.stdin.take().ok_or_else(missing)?;
        let output = process.stdout.take().ok_or_else(missing)?;
        // A thread that reads, since waiting for a pipe with a time limit is nothing that the standard library offers.
        let (sender, replies) = sync_channel(4);
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { process, input, replies, errors, memory_bytes })
    }

    pub(super) fn send(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        self.input.write_all(text.as_bytes())?;
        self.input.flush()
    }

    /// The next reply, if it comes within what is left of `budget`; the time is subtracted.
    pub(super) fn reply(&mut self, budget: &mut Duration, limit_s: u64) -> Result<Reply, Failure> {
        self.line(budget, limit_s).and_then(|line| understood(&line))
    }

    /// The next line, in the same way.
    pub(super) fn line(&mut self, budget: &mut Duration, limit_s: u64) -> Result<String, Failure> {
        let start = Instant::now();
        let received = self.replies.recv_timeout(*budget);
        *budget = budget.saturating_sub(start.elapsed());
        match received {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => Err(too_slow(limit_s)),
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.process.wait();
                Err(post_mortem(status, &mut self.errors, self.memory_bytes))
            }
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
