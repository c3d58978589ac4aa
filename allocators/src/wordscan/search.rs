//! First fit by words.
//!
//! Short blocks and long ones are found in different ways. A short one (up to 64 pages, aligned to no more) may begin
//! anywhere in any word, so every word is read once, and all beginnings inside it are tried together. A long one, or one
//! with few places to begin at, is tried from its far end: the last page in use in its window is the earliest after
//! which the next window may begin, and most words are never read.

use core::ops::Range;

use super::words::{full_prefix, last_set, next_clear};
use crate::bitmap::Fit;
use crate::bitmap::bitwise::word_of;
use crate::bitmap::mask::mask;

/// Windows that are this many pages apart, or fewer, are not tried one by one in a full stretch: reading through it to
/// its end costs less than a jump for each.
const NARROW: u64 = 1024;

/// The first bit at which `fit` finds room in `bits`.
pub(super) fn find(words: &[u64], bits: Range<u64>, fit: Fit) -> Option<u64> {
    if bits.end.saturating_sub(bits.start) < fit.count {
        None
    } else if fit.count <= 64 && fit.step <= 64 {
        find_short(words, bits, fit)
    } else {
        find_long(words, bits, fit, |start| start)
    }
}

/// Tries window after window, each from its end. `later` says how much higher than at a bit a block can begin at the earliest, if
/// anybody knows.
pub(crate) fn find_long(
    words: &[u64],
    bits: Range<u64>,
    fit: Fit,
    mut later: impl FnMut(u64) -> u64,
) -> Option<u64> {
    let mut start = fit.align(bits.start);
    // Where the window before ended: what of it lies behind its last page in use is known to be free.
    let mut known = start;
    loop {
        let from = later(start);
        if from != start {
            start = fit.align(from);
        }
        let end = start + fit.count;
        if end > bits.end {
            return None;
        }
        match last_set(words, known.max(start)..end) {
            None => return Some(start),
            Some(busy) if words[word_of(busy)] == !0 && fit.count.max(fit.step) <= NARROW => {
                start = fit.align(next_clear(words, busy..bits.end));
            }
            Some(busy) => start = fit.align(busy + 1),
        }
        known = end;
    }
}

/// Tries word after word, carrying the beginning of the free run that reaches the word.
fn find_short(words: &[u64], bits: Range<u64>, fit: Fit) -> Option<u64> {
    let last = word_of(bits.end - 1);
    // The bitmap begins at a multiple of 64 pages, so up to there bits are aligned as pages are.
    let aligned = !0 / (!0 >> (64 - fit.step));
    let mut run = bits.start;
    let mut at = word_of(bits.start);
    while at <= last {
        let first_bit = at as u64 * 64;
        let word = words[at] | !mask(at, &bits);
        if word == !0 {
            at += 1;
            at += full_prefix(&words[at..=last.max(at - 1)]);
            run = at as u64 * 64;
            continue;
        }
        // A run from before this word, which ends in it or goes on: none that begins later can be first.
        let start = fit.align(run);
        if start + fit.count <= first_bit + u64::from(word.trailing_zeros()) {
            return Some(start);
        }
        let starts = starts(!word, fit.count) & aligned;
        if starts != 0 {
            return Some(first_bit + u64::from(starts.trailing_zeros()));
        }
        // An empty word would have been enough, so some bit is set.
        run = first_bit + 64 - u64::from(word.leading_zeros());
        at += 1;
    }
    None
}

/// The bits of `free` from which on `count` bits are set, all inside the word; `count` is 1 to 64.
#[inline]
pub(crate) fn starts(free: u64, count: u64) -> u64 {
    let (mut starts, mut have) = (free, 1);
    // Runs of `have` bits that begin at a bit and at the bit `more` further on make one of `have + more`.
    while have < count && starts != 0 {
        let more = have.min(count - have);
        starts &= starts >> more;
        have += more;
    }
    starts
}
