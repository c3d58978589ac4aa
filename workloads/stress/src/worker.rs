//! The process that plays boots: one that a strategy takes down, or that a sanitizer ends, takes nobody with it.

use std::fs::File;
use std::io::{self, BufRead, Write};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use workloads::replay::{Program, Reach};
use workloads::trace::Trace;

use crate::hunt::{Hunt, Rules};
use crate::{Failure, Kind, Scenario, Subject, c_test, shrink};

/// What a strategy is made of.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spec {
    /// A built-in one.
    BuiltIn(String),
    /// Shared libraries by the binary logarithm of a page's bytes, and what they are called.
    Libraries(String, Vec<(u32, PathBuf)>),
}

/// What a worker is told first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Job {
    /// What is under stress.
    pub head: Spec,
    /// What it is held against.
    pub base: Option<Spec>,
    /// How strictly.
    pub rules: Rules,
    /// What all choices are drawn from.
    pub seed: u64,
    /// How often a failing boot is played again to make it shorter.
    pub tries: u32,
    /// A file in which the worker says which boot it plays, in 8 bytes.
    pub position: PathBuf,
}

impl Job {
    /// What the test in C of a boot is called.
    pub(crate) fn test_name(&self, boot: u64) -> String {
        format!("stress_{}_{boot}", self.seed)
    }
}

/// What a worker is asked after that.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// Play these boots.
    Boots(u64, u64),
    /// Write the test in C of this name for this trace, which expects what the head answers, and what went wrong elsewhere.
    Test {
        /// An identifier of C.
        name: String,
        /// What went wrong.
        what: String,
        /// The trace.
        trace: String,
    },
    /// Play this trace.
    Trace(String),
}

/// What a worker answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answered {
    /// Nothing went wrong in so many calls.
    Passed(u64),
    /// The first boot that failed.
    Failed(Box<Found>),
    /// A test in C.
    Written(String),
}

/// A failure that was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Found {
    /// The boot's number.
    pub boot: u64,
    /// What went wrong in the shrunk trace.
    pub failure: Failure,
    /// The shrunk trace.
    pub trace: String,
    /// The same as a test in C, if there is a base whose answers it can expect.
    pub c_test: Option<String>,
    /// The calls of the boot as it was found.
    pub calls: u64,
}

/// Serves one job: the job and what is asked come by line on `input`, the answers go by line to `output`.
///
/// # Errors
/// When the other side is gone, does not speak the protocol, or names a strategy that `load` does not know.
pub fn serve(
    input: impl BufRead,
    mut output: impl Write,
    load: impl Fn(&Spec) -> Result<Box<dyn Subject>, String>,
) -> io::Result<()> {
    let mut lines = input.lines();
    let Some(first) = lines.next() else { return Ok(()) };
    let job: Job = serde_json::from_str(&first?)?;
    let head = load(&job.head).map_err(io::Error::other)?;
    let base = job.base.as_ref().map(&load).transpose().map_err(io::Error::other)?;
    // What a strategy panics with is told as a failure, once.
    std::panic::set_hook(Box::new(|_| {}));
    let position = File::options().write(true).create(true).truncate(false).open(&job.position)?;
    let mut worker = Worker {
        hunt: Hunt::new(&*head, base.as_deref(), job.rules),
        head: &*head,
        base: base.as_deref(),
        job: &job,
        position,
    };
    for line in lines {
        let answer = worker.answer(serde_json::from_str(&line?)?)?;
        writeln!(output, "{}", serde_json::to_string(&answer)?)?;
        output.flush()?;
    }
    Ok(())
}

struct Worker<'s> {
    hunt: Hunt<'s>,
    head: &'s dyn Subject,
    base: Option<&'s dyn Subject>,
    job: &'s Job,
    position: File,
}

impl Worker<'_> {
    fn answer(&mut self, asked: Asked) -> io::Result<Answered> {
        match asked {
            Asked::Boots(first, count) => self.boots(first, count),
            Asked::Test { name, what, trace } => {
                let trace: Trace = trace.parse().map_err(io::Error::other)?;
                let expected = self.hunt.played_by(self.head, &trace);
                Ok(Answered::Written(c_test(&name, &what, &trace, &expected)))
            }
            Asked::Trace(text) => {
                let trace: Trace = text.parse().map_err(io::Error::other)?;
                let (failure, calls) = self.hunt.trace_fails(&trace);
                Ok(match failure {
                    None => Answered::Passed(calls),
                    Some(failure) => Answered::Failed(Box::new(self.found(0, calls, &failure, &trace))),
                })
            }
        }
    }

    fn boots(&mut self, first: u64, count: u64) -> io::Result<Answered> {
        let mut all = 0;
        for boot in first..first + count {
            self.position.write_all_at(&boot.to_le_bytes(), 0)?;
            let scenario = self.hunt.scenario(self.job.seed, boot);
            let (failure, calls) = self.hunt.scenario_fails(&scenario);
            all += calls;
            if let Some(failure) = failure {
                return Ok(Answered::Failed(Box::new(self.shrunk(boot, calls, &scenario, failure))));
            }
        }
        Ok(Answered::Passed(all))
    }

    fn shrunk(&mut self, boot: u64, calls: u64, scenario: &Scenario, failure: Failure) -> Found {
        let hunt = &mut self.hunt;
        let small = shrink(scenario, self.job.tries, |scenario| {
            hunt.scenario_fails(scenario).0.is_some_and(|found| found.kind == failure.kind)
        });
        let trace = [&small, scenario].into_iter().find_map(|scenario| {
            let trace = hunt.trace(scenario)?;
            let failure = hunt.trace_fails(&trace).0?;
            Some((trace, failure))
        });
        match trace {
            Some((trace, failure)) => self.found(boot, calls, &failure, &trace),
            // It failed once and does not again: the strategy keeps something from boot to boot.
            None => Found { boot, failure, trace: String::new(), c_test: None, calls },
        }
    }

    fn found(&mut self, boot: u64, calls: u64, failure: &Failure, trace: &Trace) -> Found {
        let what =
            called(failure, trace).map_or(failure.what.clone(), |call| format!("{call}: {}", failure.what));
        let failure = Failure { what, ..*failure };
        let name = self.job.test_name(boot);
        let expected = self.base.map(|base| self.hunt.played_by(base, trace));
        let c_test = expected.map(|expected| c_test(&name, &failure.what, trace, &expected));
        Found { boot, failure, trace: trace.to_string(), c_test, calls }
    }
}

/// The call that went wrong, as the trace has it.
fn called(failure: &Failure, trace: &Trace) -> Option<String> {
    if failure.kind == Kind::Illegal {
        // The checker has told it.
        return None;
    }
    let program = Program::compile(trace, Reach::Everywhere);
    let record = *program.record_of.get(failure.step?)? as usize;
    let line = *trace.record_lines().get(record)?;
    trace.to_string().lines().nth(line - 1).map(|line| format!("record {line}"))
}
