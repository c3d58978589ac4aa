//! `build`: how long the allocator's state takes to build.

use std::hint::black_box;

use allocators::Strategy;
use workloads::replay::Frame;

use super::{Gathered, Site};
use crate::clock::Clock;
use crate::plan::Pace;
use crate::results::Outcome;
use crate::worker::{Sample, Take, Trouble};

pub(super) const NAME: &str = "build";

/// A state is built in microseconds, and differs by much or not at all.
pub(super) fn pace(usual: Pace) -> Pace {
    Pace { blocks: usual.blocks.min(20), ..usual }
}

/// A sample is the mean of so many buildings: the strategy's own, and the reservations of the start.
pub(super) fn serve<S: Strategy + 'static>(site: &mut Site<'_, S>) -> Result<(), Trouble> {
    let Site { pipe, strategy, program, stage, clock, .. } = site;
    pipe.serve(program.setup.len() as u64 + 1, |take| {
        let Take::Repeats(repeats) = take else { return Ok(Sample::default()) };
        let mut watch = Stopwatch { clock: *clock, ns: 0.0 };
        for _ in 0..repeats {
            stage.play_in(&mut watch, *strategy, program, |allocator, _| {
                black_box(allocator);
            })?;
        }
        Ok(Sample { ns: watch.ns / f64::from(repeats), ..Sample::default() })
    })?;
    site.done()
}

pub(super) fn keep(gathered: &Gathered) -> Outcome {
    Outcome::Build(gathered.times())
}

struct Stopwatch {
    clock: Clock,
    ns: f64,
}

impl Frame for Stopwatch {
    fn around<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = self.clock.now();
        let built = black_box(work());
        self.ns += self.clock.ns_between(start, self.clock.now());
        built
    }
}
