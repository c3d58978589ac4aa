#![doc = include_str!("README.md")]

mod change;
mod leaf;
mod search;
mod summary;
mod tree;

use core::ops::Range;

use self::tree::{Layout, Tree};
use crate::bitmap::{Engine, Fit, Flat, Full, Refused};
use crate::blocks::in_runs;
use crate::{BlockSink, BuildError, MemoryMap, Metadata, Order, Pfn, PfnRange, Strategy};

/// The strategy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wordtree;

/// Walks by chunks and by words.
pub struct ByChunks<'m>(Tree<'m>);

impl<'m> Engine<'m> for ByChunks<'m> {
    const LARGEST: Order = MemoryMap::LARGEST_ORDER;

    fn words(bits: u64, stretches: usize) -> u64 {
        Layout::new(bits, stretches).words()
    }

    fn new(words: &'m mut [u64], bits: u64) -> Self {
        Self(Tree::new(words, bits))
    }

    fn find(&self, bits: Range<u64>, fit: Fit) -> Option<u64> {
        self.0.find(bits, fit)
    }

    fn next_clear(&self, bits: Range<u64>) -> u64 {
        self.0.next_clear(bits)
    }

    fn next_set(&self, bits: Range<u64>) -> u64 {
        self.0.next_set(bits)
    }

    fn take(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        match self.0.next_set(bits.clone()) {
            busy if busy < bits.end => Err(Refused::At(busy)),
            _ => Ok(self.0.change::<true>(bits)?),
        }
    }

    fn give(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        match self.0.next_clear(bits.clone()) {
            free if free < bits.end => Err(Refused::At(free)),
            _ => Ok(self.0.change::<false>(bits)?),
        }
    }

    fn set(&mut self, bits: Range<u64>) -> Result<(), Full> {
        self.0.change::<true>(bits)
    }

    fn clear(&mut self, bits: Range<u64>) -> Result<(), Full> {
        self.0.change::<false>(bits)
    }

    fn hand_over(&self, bits: Range<u64>, base: Pfn, order: Order, sink: &mut dyn BlockSink) -> u64 {
        let (mut at, mut count) = (bits.start, 0);
        while at < bits.end {
            let start = self.0.next_clear(at..bits.end);
            at = self.0.next_set(start..bits.end);
            in_runs(PfnRange::clamped(Pfn(base.0 + start), Pfn(base.0 + at)), order, sink);
            count += at - start;
        }
        count
    }

    #[inline]
    fn wants_words(&mut self) -> Option<usize> {
        self.0.wants_words()
    }

    fn move_to(&mut self, words: &'m mut [u64]) {
        self.0.move_to(words);
    }
}

impl Strategy for Wordtree {
    type Allocator<'m> = Flat<'m, ByChunks<'m>>;

    fn name(&self) -> &'static str {
        "wordtree"
    }

    fn summary(&self) -> &'static str {
        "the flat bitmap made piece by piece, with summaries of its words; large blocks in the end"
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        Flat::<ByChunks<'_>>::metadata_words(map)
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<Self::Allocator<'m>, BuildError> {
        Flat::build(map, metadata)
    }
}
