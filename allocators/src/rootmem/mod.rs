//! The rootmem RFC of 2008-05-03: one flat bitmap over all nodes, walked bit by bit.
//!
//! A search takes the next clear bit (`find_next_zero_bit`), rounds it up to the alignment and looks at each page of
//! the block in turn; reserving and freeing test and change one bit after the other; only the release works on words.
//! That is how the posted code walks, and what it costs. What it decides is the policy of [`bitmap`](crate::bitmap),
//! which has none of the defects of the posted code:
//!
//! | RFC | here |
//! |---|---|
//! | the bitmap is sized for max − min pages but indexed by page frame number | indexed from the first page |
//! | after a conflict the inner loop goes on and returns a block that was not looked at | the search restarts behind it |
//! | "no previous allocation" looks like one that ended at address 0 | nothing to merge with |
//! | merges after an allocation that ended on a page boundary, into whatever page comes next | merges only into a rest |
//! | no node shares its slot with node 0 | a slot of its own |
//! | alignment 0; alignment in an `int`; size 0; goal plus size wraps | refused, or 64 bits wide |
//! | a goal below a node allocates below the node | the node begins at its first page |
//! | a limit below one page is no limit | a limit |
//! | a freed page can be merged into after it has a new owner | freeing or reserving it parts the two |
//! | reserving 0 bytes inside a page reserves the page | reserves nothing |
//! | release of an unaligned node shifts nothing: it frees used pages and leaks free ones | re-aligned as in 3.8 |
//! | release frees the last whole word page by page | as one block |
//! | overlapping or split nodes are released twice or not at all | each node owns pieces |
//! | the bitmap's own pages are not reserved, and freed twice | reserved where the caller says where it lies |
//! | release has no state | a second release is an error |
//! | holes between nodes can be freed and then allocated | refused |
//! | a failed goal searches everything again | only what lies below it |

use core::ops::Range;

use crate::bitmap::{Engine, Fit, Flat, Full, Refused, bitwise, mask, release};
use crate::{BlockSink, BuildError, MemoryMap, Metadata, Order, Pfn, Strategy};

/// The strategy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rootmem;

/// Walks bit by bit.
pub struct BitByBit<'m>(&'m mut [u64]);

impl<'m> Engine<'m> for BitByBit<'m> {
    fn words(bits: u64, _: usize) -> u64 {
        bits.div_ceil(64)
    }

    fn new(words: &'m mut [u64], _: u64) -> Self {
        words.fill(!0);
        Self(words)
    }

    fn find(&self, bits: Range<u64>, fit: Fit) -> Option<u64> {
        bitwise::find(self.0, bits, fit)
    }

    fn next_clear(&self, bits: Range<u64>) -> u64 {
        bitwise::next_clear(self.0, bits)
    }

    fn next_set(&self, bits: Range<u64>) -> u64 {
        bitwise::next_set(self.0, bits)
    }

    fn take(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        bitwise::take(self.0, bits).map_err(Refused::At)
    }

    fn give(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        bitwise::give(self.0, bits).map_err(Refused::At)
    }

    fn set(&mut self, bits: Range<u64>) -> Result<(), Full> {
        bitwise::set(self.0, bits);
        Ok(())
    }

    // By words, whatever the walk: how a map is made is nobody's measured loop, and bit by bit it takes a second for a few
    // terabytes, so that a sample was mostly spent on building what it is taken of.
    fn clear(&mut self, bits: Range<u64>) -> Result<(), Full> {
        mask::clear(self.0, bits);
        Ok(())
    }

    fn hand_over(&self, bits: Range<u64>, base: Pfn, order: Order, sink: &mut dyn BlockSink) -> u64 {
        release::hand_over(self.0, bits, base, order, sink)
    }
}

impl Strategy for Rootmem {
    type Allocator<'m> = Flat<'m, BitByBit<'m>>;

    fn name(&self) -> &'static str {
        "rootmem"
    }

    fn summary(&self) -> &'static str {
        "one flat bitmap over all nodes, walked bit by bit (RFC of 2008)"
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        Flat::<BitByBit<'_>>::metadata_words(map)
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<Self::Allocator<'m>, BuildError> {
        Flat::build(map, metadata)
    }
}
