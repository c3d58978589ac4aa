//! Setting and clearing ranges of bits by masks.

use core::ops::Range;

use super::bitwise::word_of;

/// The bits of `bits` in the word at `at`, which holds some of them.
#[inline]
pub(crate) fn mask(at: usize, bits: &Range<u64>) -> u64 {
    let (first, last) = (word_of(bits.start), word_of(bits.end - 1));
    let mut mask = !0;
    if at == first {
        mask &= !0 << (bits.start % 64);
    }
    if at == last {
        mask &= !0 >> (63 - (bits.end - 1) % 64);
    }
    mask
}

/// Sets `bits`.
#[inline]
pub(crate) fn set(words: &mut [u64], bits: Range<u64>) {
    change(words, bits, !0, |word, mask| *word |= mask);
}

/// Clears `bits`.
#[inline]
pub(crate) fn clear(words: &mut [u64], bits: Range<u64>) {
    change(words, bits, 0, |word, mask| *word &= !mask);
}

#[inline]
fn change(words: &mut [u64], bits: Range<u64>, full: u64, part: impl Fn(&mut u64, u64)) {
    if bits.is_empty() {
        return;
    }
    let (first, last) = (word_of(bits.start), word_of(bits.end - 1));
    part(&mut words[first], mask(first, &bits));
    if first < last {
        words[first + 1..last].fill(full);
        part(&mut words[last], mask(last, &bits));
    }
}
