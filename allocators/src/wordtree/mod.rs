#![doc = include_str!("README.md")]

mod change;
mod leaf;
mod lowest;
mod plain;
mod search;
mod summary;
mod tree;

use core::ops::Range;

use self::plain::Plain;
use self::tree::{Layout, Tree};
use crate::bitmap::{Engine, Fit, Flat, Full, Refused};
use crate::blocks::in_runs;
use crate::{BlockSink, BuildError, MemoryMap, Metadata, Order, Pfn, PfnRange, Strategy};

/// The strategy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wordtree;

/// A bitmap as large as it has to be.
pub struct Pages<'m>(Shape<'m>);

/// What it is.
enum Shape<'m> {
    /// Of a small machine: bits alone.
    Plain(Plain<'m>),
    /// Walked by chunks and by words.
    Tree(Tree<'m>),
}

/// Does the same whatever the shape.
macro_rules! either {
    ($shape:expr, $it:ident => $plain:expr, $tree:expr) => {
        match $shape {
            Shape::Plain($it) => $plain,
            Shape::Tree($it) => $tree,
        }
    };
}

impl<'m> Engine<'m> for Pages<'m> {
    const LARGEST: Order = MemoryMap::LARGEST_ORDER;

    fn words(bits: u64, stretches: usize) -> u64 {
        if bits <= Plain::MOST_BITS { Plain::words(bits) } else { Layout::new(bits, stretches).words() }
    }

    fn new(words: &'m mut [u64], bits: u64) -> Self {
        let plain = bits <= Plain::MOST_BITS;
        Self(if plain { Shape::Plain(Plain::new(words, bits)) } else { Shape::Tree(Tree::new(words, bits)) })
    }

    fn find(&self, bits: Range<u64>, fit: Fit) -> Option<u64> {
        either!(&self.0, it => it.find(bits, fit), it.find(bits, fit))
    }

    fn next_clear(&self, bits: Range<u64>) -> u64 {
        either!(&self.0, it => it.next_clear(bits), it.next_clear(bits))
    }

    fn next_set(&self, bits: Range<u64>) -> u64 {
        either!(&self.0, it => it.next_set(bits), it.next_set(bits))
    }

    fn take(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        either!(&mut self.0, it => it.take(bits), it.take(bits))
    }

    fn give(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        either!(&mut self.0, it => it.give(bits), it.give(bits))
    }

    fn set(&mut self, bits: Range<u64>) -> Result<(), Full> {
        either!(&mut self.0, it => it.set(bits), it.change::<true>(bits))
    }

    fn clear(&mut self, bits: Range<u64>) -> Result<(), Full> {
        either!(&mut self.0, it => it.clear(bits), it.change::<false>(bits))
    }

    fn hand_over(&self, bits: Range<u64>, base: Pfn, order: Order, sink: &mut dyn BlockSink) -> u64 {
        let (mut at, mut count) = (bits.start, 0);
        while at < bits.end {
            let start = self.next_clear(at..bits.end);
            at = self.next_set(start..bits.end);
            in_runs(PfnRange::clamped(Pfn(base.0 + start), Pfn(base.0 + at)), order, sink);
            count += at - start;
        }
        count
    }

    #[inline]
    fn wants_words(&mut self) -> Option<usize> {
        match &mut self.0 {
            Shape::Plain(_) => None,
            Shape::Tree(tree) => tree.wants_words(),
        }
    }

    fn move_to(&mut self, words: &'m mut [u64]) {
        if let Shape::Tree(tree) = &mut self.0 {
            tree.move_to(words);
        }
    }
}

impl Strategy for Wordtree {
    type Allocator<'m> = Flat<'m, Pages<'m>>;

    fn name(&self) -> &'static str {
        "wordtree"
    }

    fn summary(&self) -> &'static str {
        "the flat bitmap made piece by piece, with summaries of its words; large blocks in the end"
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        Flat::<Pages<'_>>::metadata_words(map)
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<Self::Allocator<'m>, BuildError> {
        Flat::build(map, metadata)
    }
}
