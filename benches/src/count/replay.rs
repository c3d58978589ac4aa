//! The replay that is timed and counted.

use allocators::{BootAllocator, Strategy};
use workloads::replay::{Program, Slots, Stage, StageError, Unobserved, run};

use super::by_kind::replay_by_kind;
use super::{Counted, counted_region};
use crate::buddy::{HandOver, hand_over};

/// All calls of a boot.
// Never inlined, so that what is counted is the very machine code that is timed and not a second compilation of it; the
// call of it is a nanosecond or so in microseconds.
#[inline(never)]
pub fn replay<A: BootAllocator>(program: &Program, allocator: &mut A, slots: &mut Slots) {
    run(program, allocator, slots, &mut Unobserved);
}

/// A whole boot, in regions that are counted one after the other: building, all calls, and the hand-over; then all calls of the
/// same boot once more, by kind.
///
/// # Errors
/// [`StageError`] when there is no allocator to play with.
pub(crate) fn counted_boot<S: Strategy + 'static>(
    strategy: &'static S,
    program: &Program,
    stage: &mut Stage,
) -> Result<(), StageError> {
    let mut into = HandOver::of(&program.machine);
    stage.play_in(&mut Counted, strategy, program, |allocator, slots| {
        counted_region(|| replay(program, allocator, slots));
        counted_region(|| hand_over(allocator, &mut into));
    })?;
    stage.play(strategy, program, |allocator, slots| {
        counted_region(|| replay_by_kind(program, allocator, slots));
    })
}
