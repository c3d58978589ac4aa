//! Bits walked one at a time, as the RFC's and bootmem's loops do.

use core::ops::Range;

use super::Fit;

/// The word that holds `bit`.
#[inline]
pub(crate) const fn word_of(bit: u64) -> usize {
    // The bitmap lies in memory, so its words can be counted.
    (bit / 64) as usize
}

/// Whether `bit` is set (`test_bit`).
#[inline]
pub(crate) const fn test(words: &[u64], bit: u64) -> bool {
    words[word_of(bit)] >> (bit % 64) & 1 != 0
}

/// Sets `bit` and says whether it was set (`__test_and_set_bit`).
#[inline]
fn test_and_set(words: &mut [u64], bit: u64) -> bool {
    let was = test(words, bit);
    words[word_of(bit)] |= 1 << (bit % 64);
    was
}

/// Clears `bit` and says whether it was set (`__test_and_clear_bit`).
#[inline]
fn test_and_clear(words: &mut [u64], bit: u64) -> bool {
    let was = test(words, bit);
    words[word_of(bit)] &= !(1 << (bit % 64));
    was
}

/// The first clear bit of `bits`, or their end (`find_next_zero_bit`, which skips full words too).
pub(crate) fn next_clear(words: &[u64], bits: Range<u64>) -> u64 {
    next_in(bits, |word| !words[word])
}

/// The first set bit of `bits`, or their end (`find_next_bit`).
pub(crate) fn next_set(words: &[u64], bits: Range<u64>) -> u64 {
    next_in(bits, |word| words[word])
}

/// The first bit of `bits` that is set in the words that `word` gives, or their end.
#[inline]
fn next_in(bits: Range<u64>, word: impl Fn(usize) -> u64) -> u64 {
    let mut bit = bits.start;
    while bit < bits.end {
        let rest = word(word_of(bit)) >> (bit % 64);
        if rest != 0 {
            return bits.end.min(bit + u64::from(rest.trailing_zeros()));
        }
        bit = (bit | 63) + 1;
    }
    bits.end
}

/// Each run of clear bits in `bits`.
pub(crate) fn clear_runs(words: &[u64], bits: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let mut at = bits.start;
    core::iter::from_fn(move || {
        let start = next_clear(words, at..bits.end);
        at = next_set(words, start..bits.end);
        (start < at).then_some(start..at)
    })
}

/// Each run of set bits in `bits`.
pub(crate) fn set_runs(words: &[u64], bits: Range<u64>) -> impl Iterator<Item = Range<u64>> {
    let mut at = bits.start;
    core::iter::from_fn(move || {
        let start = next_set(words, at..bits.end);
        at = next_clear(words, start..bits.end);
        (start < at).then_some(start..at)
    })
}

/// The first bit at which `fit` finds room in `bits`: the next clear bit, aligned, then each bit of the block looked at
/// in turn. The first conflict restarts the search behind it; the RFC lacks that jump.
pub(crate) fn find(words: &[u64], bits: Range<u64>, fit: Fit) -> Option<u64> {
    let mut start = bits.start;
    loop {
        start = fit.align(next_clear(words, start.min(bits.end)..bits.end));
        let end = start + fit.count;
        if end > bits.end {
            return None;
        }
        match (start..end).find(|&bit| test(words, bit)) {
            None => return Some(start),
            Some(busy) => start = fit.align(busy + 1),
        }
    }
}

/// Sets `bits`; on one that is set already, clears again what it has set and returns that bit.
pub(crate) fn take(words: &mut [u64], bits: Range<u64>) -> Result<(), u64> {
    for bit in bits.clone() {
        if test_and_set(words, bit) {
            (bits.start..bit).for_each(|bit| words[word_of(bit)] &= !(1 << (bit % 64)));
            return Err(bit);
        }
    }
    Ok(())
}

/// Clears `bits`; on one that is clear already, sets again what it has cleared and returns that bit.
pub(crate) fn give(words: &mut [u64], bits: Range<u64>) -> Result<(), u64> {
    for bit in bits.clone() {
        if !test_and_clear(words, bit) {
            set(words, bits.start..bit);
            return Err(bit);
        }
    }
    Ok(())
}

/// Sets `bits`, whatever they were.
pub(crate) fn set(words: &mut [u64], bits: Range<u64>) {
    for bit in bits {
        words[word_of(bit)] |= 1 << (bit % 64);
    }
}
