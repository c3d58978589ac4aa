//! The flat bitmap again, whole words at a time.
//!
//! The policy is that of [`bitmap`](crate::bitmap), so each request gets the address that `rootmem` gives. What differs
//! is the walk: full and empty stretches are skipped sixteen words at a time, the free runs inside a word are found
//! with a few shifts for all its bits at once, a run that crosses words is carried along by its beginning, and ranges
//! are set, cleared and tested by masks.

mod release;
mod search;
mod words;

use core::ops::Range;

use crate::bitmap::{Engine, Fit, Flat, mask};
use crate::{BlockSink, BuildError, MemoryMap, Metadata, Order, Pfn, Strategy};

/// The strategy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wordscan;

/// Walks by words.
pub struct ByWords;

impl Engine for ByWords {
    fn find(words: &[u64], bits: Range<u64>, fit: Fit) -> Option<u64> {
        search::find(words, bits, fit)
    }

    fn take(words: &mut [u64], bits: Range<u64>) -> Result<(), u64> {
        match words::next_set(words, bits.clone()) {
            busy if busy < bits.end => Err(busy),
            _ => {
                mask::set(words, bits);
                Ok(())
            }
        }
    }

    fn give(words: &mut [u64], bits: Range<u64>) -> Result<(), u64> {
        match words::next_clear(words, bits.clone()) {
            free if free < bits.end => Err(free),
            _ => {
                mask::clear(words, bits);
                Ok(())
            }
        }
    }

    fn set(words: &mut [u64], bits: Range<u64>) {
        mask::set(words, bits);
    }

    fn hand_over(words: &[u64], bits: Range<u64>, base: Pfn, order: Order, sink: &mut dyn BlockSink) -> u64 {
        release::hand_over(words, bits, base, order, sink)
    }
}

impl Strategy for Wordscan {
    type Allocator<'m> = Flat<'m, ByWords>;

    fn name(&self) -> &'static str {
        "wordscan"
    }

    fn summary(&self) -> &'static str {
        "one flat bitmap over all nodes, walked by whole words"
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        Flat::<ByWords>::metadata_words(map)
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<Self::Allocator<'m>, BuildError> {
        Flat::build(map, metadata)
    }
}
