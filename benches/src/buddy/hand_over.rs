//! The hand-over of a whole machine into the model, again and again.

use std::hint::black_box;

use allocators::{BlockSink, BootAllocator};
use workloads::trace::Machine;

use super::Buddy;

/// Hands over all free memory.
///
/// Never inlined, so that what is counted is the very machine code that is timed. The sink is opaque, as a strategy's is to
/// the kernel: seen through, it would be inlined into the walks of some strategies and not of others.
#[inline(never)]
pub fn hand_over(allocator: &dyn BootAllocator, into: &mut HandOver) {
    let sink: &mut dyn BlockSink = &mut into.buddy;
    into.said = allocator.hand_over_all(black_box(sink)).0;
}

/// A page allocator that takes the same memory again and again.
pub struct HandOver {
    buddy: Buddy,
    /// The pages that the strategy said it handed over.
    said: u64,
    /// The blocks that there are after each hand-over.
    expected: Vec<u64>,
}

impl HandOver {
    /// The page allocator of a machine, with nothing free.
    #[must_use]
    pub fn of(machine: &Machine) -> Self {
        Self { buddy: Buddy::of(machine), said: 0, expected: Vec::new() }
    }

    /// Hands over once, untimed, and returns how many pages that were: what each time must give.
    ///
    /// # Errors
    /// What is wrong with what was handed over.
    pub fn first(&mut self, allocator: &dyn BootAllocator) -> Result<u64, String> {
        hand_over(allocator, self);
        let taken = self.buddy.pages();
        if taken != self.said || self.buddy.strays() > 0 {
            return Err(format!("{} pages were said to be handed over, {taken} were", self.said));
        }
        self.expected = self.buddy.by_order().to_vec();
        self.buddy.note_use();
        Ok(taken)
    }

    /// Takes all memory back.
    pub fn empty(&mut self) {
        self.buddy.reset();
    }

    /// Whether the last hand-over gave what the first gave.
    ///
    /// # Errors
    /// If it did not.
    pub fn same(&self) -> Result<(), String> {
        if self.buddy.by_order() == self.expected && self.buddy.strays() == 0 {
            Ok(())
        } else {
            Err("memory was not handed over alike each time".into())
        }
    }
}
