//! The processes that play boots side by side, and whoever tells them which.

mod hand;
mod trial;

use std::collections::BTreeSet;
use std::io;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::worker::{Answered, Asked, Found, Job};
use hand::{Hand, Lost};

/// Boots that are asked for at once: enough that the asking costs nothing, few enough that Ctrl-C and progress are prompt.
const CHUNK: u64 = 64;

/// Processes that play boots.
pub struct Crew<'c> {
    /// Makes the command of a worker, which speaks the protocol of [`serve`](crate::serve) on its standard streams.
    pub command: &'c (dyn Fn() -> Command + Sync),
    /// What each is told; the file of positions gets a number appended.
    pub job: Job,
    /// How many.
    pub hands: usize,
    /// How long a boot may take.
    pub boot_limit: Duration,
    /// Set from outside to stop early.
    pub stop: &'c AtomicBool,
}

/// How far a run has come: what is stored, and read to resume it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// All boots below this number were played.
    pub played: u64,
    /// Chunks above it that were played too, by their first boot.
    pub beyond: BTreeSet<u64>,
    /// The calls that were made.
    pub calls: u64,
}

/// What is told while boots are played.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Boots that were played, in earlier runs too.
    pub boots: u64,
    /// The calls that they made.
    pub calls: u64,
}

/// What came of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// How far it came.
    pub state: State,
    /// The failure that ended it, if any: the one of the lowest number that was found.
    pub found: Option<Found>,
}

impl State {
    /// The boots that were played.
    #[must_use]
    pub fn boots(&self) -> u64 {
        self.played + self.beyond.len() as u64 * CHUNK
    }

    fn finished(&mut self, first: u64, calls: u64) {
        self.calls += calls;
        self.beyond.insert(first);
        while self.beyond.remove(&self.played) {
            self.played += CHUNK;
        }
    }
}

/// What all hands share.
struct Shared {
    state: State,
    next: u64,
    found: Option<Found>,
    broken: Option<io::Error>,
}

impl Crew<'_> {
    /// Plays boots from where `state` ends until `boots` were played, or one fails. `tell` is called after each chunk.
    ///
    /// # Errors
    /// When no worker can be started or one does not speak the protocol.
    pub fn run(
        &self,
        state: State,
        boots: u64,
        tell: &(dyn Fn(Progress, &State) + Sync),
    ) -> io::Result<Report> {
        let shared = Mutex::new(Shared { next: state.played, state, found: None, broken: None });
        thread::scope(|scope| {
            for number in 0..self.hands.max(1) {
                let shared = &shared;
                scope.spawn(move || {
                    if let Err(error) = self.work(number, shared, boots, tell) {
                        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                        shared.broken.get_or_insert(error);
                    }
                });
            }
        });
        let Shared { state, found, broken, .. } = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        match broken {
            Some(error) => Err(error),
            None => Ok(Report { state, found }),
        }
    }

    /// Asks one question in one process, and says what went wrong.
    ///
    /// # Errors
    /// When no worker can be started or it does not speak the protocol.
    pub fn one(&self, asked: &Asked) -> io::Result<Option<Found>> {
        let mut hand = Hand::start((self.command)(), &self.job_of(0))?;
        Ok(match hand.ask(asked, self.boot_limit)? {
            Ok(Answered::Failed(found)) => Some(*found),
            Ok(_) => None,
            Err(lost) => {
                let trace = if let Asked::Trace(text) = asked { text.clone() } else { String::new() };
                Some(Found { boot: lost.boot, failure: lost.failure, trace, c_test: None, calls: 0 })
            }
        })
    }

    /// The job of a hand, which says where it is in a file of its own.
    fn job_of(&self, number: usize) -> Job {
        let mut position = self.job.position.clone().into_os_string();
        position.push(format!(".{number}"));
        Job { position: position.into(), ..self.job.clone() }
    }

    fn work(
        &self,
        number: usize,
        shared: &Mutex<Shared>,
        boots: u64,
        tell: &(dyn Fn(Progress, &State) + Sync),
    ) -> io::Result<()> {
        let job = self.job_of(number);
        let mut hand = Hand::start((self.command)(), &job)?;
        while let Some(first) = self.next(shared, boots) {
            let answer = hand.ask(&Asked::Boots(first, CHUNK), self.boot_limit)?;
            let found = match answer {
                Ok(Answered::Passed(calls)) => {
                    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    shared.state.finished(first, calls);
                    tell(Progress { boots: shared.state.boots(), calls: shared.state.calls }, &shared.state);
                    continue;
                }
                Ok(Answered::Failed(found)) => *found,
                Ok(Answered::Written(_)) => {
                    return Err(io::Error::other("a worker answers what was not asked"));
                }
                Err(lost) => self.lost(&job, lost)?,
            };
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if shared.found.as_ref().is_none_or(|known| known.boot > found.boot) {
                shared.found = Some(found);
            }
            return Ok(());
        }
        Ok(())
    }

    fn next(&self, shared: &Mutex<Shared>, boots: u64) -> Option<u64> {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        while shared.state.beyond.contains(&shared.next) {
            shared.next += CHUNK;
        }
        let done = shared.found.is_some() || shared.broken.is_some() || self.stop.load(Ordering::Relaxed);
        if done || shared.next >= boots {
            return None;
        }
        shared.next += CHUNK;
        Some(shared.next - CHUNK)
    }

    /// Shrinks a boot that took its process down, each try in a process of its own.
    fn lost(&self, job: &Job, lost: Lost) -> io::Result<Found> {
        trial::shrink(self.command, job, self.boot_limit, lost)
    }
}
