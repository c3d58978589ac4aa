//! Release by free runs.

use core::ops::Range;

use super::words::{next_clear, next_set};
use crate::{BlockSink, Order, Pfn};

/// Finds each free run and says three things of it: the pages before the first multiple of a block, the blocks, and the
/// pages behind the last. That is what the word-by-word release of bootmem and rootmem comes to.
pub(super) fn hand_over(
    words: &[u64],
    bits: Range<u64>,
    base: Pfn,
    order: Order,
    sink: &mut dyn BlockSink,
) -> u64 {
    let chunk = 1u64 << order.0;
    let mut pages = 0;
    let mut at = bits.start;
    loop {
        let start = next_clear(words, at..bits.end);
        if start == bits.end {
            return pages;
        }
        at = next_set(words, start..bits.end);
        pages += at - start;
        let inner = (start + chunk - 1) & !(chunk - 1);
        let inner_end = at & !(chunk - 1);
        let mut say = |bits: Range<u64>, order: Order| {
            if !bits.is_empty() {
                sink.blocks(Pfn(base.0 + bits.start), order, (bits.end - bits.start) >> order.0);
            }
        };
        if inner < inner_end {
            say(start..inner, Order(0));
            say(inner..inner_end, order);
            say(inner_end..at, Order(0));
        } else {
            say(start..at, Order(0));
        }
    }
}
