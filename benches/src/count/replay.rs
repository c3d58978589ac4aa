//! The replay that is timed and counted.

use allocators::{BootAllocator, Strategy};
use workloads::replay::{Program, Slots, Stage, StageError, Unobserved, run};

use super::counted_region;

/// All calls of a boot.
// Never inlined, so that what is counted is the very machine code that is timed and not a second compilation of it; the
// call of it is a nanosecond or so in microseconds.
#[inline(never)]
pub fn replay<A: BootAllocator>(program: &Program, allocator: &mut A, slots: &mut Slots) {
    run(program, allocator, slots, &mut Unobserved);
}

/// Replays once in [`counted_region`], the allocator having been built outside of it.
///
/// # Errors
/// [`StageError`] when there is no allocator to play with.
pub fn counted_replay<S: Strategy + 'static>(
    strategy: &'static S,
    program: &Program,
    stage: &mut Stage,
) -> Result<(), StageError> {
    stage.play(strategy, program, |allocator, slots| counted_region(|| replay(program, allocator, slots)))
}
