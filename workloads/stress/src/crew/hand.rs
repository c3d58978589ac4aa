//! One process that plays boots.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Kind};
use crate::worker::{Answered, Asked, Job};

/// A process that was lost, and at which boot.
pub(super) struct Lost {
    pub(super) boot: u64,
    pub(super) failure: Failure,
}

/// A process that plays boots.
pub(super) struct Hand {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    said: thread::JoinHandle<String>,
    position: PathBuf,
}

impl Hand {
    pub(super) fn start(mut command: Command, job: &Job) -> io::Result<Self> {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn()?;
        let gone = || io::Error::other("a worker has no standard streams");
        let mut input = child.stdin.take().ok_or_else(gone)?;
        let output = child.stdout.take().ok_or_else(gone)?;
        let mut errors = child.stderr.take().ok_or_else(gone)?;
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        let said = thread::spawn(move || {
            let mut said = Vec::new();
            // What a sanitizer says is long, and its first lines are what counts.
            let _ = errors.by_ref().take(1 << 20).read_to_end(&mut said);
            let _ = io::copy(&mut errors, &mut io::sink());
            String::from_utf8_lossy(&said).into_owned()
        });
        writeln!(input, "{}", serde_json::to_string(job)?)?;
        Ok(Self { child, input, lines, said, position: job.position.clone() })
    }

    /// Asks and waits. A process that is gone, or stays at one boot for longer than `limit`, is lost.
    pub(super) fn ask(&mut self, asked: &Asked, limit: Duration) -> io::Result<Result<Answered, Lost>> {
        // A process that is gone does not read; what comes back says so.
        let _ = writeln!(self.input, "{}", serde_json::to_string(asked)?);
        let _ = self.input.flush();
        let (mut at, mut since) = (self.at(), Instant::now());
        loop {
            match self.lines.recv_timeout(Duration::from_millis(200)) {
                Ok(line) => return Ok(Ok(serde_json::from_str(&line)?)),
                Err(RecvTimeoutError::Disconnected) => return self.gone(),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.at() != at {
                (at, since) = (self.at(), Instant::now());
            }
            if since.elapsed() > limit {
                self.child.kill()?;
                let what = format!("the boot did not end within {} s", limit.as_secs());
                return Ok(Err(Lost { boot: at, failure: Failure { kind: Kind::Hung, step: None, what } }));
            }
        }
    }

    /// The boot that is played.
    fn at(&self) -> u64 {
        let mut bytes = [0; 8];
        let read = File::open(&self.position).and_then(|file| file.read_exact_at(&mut bytes, 0));
        if read.is_ok() { u64::from_le_bytes(bytes) } else { 0 }
    }

    fn gone(&mut self) -> io::Result<Result<Answered, Lost>> {
        let status = self.child.wait()?;
        let said = std::mem::replace(&mut self.said, thread::spawn(String::new)).join().unwrap_or_default();
        if status.code().is_some_and(|code| code == 1 || code == 2) && said.starts_with("error: ") {
            // Not the strategy: the worker itself cannot go on.
            return Err(io::Error::other(said.trim_end().trim_start_matches("error: ").to_owned()));
        }
        let failure = Failure { kind: Kind::Ended, step: None, what: told(status, &said) };
        Ok(Err(Lost { boot: self.at(), failure }))
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a process ended, and the line of what it said that tells most.
fn told(status: ExitStatus, said: &str) -> String {
    let line = said
        .lines()
        .find(|line| line.contains("runtime error"))
        .or_else(|| said.lines().find(|line| line.contains("SUMMARY: ")))
        .or_else(|| said.lines().find(|line| !line.trim().is_empty()));
    match line {
        Some(line) => format!("its process ended ({status}): {}", line.trim()),
        None => format!("its process ended ({status})"),
    }
}
