//! A map that is small enough to be walked as it is.

use core::ops::Range;

use super::lowest::Lowest;
use crate::bitmap::{Engine as _, Fit, Full, Refused};
use crate::wordscan::ByWords;

/// wordscan's bitmap, with a note of how far up it is full.
pub(super) struct Plain<'m> {
    words: ByWords<'m>,
    lowest: Lowest,
}

impl<'m> Plain<'m> {
    /// Maps of no more bits than these (32 GiB in pages of 4 KiB) are plain: their bitmap is a mebibyte at most, and a boot looks at
    /// a few lines of it.
    pub(super) const MOST_BITS: u64 = 1 << 23;

    pub(super) fn words(bits: u64) -> u64 {
        ByWords::words(bits, 0)
    }

    /// So many bits, all of them set.
    pub(super) fn new(words: &'m mut [u64], bits: u64) -> Self {
        Self { words: ByWords::new(words, bits), lowest: Lowest::of(bits) }
    }

    #[inline]
    pub(super) fn find(&self, bits: Range<u64>, fit: Fit) -> Option<u64> {
        self.words.find(self.lowest.above(bits), fit)
    }

    #[inline]
    pub(super) fn next_clear(&self, bits: Range<u64>) -> u64 {
        self.words.next_clear(bits)
    }

    #[inline]
    pub(super) fn next_set(&self, bits: Range<u64>) -> u64 {
        self.words.next_set(bits)
    }

    #[inline]
    pub(super) fn take(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        self.words.take(bits.clone())?;
        self.lowest.note::<true>(&bits);
        Ok(())
    }

    #[inline]
    pub(super) fn give(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        self.words.give(bits.clone())?;
        self.lowest.note::<false>(&bits);
        Ok(())
    }

    #[inline]
    pub(super) fn set(&mut self, bits: Range<u64>) -> Result<(), Full> {
        self.lowest.note::<true>(&bits);
        self.words.set(bits)
    }

    #[inline]
    pub(super) fn clear(&mut self, bits: Range<u64>) -> Result<(), Full> {
        self.lowest.note::<false>(&bits);
        self.words.clear(bits)
    }
}
