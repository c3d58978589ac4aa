//! Shrinking a boot that takes its process down.

use std::io;
use std::process::Command;
use std::time::Duration;

use workloads::replay::Stage;

use super::hand::{Hand, Lost};
use crate::failure::{Failure, Kind};
use crate::hunt::{Hunt, Rules};
use crate::worker::{Answered, Asked, Found, Job};
use crate::{Scenario, built_in, shrink as shrink_scenario};

/// Processes that are started for it at most: each costs some tens of milliseconds.
const TRIES: u32 = 400;

pub(super) fn shrink(
    command: &(dyn Fn() -> Command + Sync),
    job: &Job,
    limit: Duration,
    lost: Lost,
) -> io::Result<Found> {
    let Lost { boot, failure } = lost;
    // Machines are made without what is under stress.
    let ours =
        built_in("memblock").ok_or_else(|| io::Error::other("there is no memblock to make traces with"))?;
    let scenario = Hunt::new(&*ours, None, Rules::default()).scenario(job.seed, boot);
    let mut stage = Stage::default();
    let mut trial = Trial { command, job, limit, hand: None };
    let tries = if failure.kind == Kind::Hung { TRIES / 40 } else { TRIES };
    let small = shrink_scenario(&scenario, tries, |scenario: &Scenario| {
        let trace = scenario.record(&mut stage);
        trace.and_then(|trace| trial.fails(trace.to_string())).is_some_and(|found| found.kind == failure.kind)
    });
    let text = small.record(&mut stage).map(|trace| trace.to_string()).unwrap_or_default();
    let failure = trial.fails(text.clone()).unwrap_or(failure);
    Ok(Found { boot, failure, trace: text, c_test: None, calls: scenario.steps.len() as u64 })
}

struct Trial<'t> {
    command: &'t (dyn Fn() -> Command + Sync),
    job: &'t Job,
    limit: Duration,
    hand: Option<Hand>,
}

impl Trial<'_> {
    /// Plays a trace in another process.
    fn fails(&mut self, text: String) -> Option<Failure> {
        let mut hand = match self.hand.take() {
            Some(hand) => hand,
            None => Hand::start((self.command)(), self.job).ok()?,
        };
        match hand.ask(&Asked::Trace(text), self.limit).ok()? {
            Ok(Answered::Failed(found)) => {
                self.hand = Some(hand);
                Some(found.failure)
            }
            Ok(_) => {
                self.hand = Some(hand);
                None
            }
            Err(lost) => Some(lost.failure),
        }
    }
}
