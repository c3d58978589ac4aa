//! First fit by chunks, then by words.
//!
//! Where the walk is among chunks it takes one step for each that is empty and none for those that are full; inside a leaf
//! it is wordscan's, which steps over full words by the summary.

use core::ops::Range;

use super::leaf::{BITS, Leaf};
use super::tree::{State, Tree, chunk_of};
use crate::bitmap::Fit;
use crate::bitmap::mask::mask;
use crate::wordscan::search::starts;

/// So many bits in a row hold a whole word, wherever they begin.
pub(super) const WHOLE_WORD: u64 = 127;

/// The bits of a chunk that lie in `bits`, counted from the chunk's first.
#[inline]
fn within(chunk: usize, bits: &Range<u64>) -> Range<u64> {
    let base = chunk as u64 * BITS;
    bits.start.max(base) - base..(bits.end - base).min(BITS)
}

impl Tree<'_> {
    /// The first clear bit of `bits`, or their end.
    #[inline]
    pub(super) fn next_clear(&self, bits: Range<u64>) -> u64 {
        let mut at = bits.start;
        while at < bits.end {
            let chunk = chunk_of(at);
            match self.state(chunk) {
                State::Empty => return at,
                State::Full => match self.next_not_full(chunk + 1) {
                    Some(next) => at = next as u64 * BITS,
                    None => return bits.end,
                },
                State::Mixed(leaf) => {
                    let (base, within) = (chunk as u64 * BITS, within(chunk, &(at..bits.end)));
                    let found = leaf.next_clear(within.clone());
                    if found < within.end {
                        return base + found;
                    }
                    at = base + within.end;
                }
            }
        }
        bits.end
    }

    /// The first set bit of `bits`, or their end.
    #[inline]
    pub(super) fn next_set(&self, bits: Range<u64>) -> u64 {
        let mut at = bits.start;
        while at < bits.end {
            let chunk = chunk_of(at);
            let (base, within) = (chunk as u64 * BITS, within(chunk, &(at..bits.end)));
            match self.state(chunk) {
                State::Full => return at,
                State::Empty => match self.next_used(chunk + 1) {
                    Some(next) => at = next as u64 * BITS,
                    None => return bits.end,
                },
                State::Mixed(leaf) => {
                    let found = leaf.next_set(within.clone());
                    if found < within.end {
                        return base + found;
                    }
                    at = base + within.end;
                }
            }
        }
        bits.end
    }

    /// The last set bit of `bits`.
    #[inline]
    fn last_set(&self, bits: Range<u64>) -> Option<u64> {
        let mut end = bits.end;
        while bits.start < end {
            let chunk = chunk_of(end - 1);
            let (base, within) = (chunk as u64 * BITS, within(chunk, &(bits.start..end)));
            match self.state(chunk) {
                State::Full => return Some(end - 1),
                State::Empty => {
                    let used = self.last_used(chunk)?;
                    end = (used as u64 + 1) * BITS;
                    continue;
                }
                State::Mixed(leaf) => {
                    if let Some(found) = leaf.last_set(within.clone()) {
                        return Some(base + found);
                    }
                }
            }
            end = base + within.start;
        }
        None
    }

    /// The first bit at which `fit` finds room in `bits`.
    #[inline(never)]
    pub(super) fn find(&self, bits: Range<u64>, fit: Fit) -> Option<u64> {
        let bits = self.lowest.above(bits);
        if bits.end.saturating_sub(bits.start) < fit.count {
            None
        } else if fit.count <= 64 && fit.step <= 64 {
            self.find_short(bits, fit)
        } else {
            self.find_long(bits, fit)
        }
    }

    /// Tries window after window, each from its end.
    fn find_long(&self, bits: Range<u64>, fit: Fit) -> Option<u64> {
        let mut start = fit.align(bits.start);
        // Where the window before ended: what of it lies behind its last page in use is known to be free.
        let mut known = start;
        loop {
            if fit.count >= WHOLE_WORD {
                start = fit.align(self.past_dense(start)?);
            }
            let end = start + fit.count;
            if end > bits.end {
                return None;
            }
            match self.last_set(known.max(start)..end) {
                None => return Some(start),
                Some(busy) => start = fit.align(self.next_clear(busy + 1..bits.end)),
            }
            known = end;
        }
    }

    /// Where a block that holds a whole word may begin, from `start` on: not in chunks without an empty word, but for what is
    /// clear at the end of the last of them.
    #[inline]
    fn past_dense(&self, start: u64) -> Option<u64> {
        let chunk = chunk_of(start);
        let airy = self.next_airy(chunk)?;
        if airy == chunk {
            return Some(start);
        }
        let last = airy - 1;
        let base = last as u64 * BITS;
        let tail = match self.state(last) {
            State::Mixed(leaf) => leaf.last_set(0..BITS).map_or(0, |set| set + 1),
            State::Empty | State::Full => BITS,
        };
        Some(start.max(base + tail))
    }

    /// Tries chunk after chunk, carrying the beginning of the free run that reaches the chunk.
    fn find_short(&self, bits: Range<u64>, fit: Fit) -> Option<u64> {
        let mut run = bits.start;
        let mut at = bits.start;
        while at < bits.end {
            let chunk = chunk_of(at);
            match self.state(chunk) {
                State::Full => {
                    at = self.next_not_full(chunk + 1)? as u64 * BITS;
                    run = at;
                }
                State::Empty => {
                    let end = bits.end.min((chunk as u64 + 1) * BITS);
                    let start = fit.align(run);
                    if start + fit.count <= end {
                        return Some(start);
                    }
                    at = end;
                }
                State::Mixed(leaf) => {
                    let base = chunk as u64 * BITS;
                    let within = within(chunk, &(at..bits.end));
                    at = base + within.end;
                    if let Some(found) = find_in(leaf, base, within, &mut run, fit) {
                        return Some(found);
                    }
                }
            }
        }
        None
    }
}

/// Tries the words of a leaf whose first bit is `base`, of which `within` is looked at. A free run that reaches the first of
/// them begins at `run`, and afterwards one that reaches the next chunk.
#[inline]
fn find_in(leaf: &Leaf, base: u64, within: Range<u64>, run: &mut u64, fit: Fit) -> Option<u64> {
    // A chunk begins at a multiple of 64 pages, so up to there bits are aligned as pages are.
    let aligned = !0 / (!0 >> (64 - fit.step));
    let (mut at, last) = (place(within.start), place(within.end - 1));
    while at <= last {
        let word = leaf.words()[at] | !mask(at, &within);
        let first_bit = base + at as u64 * 64;
        if word == !0 {
            at = leaf.next_word(at + 1);
            *run = base + at as u64 * 64;
            continue;
        }
        // A run from before this word, which ends in it or goes on: none that begins later can be first.
        let start = fit.align(*run);
        if start + fit.count <= first_bit + u64::from(word.trailing_zeros()) {
            return Some(start);
        }
        let starts = starts(!word, fit.count) & aligned;
        if starts != 0 {
            return Some(first_bit + u64::from(starts.trailing_zeros()));
        }
        // An empty word would have been enough, so some bit is set.
        *run = first_bit + 64 - u64::from(word.leading_zeros());
        at += 1;
    }
    None
}

#[inline]
const fn place(bit: u64) -> usize {
    // A leaf has 512 words.
    (bit / 64) as usize
}
