//! What can be counted: the boot, the release and the microscopic searches of each strategy.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use allocators::registry::{self, StrategyVisitor};
use allocators::{BootAllocator, CountingSink, Strategy};
use serde::{Deserialize, Serialize};
use workloads::corpus;
use workloads::grow;
use workloads::replay::{Program, Reach, Stage};
use workloads::trace::Trace;

use super::{Counted, counted_region, replay};
use crate::buddy::{HandOver, hand_over};
use crate::micro;
use crate::probe;

/// One piece of work of one strategy.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Job {
    /// The strategy's name.
    pub strategy: String,
    /// What it does.
    pub work: Work,
}

/// A piece of work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Work {
    /// The building of an allocator for the machine of this trace.
    Build(String),
    /// All calls of the boot of this trace.
    Replay(String),
    /// The hand-over into the model of the page allocator after that boot.
    HandOver(String),
    /// The release of all nodes after that boot, into a sink that counts.
    Release(String),
    /// The search of this microscopic case.
    Search(String),
}

/// Why a job cannot be done.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JobError {
    /// There is no such job.
    #[error(
        "`{0}` is not a job; jobs read STRATEGY/WORK/TRACE with build, replay, hand-over or release, or \
         STRATEGY/search/CASE"
    )]
    Unknown(String),
    /// The job could not be done.
    #[error("{0}: {1}")]
    Failed(String, String),
}

impl Display for Job {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (work, on) = match &self.work {
            Work::Build(trace) => ("build", trace),
            Work::Replay(trace) => ("replay", trace),
            Work::HandOver(trace) => ("hand-over", trace),
            Work::Release(trace) => ("release", trace),
            Work::Search(case) => ("search", case),
        };
        write!(f, "{}/{work}/{on}", self.strategy)
    }
}

impl FromStr for Job {
    type Err = JobError;

    fn from_str(text: &str) -> Result<Self, JobError> {
        let unknown = || JobError::Unknown(text.into());
        let mut words = text.splitn(3, '/');
        let mut part = || words.next().ok_or_else(unknown);
        let (strategy, work, on) = (part()?, part()?, part()?.to_owned());
        let work = match work {
            "build" => Work::Build(on),
            "replay" => Work::Replay(on),
            "hand-over" => Work::HandOver(on),
            "release" => Work::Release(on),
            "search" => Work::Search(on),
            _ => return Err(unknown()),
        };
        Ok(Self { strategy: strategy.into(), work })
    }
}

impl TryFrom<String> for Job {
    type Error = JobError;

    fn try_from(text: String) -> Result<Self, JobError> {
        text.parse()
    }
}

impl From<Job> for String {
    fn from(job: Job) -> Self {
        job.to_string()
    }
}

/// Every job there is on these traces: the parts of each boot, then every microscopic case, for all strategies.
#[must_use]
pub fn jobs<'t>(traces: impl Iterator<Item = &'t str>) -> Vec<Job> {
    let mut works = Vec::new();
    for trace in traces {
        let parts: [fn(String) -> Work; 4] = [Work::Build, Work::Replay, Work::HandOver, Work::Release];
        works.extend(parts.map(|part| part(trace.into())));
    }
    works.extend(micro::all().iter().map(|case| Work::Search(case.name.into())));
    let of = |work: &Work| {
        registry::list()
            .map(|(name, _)| Job { strategy: name.into(), work: work.clone() })
            .collect::<Vec<_>>()
    };
    works.iter().flat_map(of).collect()
}

impl Job {
    /// Its name in letters, digits and underscores, as iai-callgrind wants it.
    #[must_use]
    pub fn id(&self) -> String {
        self.to_string().replace(|c: char| !c.is_ascii_alphanumeric(), "_")
    }

