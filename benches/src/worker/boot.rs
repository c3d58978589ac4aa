//! Whole boots: all calls of a replay between two reads of the clock.

use std::hint::black_box;

use allocators::Strategy;
use workloads::replay::{Program, Stage};

use super::pipe::{Pipe, Take};
use super::{Found, Reply, Sample, Trouble};
use crate::clock::Clock;
use crate::count::replay;

/// A sample is the mean of so many replays, each on an allocator that was built a moment ago.
// Two reads a replay, and none inside, instead of two a sample: to replay without a pause, as many allocators would have to
// be built ahead, and their maps would have left the cache by the time they are used, which a boot's own map has not.
pub(super) fn serve<S: Strategy + 'static>(
    pipe: &mut Pipe,
    strategy: &'static S,
    program: &Program,
    stage: &mut Stage,
    clock: &Clock,
) -> Result<(), Trouble> {
    pipe.serve(program.steps.len() as u64, |take| {
        let Take::Repeats(repeats) = take else { return Ok(Sample::default()) };
        let mut ns = 0.0;
        for _ in 0..repeats {
            ns += stage.play(strategy, program, |allocator, slots| {
                let start = clock.now();
                replay(program, allocator, slots);
                let end = clock.now();
                black_box((allocator, slots));
                clock.ns_between(start, end)
            })?;
        }
        Ok(Sample { ns: ns / f64::from(repeats), ..Sample::default() })
    })?;
    Ok(pipe.reply(&Reply::Found(Box::new(Found::Nothing)))?)
}
