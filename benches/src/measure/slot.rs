//! One cell while it is being measured.

use std::time::Duration;

use super::child::Child;
use crate::clock::Clock;
use crate::plan::{Member, Plan, PlannedGroup};
use crate::quantity::Gathered;
use crate::results::{Failure, FailureKind, Launch, Nanos, Outcome};
use crate::worker::{Job, PROTOCOL, Reply, Request, Sample};

/// What has been gathered of a cell so far.
pub(super) struct Slot<'p> {
    member: &'p Member,
    limit_s: u64,
    budget: Duration,
    child: Option<Child>,
    /// Set once; nothing is asked of the cell any more.
    failure: Option<Failure>,
    pub(super) repeats: u32,
    gathered: Gathered,
}

impl<'p> Slot<'p> {
    /// A cell of which nothing is known; with `lost`, one that is not to be tried.
    pub(super) fn new(member: &'p Member, plan: &Plan, lost: Option<Failure>) -> Self {
        Self {
            member,
            limit_s: plan.limits.seconds,
            budget: Duration::from_secs(plan.limits.seconds),
            child: None,
            failure: lost,
            repeats: 1,
            gathered: Gathered::default(),
        }
    }

    /// Starts a process for the next launch. [`Slot::ready`] waits for it.
    pub(super) fn launch(&mut self, plan: &Plan, group: &PlannedGroup<'_>, clock: &Clock, launch: u32) {
        if self.failure.is_some() {
            return;
        }
        let job = Job {
            protocol: PROTOCOL,
            strategy: self.member.strategy.in_launch(launch),
            trace: group.boot.text.clone(),
            quantity: group.quantity,
            clock: clock.facts(),
            checked: launch == 0,
            memory_bytes: plan.limits.memory_bytes,
            cpu_seconds: plan.limits.seconds.saturating_add(5),
            // The launch: all its processes share a processor, and launches take turns.
            processor: group.quantity.is_on_one_thread().then_some(launch),
        };
        match Child::start(self.member, &job) {
            Ok(child) => self.child = Some(child),
            Err(failure) => self.failure = Some(failure),
        }
        self.gathered.launches.push(Launch { turns: Vec::new(), ns: Vec::new() });
    }

    /// Waits until the process is ready for samples.
    pub(super) fn ready(&mut self) {
        if let Some(Reply::Ready(work)) = self.wait() {
            self.gathered.work = work;
        }
    }

    /// Takes a sample that does not count.
    pub(super) fn warm_up(&mut self, repeats: u32) -> Option<Sample> {
        match self.ask(Request::Sample(repeats))? {
            Reply::Sample(sample) => Some(sample),
            other => self.unexpected(&other),
        }
    }

    /// Has the process forget what came of warming up.
    pub(super) fn forget(&mut self) {
        self.ask(Request::Forget);
    }

    /// Takes a sample, the `turn`-th of its block.
    pub(super) fn sample(&mut self, turn: usize) {
        let Some(sample) = self.warm_up(self.repeats) else { return };
        let turn = u16::try_from(turn).unwrap_or(u16::MAX);
        let Gathered { launches, parts, .. } = &mut self.gathered;
        parts.resize_with(parts.len().max(sample.parts.len()), Vec::new);
        let count = launches.len();
        let lists = sample.parts.iter().zip(parts).map(|(ns, list)| {
            list.resize_with(count, || Launch { turns: Vec::new(), ns: Vec::new() });
            (*ns, list)
        });
        let all = lists.chain([(sample.ns, launches)]);
        for (ns, list) in all {
            let (Some(ns), Some(launch)) = (Nanos::new(ns), list.last_mut()) else {
                let message = "it took less time than the clock can tell from none".into();
                self.failure = Some(Failure { kind: FailureKind::Wrong, message });
                return;
            };
            launch.turns.push(turn);
            launch.ns.push(ns);
        }
    }

    /// Ends the launch.
    pub(super) fn finish(&mut self) {
        match self.ask(Request::Finish) {
            Some(Reply::Found(found)) => self.gathered.found.push(*found),
            Some(other) => {
                self.unexpected::<()>(&other);
            }
            None => {}
        }
        self.child = None;
    }

    /// What all launches came to.
    pub(super) fn outcome(self, group: &PlannedGroup<'_>, clock: &Clock) -> Outcome {
        let Self { failure, repeats, gathered, .. } = self;
        if let Some(failure) = failure {
            return Outcome::Failed(failure);
        }
        group.quantity.keep(Gathered { repeats, ..gathered }, group.boot, &clock.facts()).unwrap_or_else(
            || {
                let message = "launches contradict each other in what no repetition changes".into();
                Outcome::Failed(Failure { kind: FailureKind::Wrong, message })
            },
        )
    }

    fn ask(&mut self, request: Request) -> Option<Reply> {
        // If it cannot be told, its last words say why.
        let _ = self.child.as_mut()?.send(&request);
        self.wait()
    }

    fn wait(&mut self) -> Option<Reply> {
        match self.child.as_mut()?.reply(&mut self.budget, self.limit_s) {
            Ok(reply) => Some(reply),
            Err(failure) => {
                self.failure = Some(failure);
                self.child = None;
                None
            }
        }
    }

    fn unexpected<T>(&mut self, reply: &Reply) -> Option<T> {
        let message = format!("it answered out of turn: {reply:.100?}");
        self.failure = Some(Failure { kind: FailureKind::Crashed, message });
        self.child = None;
        None
    }
}