    /// Does it, all but the counted work outside of [`counted_region`].
    ///
    /// # Errors
    /// [`JobError`] when there is no such strategy, trace or case, or its allocator cannot be built.
    pub fn run(&self) -> Result<(), JobError> {
        let mut counter = Counter { work: &self.work, result: Ok(()) };
        let failed = |reason: String| JobError::Failed(self.to_string(), reason);
        let known = match &self.work {
            Work::Search(_) => registry::visit_named(&self.strategy, &mut counter),
            Work::Build(name) | Work::Replay(name) | Work::HandOver(name) | Work::Release(name) => {
                let trace = trace(name).map_err(failed)?;
                probe::visit_for(&self.strategy, &trace, &mut counter)
                    .map_err(|error| failed(error.to_string()))?
            }
        };
        if !known {
            return Err(JobError::Unknown(self.to_string()));
        }
        counter.result.map_err(|reason| JobError::Failed(self.to_string(), reason))
    }
}

struct Counter<'j> {
    work: &'j Work,
    result: Result<(), String>,
}

impl StrategyVisitor for Counter<'_> {
    fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
        self.result = match self.work {
            Work::Build(trace) | Work::Replay(trace) | Work::HandOver(trace) | Work::Release(trace) => {
                boot(strategy, trace, self.work)
            }
            Work::Search(case) => search(strategy, case),
        };
    }
}

/// The trace of this name, or of this recipe.
fn trace(name: &str) -> Result<Trace, String> {
    if name.starts_with(grow::PREFIX) {
        let recipe: grow::Recipe = name.parse().map_err(|error: grow::GrowError| error.to_string())?;
        return recipe.trace().map_err(|error| error.to_string());
    }
    corpus::trace(name).ok_or("no such trace")?.map_err(|error| error.to_string())
}

/// A boot, of which one part is counted.
fn boot<S: Strategy + 'static>(strategy: &'static S, trace: &str, work: &Work) -> Result<(), String> {
    let trace = self::trace(trace)?;
    let program = Program::compile(&trace, Reach::of(strategy));
    let mut stage = Stage::default();
    let played = match work {
        Work::Build(_) => stage.play_in(&mut Counted, strategy, &program, |_, _| ()),
        Work::Replay(_) => stage.play(strategy, &program, |allocator, slots| {
            counted_region(|| replay(&program, allocator, slots));
        }),
        Work::HandOver(_) => {
            let mut into = HandOver::of(&program.machine);
            stage.play(strategy, &program, |allocator, slots| {
                replay(&program, allocator, slots);
                counted_region(|| hand_over(allocator, &mut into));
            })
        }
        Work::Release(_) | Work::Search(_) => stage.play(strategy, &program, |allocator, slots| {
            replay(&program, allocator, slots);
            let mut sink = CountingSink::default();
            counted_region(|| allocator.release_all(&mut sink));
        }),
    };
    played.map_err(|error| error.to_string())
}

fn search<S: Strategy + 'static>(strategy: &'static S, case: &str) -> Result<(), String> {
    let case = micro::all().into_iter().find(|known| known.name == case).ok_or("no such case")?;
    let given = Stage::default()
        .play(strategy, &case.program, |allocator, _| counted_region(|| allocator.alloc(&case.request)))
        .map_err(|error| error.to_string())?;
    if given.is_ok() == case.fits { Ok(()) } else { Err(format!("an unexpected answer: {given:?}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_can_be_named_and_done() {
        let traces: Vec<&str> = corpus::curated().take(1).collect();
        for job in jobs(traces.into_iter()) {
            let same: Job = job.to_string().parse().unwrap();
            assert_eq!(same, job);
            same.run().unwrap();
        }
    }

    #[test]
    fn what_is_no_job_is_refused_by_name() {
        for text in ["", "memblock", "memblock/replay", "memblock/dance/empty"] {
            assert_eq!(text.parse::<Job>(), Err(JobError::Unknown(text.into())));
        }
        for text in ["nobody/search/empty", "memblock/search/nothing", "memblock/replay/no-such-trace"] {
            let error = text.parse::<Job>().unwrap().run().unwrap_err();
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}
