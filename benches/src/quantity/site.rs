//! Where samples are taken, and what comes of them.

use allocators::Strategy;
use workloads::replay::{Program, Stage};
use workloads::trace::Trace;

use crate::clock::Clock;
use crate::exact::exact;
use crate::results::{FailureKind, Launch, Outcome, Times};
use crate::worker::{Found, Pipe, Reply, Sample, Trouble};

/// A cell in its worker process.
pub(crate) struct Site<'s, S: 'static> {
    pub(crate) pipe: &'s mut Pipe,
    pub(crate) strategy: &'static S,
    pub(crate) trace: &'s Trace,
    pub(crate) program: &'s Program,
    pub(crate) stage: &'s mut Stage,
    pub(crate) clock: Clock,
}

impl<S: Strategy + 'static> Site<'_, S> {
    /// Says that the samples are all that there is.
    pub(super) fn done(&mut self) -> Result<(), Trouble> {
        self.found(Found::Nothing)
    }

    /// Says what was found beside the samples.
    pub(super) fn found(&mut self, found: Found) -> Result<(), Trouble> {
        Ok(self.pipe.reply(&Reply::Found(Box::new(found)))?)
    }

    pub(super) fn exact(&mut self) -> Result<(), Trouble> {
        let found = exact(self.strategy, self.trace, self.stage)
            .map_err(|error| Trouble::new(FailureKind::Refused, &error))?;
        if let Some(violation) = found.violations.first() {
            return Err(Trouble::new(FailureKind::Wrong, violation));
        }
        self.pipe.serve(self.program.steps.len() as u64, |_| Ok(Sample::default()))?;
        self.found(Found::Exact(Box::new(found)))
    }
}

/// What all launches of a cell brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gathered {
    /// What a sample is of: calls or pages.
    pub(crate) work: u64,
    /// How often it was done for one sample.
    pub(crate) repeats: u32,
    /// The samples of each launch.
    pub(crate) launches: Vec<Launch>,
    /// The same of each part, where samples have parts.
    pub(crate) parts: Vec<Vec<Launch>>,
    /// What each launch found beside samples.
    pub(crate) found: Vec<Found>,
}

impl Gathered {
    /// The samples.
    pub(super) fn times(&self) -> Times {
        Times { work: self.work, repeats: self.repeats, launches: self.launches.clone() }
    }

    pub(super) fn exact(self) -> Option<Outcome> {
        match self.found.into_iter().next() {
            Some(Found::Exact(exact)) => Some(Outcome::Exact(exact)),
            _ => None,
        }
    }
}
