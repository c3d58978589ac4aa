//! The loop that replays a program.

use std::ops::Range;

use allocators::{
    AddrRange, AllocError, BootAllocator, ChangeError, Exclusive, FreeError, PhysAddr, ReserveError,
};

use super::program::{Part, Piece, Program, Step};

/// What came of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepResult {
    /// Of an allocation or a probe.
    Alloc(Result<PhysAddr, AllocError>),
    /// Of a reservation.
    Reserve(Result<(), ReserveError>),
    /// Of a free.
    Free(Result<(), FreeError>),
    /// Of a change of the memory map.
    Change(Result<(), ChangeError>),
    /// Of a setting: whether the strategy knows it.
    Set(bool),
    /// Nothing was called: the block that the step speaks of was never given.
    NoBlock,
}

/// Watches a replay.
pub trait Observer {
    /// Called ahead of each step.
    #[inline]
    fn before(&mut self, index: usize, step: &Step) {
        let _ = (index, step);
    }

    /// Called behind each step.
    fn after(&mut self, index: usize, step: &Step, result: &StepResult);
}

/// Two that watch the same replay.
impl<A: Observer, B: Observer> Observer for (A, B) {
    #[inline]
    fn before(&mut self, index: usize, step: &Step) {
        self.0.before(index, step);
        self.1.before(index, step);
    }

    #[inline]
    fn after(&mut self, index: usize, step: &Step, result: &StepResult) {
        self.0.after(index, step, result);
        self.1.after(index, step, result);
    }
}

/// Watches nothing: what a timed replay is run with.
pub struct Unobserved;

impl Observer for Unobserved {
    #[inline]
    fn after(&mut self, _: usize, _: &Step, _: &StepResult) {}
}

/// The addresses of the blocks that were given.
#[derive(Clone, Debug, Default)]
pub struct Slots(Vec<u64>);

/// No block: not an address, since no block ends past the end of the address space.
const NONE: u64 = u64::MAX;

impl Slots {
    /// Forgets all blocks and makes room for those of `program`.
    pub fn reset(&mut self, program: &Program) {
        self.0.clear();
        self.0.resize(program.slots, NONE);
    }

    /// Where a piece of a recorded range lies in this replay; `None` of a block that was never given.
    #[must_use]
    pub fn place(&self, piece: Piece) -> Option<AddrRange> {
        match piece {
            Piece::Absolute(range) => Some(range),
            Piece::Block(part) => self.range_of(part),
        }
    }

    /// Where a part of a block lies, if the block was given.
    #[inline]
    fn range_of(&self, part: Part) -> Option<AddrRange> {
        let base = *self.0.get(part.slot as usize)?;
        (base != NONE).then(|| part.of(PhysAddr(base)))
    }
}

/// Replays `program` through `allocator`, which must have been set up for it.
///
/// `slots` must have been [reset](Slots::reset) for `program`.
#[inline]
pub fn run<A: BootAllocator + ?Sized>(
    program: &Program,
    allocator: &mut A,
    slots: &mut Slots,
    observer: &mut impl Observer,
) {
    run_steps(program, 0..program.steps.len(), allocator, slots, observer);
}

/// Replays the steps of `program` whose index is in `range`, after those ahead of them.
///
/// # Panics
/// If `range` leaves the program.
#[inline]
pub fn run_steps<A: BootAllocator + ?Sized>(
    program: &Program,
    range: Range<usize>,
    allocator: &mut A,
    slots: &mut Slots,
    observer: &mut impl Observer,
) {
    for (index, step) in range.clone().zip(&program.steps[range]) {
        observer.before(index, step);
        // Three compares lead to most steps. A jump through a table for all of them was mispredicted so often that the loop
        // took up to 9 % of what the fastest strategies take.
        let result = match step {
            Step::Alloc(request, slot) => {
                let given = allocator.alloc(request);
                if let (Ok(base), Some(place)) = (given, slots.0.get_mut(*slot as usize)) {
                    *place = base.0;
                }
                StepResult::Alloc(given)
            }
            Step::Reserve(range) => StepResult::Reserve(allocator.reserve(*range, Exclusive::No)),
            Step::FreePart(part) => match slots.range_of(*part) {
                Some(range) => StepResult::Free(allocator.free(range)),
                None => StepResult::NoBlock,
            },
            other => {
                rarer(index, other, allocator, slots, observer);
                continue;
            }
        };
        observer.after(index, step, &result);
    }
}

/// Makes a call of the rarer kinds.
// Not inlined, nor what it calls: the compiler would make one table of all kinds.
#[inline(never)]
fn rarer<A: BootAllocator + ?Sized>(
    index: usize,
    step: &Step,
    allocator: &mut A,
    slots: &Slots,
    observer: &mut impl Observer,
) {
    let result = match step {
        Step::Change(change) => StepResult::Change(allocator.change(*change)),
        Step::Free(range) => StepResult::Free(allocator.free(*range)),
        other => return rarest(index, other, allocator, slots, observer),
    };
    observer.after(index, step, &result);
}

/// Makes a call of the rarest kinds: a boot has a handful.
#[inline(never)]
fn rarest<A: BootAllocator + ?Sized>(
    index: usize,
    step: &Step,
    allocator: &mut A,
    slots: &Slots,
    observer: &mut impl Observer,
) {
    let result = match step {
        Step::Probe(request) => {
            let given = allocator.alloc(request);
            if let Some(block) = given.ok().and_then(|base| AddrRange::from_size(base, request.size)) {
                // What was granted a moment ago is reserved, so this cannot be refused.
                let _ = allocator.free(block);
            }
            StepResult::Alloc(given)
        }
        Step::ReservePart(part) => match slots.range_of(*part) {
            Some(range) => StepResult::Reserve(allocator.reserve(range, Exclusive::No)),
            None => StepResult::NoBlock,
        },
        Step::Set(setting) => StepResult::Set(allocator.set(*setting)),
        Step::Alloc(..) | Step::Reserve(_) | Step::FreePart(_) | Step::Change(_) | Step::Free(_) => {
            unreachable!("`run_steps` and `rarer` make these calls")
        }
    };
    observer.after(index, step, &result);
}
