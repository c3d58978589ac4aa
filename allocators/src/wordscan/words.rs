//! Finding the next set or clear bit, skipping equal words many at a time.

use core::ops::Range;

use crate::bitmap::bitwise::word_of;

/// Words looked at together: two cache lines. The compiler folds them in vector registers; with fewer, the branch after
/// each fold is felt, with more, the ends of short runs are.
const CHUNK: usize = 16;

/// How many words at the front of `words` are full.
#[inline]
pub(super) fn full_prefix(words: &[u64]) -> usize {
    prefix(words, |word| word == !0, |chunk| chunk.iter().fold(!0, |all, word| all & word) == !0)
}

/// How many words at the front of `words` are empty.
#[inline]
pub(super) fn empty_prefix(words: &[u64]) -> usize {
    prefix(words, |word| word == 0, |chunk| chunk.iter().fold(0, |any, word| any | word) == 0)
}

/// How many words at the end of `words` are empty.
#[inline]
pub(super) fn empty_suffix(words: &[u64]) -> usize {
    let (rest, chunks) = words.as_rchunks::<CHUNK>();
    let same =
        chunks.iter().rev().take_while(|chunk| chunk.iter().fold(0, |any, word| any | word) == 0).count();
    let rest = if same < chunks.len() { &chunks[chunks.len() - same - 1] } else { rest };
    same * CHUNK + rest.iter().rev().take_while(|&&word| word == 0).count()
}

#[inline]
fn prefix(words: &[u64], one: impl Fn(u64) -> bool, all: impl Fn(&[u64; CHUNK]) -> bool) -> usize {
    if !words.first().is_some_and(|&word| one(word)) {
        return 0;
    }
    let (chunks, rest) = words.as_chunks::<CHUNK>();
    let same = chunks.iter().take_while(|chunk| all(chunk)).count();
    let rest = chunks.get(same).map_or(rest, |chunk| chunk);
    same * CHUNK + rest.iter().take_while(|&&word| one(word)).count()
}

/// The first clear bit of `bits`, or their end.
#[inline]
pub(super) fn next_clear(words: &[u64], bits: Range<u64>) -> u64 {
    next_in(words, bits, |word| !word, full_prefix)
}

/// The first set bit of `bits`, or their end.
#[inline]
pub(super) fn next_set(words: &[u64], bits: Range<u64>) -> u64 {
    next_in(words, bits, |word| word, empty_prefix)
}

/// The first bit of `bits` that `wanted` sets in its word, or their end; `skip` counts the words in which it sets none.
#[inline]
fn next_in(
    words: &[u64],
    bits: Range<u64>,
    wanted: impl Fn(u64) -> u64,
    skip: impl Fn(&[u64]) -> usize,
) -> u64 {
    if bits.is_empty() {
        return bits.end;
    }
    let first = word_of(bits.start);
    let rest = wanted(words[first]) >> (bits.start % 64);
    if rest != 0 {
        return bits.end.min(bits.start + u64::from(rest.trailing_zeros()));
    }
    let last = word_of(bits.end - 1);
    let at = first + 1 + skip(&words[first + 1..=last.max(first)]);
    if at > last {
        return bits.end;
    }
    bits.end.min(at as u64 * 64 + u64::from(wanted(words[at]).trailing_zeros()))
}

/// The last set bit of `bits`.
#[inline]
pub(super) fn last_set(words: &[u64], bits: Range<u64>) -> Option<u64> {
    if bits.is_empty() {
        return None;
    }
    let (first, last) = (word_of(bits.start), word_of(bits.end - 1));
    // What of the last word is in range, moved to its upper end.
    let tail = words[last] << (63 - (bits.end - 1) % 64);
    let set = if tail != 0 {
        bits.end - 1 - u64::from(tail.leading_zeros())
    } else {
        let empty = empty_suffix(&words[first..last]);
        if empty == last - first {
            return None;
        }
        let at = last - empty - 1;
        at as u64 * 64 + 63 - u64::from(words[at].leading_zeros())
    };
    (set >= bits.start).then_some(set)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// Up to five chunks of words, most of them alike, and the others drawn from so few that two are often the same: what
    /// would cancel out if words were folded by anything but `|` and `&`.
    fn words() -> impl Strategy<Value = Vec<u64>> {
        let word = |usual| prop_oneof![24 => Just(usual), 1 => prop::sample::select(&[0, 1, 1 << 63, !0])];
        let long = |usual| prop::collection::vec(word(usual), 0..5 * CHUNK);
        prop_oneof![long(0), long(!0)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn words_looked_at_together_are_those_looked_at_one_by_one(words in words()) {
            let count = |words: &mut dyn Iterator<Item = &u64>, wanted| words.take_while(|&&word| word == wanted).count();
            prop_assert_eq!(empty_prefix(&words), count(&mut words.iter(), 0));
            prop_assert_eq!(full_prefix(&words), count(&mut words.iter(), !0));
            prop_assert_eq!(empty_suffix(&words), count(&mut words.iter().rev(), 0));
        }
    }
}
