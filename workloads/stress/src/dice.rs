//! Random numbers of one boot: the same for the same seed and number, whoever draws them and in which order boots are played.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

/// The source of one boot's choices.
pub(crate) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// The dice of boot `index` of a run with this seed.
    pub(crate) fn new(seed: u64, index: u64) -> Self {
        // The generator's own seeding spreads near numbers; an odd factor keeps seeds apart that differ by a few boots.
        Self(Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index))
    }

    /// A number below `end`, which is not 0. For small ends; the bias of a few in 2^64 does not matter here.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end.max(1)
    }

    /// A number from `start` up to `end`.
    pub(crate) fn within(&mut self, start: u64, end: u64) -> u64 {
        start + self.below(end.saturating_sub(start))
    }

    /// Whether one of `of` such draws comes out.
    pub(crate) fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    /// One of these.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap_or_default()]
    }

    /// An index below `len`.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or_default()
    }

    /// Puts these in any order.
    pub(crate) fn shuffle<T>(&mut self, of: &mut [T]) {
        for last in (1..of.len()).rev() {
            of.swap(last, self.index(last + 1));
        }
    }
}
