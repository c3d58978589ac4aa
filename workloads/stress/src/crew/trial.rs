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
    let c_test = expected_of_base(command, job, limit, boot, &failure, &text);
    Ok(Found { boot, failure, trace: text, c_test, calls: scenario.steps.len() as u64 })
}

/// The test in C, which expects what the base answers: of what ended its process there are no answers. None without a base, or
/// if that ends its process as well.
fn expected_of_base(
    command: &(dyn Fn() -> Command + Sync),
    job: &Job,
    limit: Duration,
    boot: u64,
    failure: &Failure,
    trace: &str,
) -> Option<String> {
    let alone = Job { head: job.base.clone()?, base: None, ..job.clone() };
    let (name, what) = (job.test_name(boot), failure.what.clone());
    let asked = Asked::Test { name, what, trace: trace.to_owned() };
    let mut hand = Hand::start(command(), &alone).ok()?;
    match hand.ask(&asked, limit).ok()?.ok()? {
        Answered::Written(test) => Some(test),
        _ => None,
    }
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
