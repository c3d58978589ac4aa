//! Instructions: the replay that callgrind counts, if it runs this process.

use allocators::Strategy;
use workloads::replay::{Program, Stage};

use super::pipe::{Pipe, Take};
use super::{Found, Reply, Sample, Trouble};
use crate::count::counted_replay;

/// Each repetition is counted, so whoever wants the count of one asks for one.
pub(super) fn serve<S: Strategy + 'static>(
    pipe: &mut Pipe,
    strategy: &'static S,
    program: &Program,
    stage: &mut Stage,
) -> Result<(), Trouble> {
    pipe.serve(program.steps.len() as u64, |take| {
        if let Take::Repeats(repeats) = take {
            for _ in 0..repeats {
                counted_replay(strategy, program, stage)?;
            }
        }
        Ok(Sample::default())
    })?;
    Ok(pipe.reply(&Reply::Found(Box::new(Found::Nothing)))?)
}
