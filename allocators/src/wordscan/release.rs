//! Release by runs of words, and by runs of bits inside a word.

use core::ops::Range;

use super::words::{empty_prefix, full_prefix};
use crate::bitmap::bitwise::word_of;
use crate::bitmap::mask::mask;
use crate::{BlockSink, Order, Pfn};

/// Empty words that are said at once at most: eight cache lines. While the sink counts those the processor fetches the next;
/// if a whole node were looked through first, the sink's work would be added to that, a quarter on top for a tebibyte.
const BATCH: usize = 64;

/// A word is a block of order 6, or several smaller ones, so that what it gives does not depend on the words around it.
/// Stretches of empty words are said together; of all other words the runs of free pages.
pub(super) fn hand_over(
    words: &[u64],
    bits: Range<u64>,
    base: Pfn,
    order: Order,
    sink: &mut dyn BlockSink,
) -> u64 {
    if bits.is_empty() {
        return 0;
    }
    let last = word_of(bits.end - 1);
    // Behind this there may be part of a word, whose other bits belong to someone else.
    let whole = word_of(bits.end);
    let (mut pages, mut at) = (0, word_of(bits.start));
    while at <= last {
        let first = Pfn(base.0 + at as u64 * 64);
        match words[at] | !mask(at, &bits) {
            0 => {
                let empty = empty_prefix(&words[at..whole.min(at + BATCH)]);
                let count = empty as u64 * 64;
                sink.blocks(first, order, count >> order.0);
                pages += count;
                at += empty;
            }
            word => {
                pages += part(!word, first, order, sink);
                at += 1;
                if word == !0 {
                    at += full_prefix(&words[at..whole.max(at)]);
                }
            }
        }
    }
    pages
}

/// Hands over the pages of the bits that are set in `free`, of which bit 0 is page `first`.
#[inline]
fn part(mut free: u64, first: Pfn, order: Order, sink: &mut dyn BlockSink) -> u64 {
    let (mut at, mut pages) = (first.0, 0);
    while free != 0 {
        at += u64::from(free.trailing_zeros());
        free >>= free.trailing_zeros();
        let count = free.trailing_ones();
        run(at..at + u64::from(count), order, sink);
        at += u64::from(count);
        pages += u64::from(count);
        // A run of 64 would be an empty word.
        free >>= count;
    }
    pages
}

/// Hands over a run of free pages within a word: single pages before the first multiple of a block, the blocks, and
/// single pages behind the last.
#[inline]
fn run(pages: Range<u64>, order: Order, sink: &mut dyn BlockSink) {
    let chunk = 1u64 << order.0;
    let inner = (pages.start + chunk - 1) & !(chunk - 1);
    let inner_end = pages.end & !(chunk - 1);
    if inner >= inner_end {
        sink.blocks(Pfn(pages.start), Order(0), pages.end - pages.start);
        return;
    }
    for (part, order) in
        [(pages.start..inner, Order(0)), (inner..inner_end, order), (inner_end..pages.end, Order(0))]
    {
        if !part.is_empty() {
            sink.blocks(Pfn(part.start), order, (part.end - part.start) >> order.0);
        }
    }
}
