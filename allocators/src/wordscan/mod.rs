//! The flat bitmap again, whole words at a time.
//!
//! The policy is that of [`bitmap`](crate::bitmap), so each request gets the address that `rootmem` gives. What differs
//! is the walk: full and empty stretches are skipped sixteen words at a time, the free runs inside a word are found
//! with a few shifts for all its bits at once, a run that crosses words is carried along by its beginning, and ranges
//! are set, cleared and tested by masks.

mod release;
pub(crate) mod search;
mod words;

use core::ops::Range;

use crate::bitmap::{Engine, Fit, Flat, Full, Refused, mask};
use crate::{BlockSink, BuildError, MemoryMap, Metadata, Order, Pfn, Strategy};

/// The strategy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wordscan;

/// Walks by words.
pub struct ByWords<'m>(pub(crate) &'m mut [u64]);

impl<'m> Engine<'m> for ByWords<'m> {
    fn words(bits: u64, _: usize) -> u64 {
        bits.div_ceil(64)
    }

    fn new(words: &'m mut [u64], _: u64) -> Self {
        words.fill(!0);
        Self(words)
    }

    #[inline]
    fn find(&self, bits: Range<u64>, fit: Fit) -> Option<u64> {
        search::find(self.0, bits, fit)
    }

    fn next_clear(&self, bits: Range<u64>) -> u64 {
        words::next_clear(self.0, bits)
    }

    fn next_set(&self, bits: Range<u64>) -> u64 {
        words::next_set(self.0, bits)
    }

    fn take(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        match words::next_set(self.0, bits.clone()) {
            busy if busy < bits.end => Err(Refused::At(busy)),
            _ => {
                mask::set(self.0, bits);
                Ok(())
            }
        }
    }

    fn give(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        match words::next_clear(self.0, bits.clone()) {
            free if free < bits.end => Err(Refused::At(free)),
            _ => {
                mask::clear(self.0, bits);
                Ok(())
            }
        }
    }

    #[inline]
    fn set(&mut self, bits: Range<u64>) -> Result<(), Full> {
        mask::set(self.0, bits);
        Ok(())
    }

    #[inline]
    fn clear(&mut self, bits: Range<u64>) -> Result<(), Full> {
        mask::clear(self.0, bits);
        Ok(())
    }

    fn hand_over(&self, bits: Range<u64>, base: Pfn, order: Order, sink: &mut dyn BlockSink) -> u64 {
        release::hand_over(self.0, bits, base, order, sink)
    }
}

impl Strategy for Wordscan {
    type Allocator<'m> = Flat<'m, ByWords<'m>>;

    fn name(&self) -> &'static str {
        "wordscan"
    }

    fn summary(&self) -> &'static str {
        "one flat bitmap over all nodes, walked by whole words"
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        Flat::<ByWords<'_>>::metadata_words(map)
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<Self::Allocator<'m>, BuildError> {
        Flat::build(map, metadata)
    }
}
