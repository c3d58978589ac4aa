//! `instructions`: a whole boot, which callgrind counts if it runs this process.

use allocators::Strategy;

use super::Site;
use crate::count::counted_boot;
use crate::worker::{Sample, Take, Trouble};

/// The figures that the counted parts of a boot come to, in the order in which they are counted.
pub(crate) const PARTS: [&str; 3] = ["instructions-build", "instructions-calls", "instructions-hand-over"];

/// The figures of what calls of a kind come to, in the order of `count::KINDS`, which are counted after them.
pub(crate) const KINDS: [&str; 5] = [
    "instructions-add",
    "instructions-reserve",
    "instructions-free",
    "instructions-alloc",
    "instructions-settings",
];

/// The figure of what a hand-over takes without what the model of the page allocator does.
pub(crate) const WALK: &str = "instructions-walk";

/// Each repetition is counted, so whoever wants the count of one asks for one.
pub(super) fn serve<S: Strategy + 'static>(site: &mut Site<'_, S>) -> Result<(), Trouble> {
    let Site { pipe, strategy, program, stage, .. } = site;
    pipe.serve(program.steps.len() as u64, |take| {
        if let Take::Repeats(repeats) = take {
            for _ in 0..repeats {
                counted_boot(*strategy, program, stage)?;
            }
        }
        Ok(Sample::default())
    })?;
    site.done()
}
