//! Setting and clearing bits: whole chunks by a bit each, the rest in leaves.

use core::ops::Range;

use super::leaf::BITS;
use super::tree::{State, Tree, chunk_of};
use crate::bitmap::{Full, Refused};

/// What of a chunk is changed.
#[derive(Clone)]
struct Part {
    chunk: usize,
    bits: Range<u64>,
}

impl Tree<'_> {
    /// Sets `bits`, if all are clear.
    #[inline(never)]
    pub(super) fn take(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        match self.next_set(bits.clone()) {
            busy if busy < bits.end => Err(Refused::At(busy)),
            _ => Ok(self.change::<true>(bits)?),
        }
    }

    /// Clears `bits`, if all are set.
    #[inline(never)]
    pub(super) fn give(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        match self.next_clear(bits.clone()) {
            free if free < bits.end => Err(Refused::At(free)),
            _ => Ok(self.change::<false>(bits)?),
        }
    }

    /// Sets, or clears, `bits`, whatever they were.
    // Not compiled into its callers, which mostly have a plain map and would save registers for this.
    #[inline(never)]
    pub(super) fn change<const SET: bool>(&mut self, bits: Range<u64>) -> Result<(), Full> {
        if bits.is_empty() {
            return Ok(());
        }
        let (chunk, from) = (chunk_of(bits.start), bits.start % BITS);
        // Most changes are of a word, in a chunk that goes on being neither empty nor full.
        if from % 64 + (bits.end - bits.start) <= 64
            && let Some(leaf) = self.mixed_leaf(chunk)
        {
            let mask = (!0 >> (64 - (bits.end - bits.start))) << (from % 64);
            if leaf.change_word::<SET>(from, mask) {
                self.settle(chunk);
            }
        } else {
            self.change_more::<SET>(bits.clone())?;
        }
        self.lowest.note::<SET>(&bits);
        Ok(())
    }

    /// The same of more than a word, or where chunks change as a whole or need a leaf.
    #[inline(never)]
    fn change_more<const SET: bool>(&mut self, bits: Range<u64>) -> Result<(), Full> {
        let (first, last) = (chunk_of(bits.start), chunk_of(bits.end - 1));
        if first == last
            && let Some(leaf) = self.mixed_leaf(first)
        {
            let bits = bits.start % BITS..(bits.end - 1) % BITS + 1;
            if SET {
                leaf.set(bits);
            } else {
                leaf.clear(bits);
            }
            self.settle(first);
            return Ok(());
        }
        let (whole, edges) = divide(bits);
        let cuts = |part: &&Part| match self.state(part.chunk) {
            State::Empty => SET && !self.has_leaf(part.chunk),
            State::Full => !SET && !self.has_leaf(part.chunk),
            State::Mixed(_) => false,
        };
        if edges.iter().flatten().filter(cuts).count() > self.spare() {
            return Err(Full);
        }
        if !whole.is_empty() {
            self.make_whole(whole, SET);
        }
        for part in edges.iter().flatten() {
            self.change_part::<SET>(part);
        }
        Ok(())
    }

    /// The same within a chunk.
    #[inline]
    fn change_part<const SET: bool>(&mut self, part: &Part) {
        match (self.state(part.chunk), SET) {
            (State::Full, true) | (State::Empty, false) => return,
            (State::Mixed(_), _) => {}
            _ => self.cut(part.chunk),
        }
        let Some(leaf) = self.mixed_leaf(part.chunk) else { return };
        let bits = part.bits.clone();
        if SET {
            leaf.set(bits);
        } else {
            leaf.clear(bits);
        }
        self.settle(part.chunk);
    }
}

/// The chunks that lie in `bits`, which are some, as a whole, and what they cut at either end.
fn divide(bits: Range<u64>) -> (Range<usize>, [Option<Part>; 2]) {
    let (first, last) = (chunk_of(bits.start), chunk_of(bits.end - 1));
    let (start, end) = (bits.start % BITS, (bits.end - 1) % BITS + 1);
    let part = |chunk, bits: Range<u64>| (bits != (0..BITS)).then_some(Part { chunk, bits });
    if first == last {
        let edge = part(first, start..end);
        return (first..first + usize::from(edge.is_none()), [edge, None]);
    }
    let edges = [part(first, start..BITS), part(last, 0..end)];
    (first + usize::from(edges[0].is_some())..last + usize::from(edges[1].is_none()), edges)
}
