//! The bitmap of one chunk, with a summary of its words.

use core::ops::Range;

use super::summary::{last_set, next_clear, next_set};
use crate::Record;
use crate::bitmap::mask;

/// The bits of a leaf: what one page of 4 KiB holds.
pub(super) const BITS: u64 = 1 << 15;
const WORDS: usize = 512;

/// A bitmap.
///
/// `full` has a bit for each word that is all ones, `used` for each that is not zero. So the first clear bit and the next set
/// bit are found in two steps, however long the stretch before them.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Leaf {
    full: [u64; WORDS / 64],
    used: [u64; WORDS / 64],
    words: [u64; WORDS],
}

/// What is known of all bits of a leaf.
#[derive(Clone, Copy)]
pub(super) struct Said {
    /// All are clear.
    pub(super) empty: bool,
    /// All are set.
    pub(super) full: bool,
    /// Each word has a bit that is set, so that no run of clear bits holds a whole word.
    pub(super) dense: bool,
}

// SAFETY: `repr(C)` of arrays of u64 without padding, any bits are valid.
unsafe impl Record for Leaf {}

/// Where a bit is among the words.
#[inline]
const fn place(bit: u64) -> usize {
    // A leaf has 512 words.
    (bit / 64) as usize
}

impl Leaf {
    /// All bits clear.
    pub(super) const EMPTY: Self = Self { full: [0; WORDS / 64], used: [0; WORDS / 64], words: [0; WORDS] };
    /// All bits set.
    pub(super) const FULL: Self = Self { full: [!0; WORDS / 64], used: [!0; WORDS / 64], words: [!0; WORDS] };

    #[inline]
    pub(super) fn words(&self) -> &[u64; WORDS] {
        &self.words
    }

    /// Writes over the first word of a leaf that nobody uses.
    pub(super) fn link(&mut self, word: u64) {
        self.words[0] = word;
    }

    /// The first word from `at` on that is not full, or their number.
    #[inline]
    pub(super) fn next_word(&self, at: usize) -> usize {
        next_clear(&self.full, at).unwrap_or(WORDS)
    }

    /// Sets, or clears, the bits of `mask` in the word that holds `bit`, and says whether that may have changed what is to be
    /// [said](Self::said) of the leaf.
    #[inline]
    pub(super) fn change_word<const SET: bool>(&mut self, bit: u64, mask: u64) -> bool {
        let at = place(bit);
        let (word, summary) = (&mut self.words[at], 1 << (at % 64));
        let was = *word;
        if SET {
            *word |= mask;
            self.used[at / 64] |= summary;
            if *word == !0 {
                self.full[at / 64] |= summary;
                return self.full[at / 64] == !0;
            }
            was == 0 && self.used[at / 64] == !0
        } else {
            *word &= !mask;
            self.full[at / 64] &= !summary;
            if *word == 0 {
                self.used[at / 64] &= !summary;
            }
            *word == 0 && was != 0
        }
    }

    /// Sets `bits`, which are some.
    #[inline]
    pub(super) fn set(&mut self, bits: Range<u64>) {
        let (first, last) = (place(bits.start), place(bits.end - 1));
        mask::set(&mut self.words, bits);
        mask::set(&mut self.used, first as u64..last as u64 + 1);
        if first + 2 <= last {
            mask::set(&mut self.full, first as u64 + 1..last as u64);
        }
        for edge in [first, last] {
            self.full[edge / 64] |= u64::from(self.words[edge] == !0) << (edge % 64);
        }
    }

    /// Clears `bits`, which are some.
    #[inline]
    pub(super) fn clear(&mut self, bits: Range<u64>) {
        let (first, last) = (place(bits.start), place(bits.end - 1));
        mask::clear(&mut self.words, bits);
        mask::clear(&mut self.full, first as u64..last as u64 + 1);
        if first + 2 <= last {
            mask::clear(&mut self.used, first as u64 + 1..last as u64);
        }
        for edge in [first, last] {
            self.used[edge / 64] &= !(u64::from(self.words[edge] == 0) << (edge % 64));
        }
    }

    /// What those above note of the leaf.
    #[inline]
    pub(super) fn said(&self) -> Said {
        let all = |words: &[u64; WORDS / 64]| words.iter().fold(!0, |all, word| all & word) == !0;
        let any = self.used.iter().fold(0, |any, word| any | word) != 0;
        Said { empty: !any, full: all(&self.full), dense: all(&self.used) }
    }

    /// The first clear bit of `bits`, which are some, or their end.
    #[inline]
    pub(super) fn next_clear(&self, bits: Range<u64>) -> u64 {
        self.next(bits, |word| !word, |at| next_clear(&self.full, at))
    }

    /// The first set bit of `bits`, which are some, or their end.
    #[inline]
    pub(super) fn next_set(&self, bits: Range<u64>) -> u64 {
        self.next(bits, |word| word, |at| next_set(&self.used, at))
    }

    #[inline]
    fn next(
        &self,
        bits: Range<u64>,
        wanted: impl Fn(u64) -> u64,
        next_word: impl Fn(usize) -> Option<usize>,
    ) -> u64 {
        let first = place(bits.start);
        let rest = wanted(self.words[first]) >> (bits.start % 64);
        if rest != 0 {
            return bits.end.min(bits.start + u64::from(rest.trailing_zeros()));
        }
        if first == place(bits.end - 1) {
            return bits.end;
        }
        let Some(at) = next_word(first + 1) else { return bits.end };
        bits.end.min(at as u64 * 64 + u64::from(wanted(self.words[at]).trailing_zeros()))
    }

    /// The last set bit of `bits`, which are some.
    #[inline]
    pub(super) fn last_set(&self, bits: Range<u64>) -> Option<u64> {
        let last = place(bits.end - 1);
        // What of the last word is in range, moved to its upper end.
        let tail = self.words[last] << (63 - (bits.end - 1) % 64);
        let set = if tail != 0 {
            bits.end - 1 - u64::from(tail.leading_zeros())
        } else if last == place(bits.start) {
            return None;
        } else {
            let at = last_set(&self.used, last)?;
            at as u64 * 64 + 63 - u64::from(self.words[at].leading_zeros())
        };
        (set >= bits.start).then_some(set)
    }
}
