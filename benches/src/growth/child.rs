//! The process that measures one cell, from outside.

use std::collections::BTreeMap;
#[cfg(not(unix))]
use std::fs;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::process::{Child as Process, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::worker::Answer;
use super::{Kind, Launch};
use crate::count;
use crate::plan::StrategyRef;
use crate::results::ClockFacts;

/// What a process is to measure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// The strategy.
    pub strategy: StrategyRef,
    /// The machine.
    pub recipe: String,
    /// What is measured of it.
    pub kinds: Vec<Kind>,
    /// Whether instructions are counted, and nothing is timed.
    pub counted: bool,
    /// The clock that it shall use.
    pub clock: ClockFacts,
    /// Bytes of address space that it may have.
    pub memory_bytes: u64,
    /// Seconds of processor time that it may have.
    pub cpu_seconds: u64,
}

/// Why a cell came to nothing.
pub(super) enum Failed {
    /// Somebody wants all to end.
    Stopped,
    /// This.
    Because(String),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Because(format!("the process that measures cannot be run: {error}"))
    }
}

/// Times the cell.
pub(super) fn time(program: &Path, job: &Job, limit_s: u64, stop: &AtomicBool) -> Result<Launch, Failed> {
    let mut command = Command::new(program);
    command.arg("grow-worker").env("RUST_BACKTRACE", "0");
    match answer(command, job, limit_s, stop)? {
        Answer::Timed(launch) => Ok(launch),
        Answer::Refused(why) => Err(Failed::Because(why)),
        Answer::Counted(_) => Err(Failed::Because("it counted instead of timing".into())),
    }
}

/// Counts instructions of the cell: callgrind writes a file each time that the counted function returns.
pub(super) fn count(
    program: &Path,
    valgrind: &Path,
    job: &Job,
    limit_s: u64,
    stop: &AtomicBool,
) -> Result<BTreeMap<Kind, f64>, Failed> {
    let folder = tempfile::tempdir()?;
    let program = std::path::absolute(program)?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(&program, folder.path().join("program"))?;
    #[cfg(not(unix))]
    fs::copy(&program, folder.path().join("program"))?;
    let mut command = count::callgrind(valgrind, folder.path());
    command.arg("grow-worker");
    let counted = match answer(command, job, limit_s, stop)? {
        Answer::Counted(counted) => counted,
        Answer::Refused(why) => return Err(Failed::Because(why)),
        Answer::Timed(_) => return Err(Failed::Because("it timed instead of counting".into())),
    };
    let none = "callgrind did not find the function `counted_region` in the program: was it stripped?";
    let instructions = count::counts(folder.path(), counted.len())
        .filter(|counts| counts.iter().all(|&count| count > 0))
        .ok_or_else(|| Failed::Because(none.into()))?;
    let each = counted.into_iter().zip(instructions);
    let mut found: BTreeMap<Kind, f64> =
        each.map(|((kind, calls), count)| (kind, count as f64 / f64::from(calls))).collect();
    // Counted was the hand-over into the page allocator's model; the boot before it was counted by itself.
    let boot = found.get(&Kind::Boot).copied().unwrap_or_default();
    if let Some(cost) = found.get_mut(&Kind::BootCost) {
        *cost += boot;
    }
    Ok(found)
}

/// Runs the process until it has answered, or for as long as it may.
fn answer(mut command: Command, job: &Job, limit_s: u64, stop: &AtomicBool) -> Result<Answer, Failed> {
    let mut input = tempfile::tempfile()?;
    input.write_all(&serde_json::to_vec(job).map_err(io::Error::from)?)?;
    input.rewind()?;
    let (mut output, mut errors) = (tempfile::tempfile()?, tempfile::tempfile()?);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.stdin(input).stdout(output.try_clone()?).stderr(errors.try_clone()?);
    let mut child = Ended(command.spawn()?);
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.0.try_wait()? {
            break status;
        }
        if stop.load(Ordering::Relaxed) {
            return Err(Failed::Stopped);
        }
        if begun.elapsed() > Duration::from_secs(limit_s) {
            return Err(Failed::Because(format!("it was not done after {limit_s} s")));
        }
        thread::sleep(Duration::from_millis(2));
    };
    let said = text(&mut output)?;
    serde_json::from_str(&said).map_err(|_| {
        let last = text(&mut errors).unwrap_or_default();
        let last =
            last.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned();
        Failed::Because(format!("it ended ({status}) without an answer: {last}"))
    })
}

fn text(file: &mut File) -> io::Result<String> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// A process that does not outlive whoever waits for it.
struct Ended(Process);

impl Drop for Ended {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
