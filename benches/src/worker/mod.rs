//! The process that measures one cell: told by lines on its input what to do, answering by lines on its output.
//!
//! A strategy that crashes, hangs or eats memory takes only this process down.

mod answer;
mod limits;
mod pipe;
mod protocol;

use std::process::ExitCode;

use allocators::Strategy;
use allocators::registry::StrategyVisitor;
use workloads::check::check;
use workloads::grow;
use workloads::replay::{Program, Reach, Stage, StageError};
use workloads::trace::Trace;

use self::pipe::Gone;
use crate::clock::Clock;
use crate::quantity::Site;
use crate::results::{Failure, FailureKind};

pub(crate) use answer::Question;
pub use answer::answer;
pub(crate) use limits::{die_with_parent, limit};
pub(crate) use pipe::{Pipe, Take};
pub use protocol::{Call, Calls, Found, Job, PROTOCOL, Reply, Request, Sample};

/// Serves one job, given on standard input. What `xtask worker` does.
#[must_use]
pub fn main() -> ExitCode {
    let mut pipe = Pipe::stdio();
    limits::die_with_parent();
    let Ok(job) = pipe.job() else { return ExitCode::FAILURE };
    limits::apply(&job);
    limits::stay(&job);
    let served = match serve(&mut pipe, &job) {
        Ok(()) => Ok(()),
        Err(Trouble::Gone(gone)) => Err(gone),
        Err(Trouble::Failed(failure)) => pipe.reply(&Reply::Failed(failure)),
    };
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Why a job cannot be served to its end.
pub(crate) enum Trouble {
    /// Nobody listens any more.
    Gone(Gone),
    /// There is nothing to measure.
    Failed(Failure),
}

impl Trouble {
    pub(crate) fn new(kind: FailureKind, message: &(impl ToString + ?Sized)) -> Self {
        Self::Failed(Failure { kind, message: message.to_string() })
    }
}

impl From<Gone> for Trouble {
    fn from(gone: Gone) -> Self {
        Self::Gone(gone)
    }
}

impl From<StageError> for Trouble {
    fn from(error: StageError) -> Self {
        Self::new(FailureKind::Refused, &error)
    }
}

fn serve(pipe: &mut Pipe, job: &Job) -> Result<(), Trouble> {
    if job.protocol != PROTOCOL {
        let message = format!("the program speaks version {PROTOCOL} of the protocol, not {}", job.protocol);
        return Err(Trouble::new(FailureKind::Refused, &message));
    }
    let trace = grow::read(&job.trace).map_err(|error| Trouble::new(FailureKind::Refused, &error))?;
    let mut visitor = Serve { pipe, job, trace: &trace, served: Ok(()) };
    match job.strategy.visit(&trace, &mut visitor) {
        Ok(()) => visitor.served,
        Err(unresolved) => Err(Trouble::new(FailureKind::Refused, &unresolved)),
    }
}

struct Serve<'a> {
    pipe: &'a mut Pipe,
    job: &'a Job,
    trace: &'a Trace,
    served: Result<(), Trouble>,
}

impl StrategyVisitor for Serve<'_> {
    fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
        self.served = self.cell(strategy);
    }
}

impl Serve<'_> {
    fn cell<S: Strategy + 'static>(&mut self, strategy: &'static S) -> Result<(), Trouble> {
        let mut stage = Stage::default();
        let program = &Program::compile(self.trace, Reach::of(strategy));
        if self.job.checked && !self.job.strategy.is_harness() {
            let checked = check(strategy, program, &mut stage)?;
            // A wrong answer yields no number.
            if let Some(violation) = checked.violations.first() {
                return Err(Trouble::new(FailureKind::Wrong, violation));
            }
        }
        let clock = Clock::with_facts(self.job.clock);
        let stage = &mut stage;
        let mut site = Site { pipe: self.pipe, strategy, trace: self.trace, program, stage, clock };
        self.job.quantity.serve(&mut site)
    }
}
