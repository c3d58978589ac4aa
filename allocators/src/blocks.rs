//! Cutting free pages into the blocks that a page allocator takes.

use crate::{BlockSink, Order, Pfn, PfnRange};

/// The order of the largest block that begins at `at`, is aligned to its size, and ends no later than `end`, which is above.
#[inline]
fn largest(at: u64, end: u64, max: Order) -> Order {
    let aligned = at.trailing_zeros().min(u32::from(max.0));
    let order = aligned.min((end - at).ilog2());
    #[expect(clippy::cast_possible_truncation, reason = "at most `max`")]
    Order(order as u8)
}

/// Hands `pages` over in the largest blocks that are aligned to their size, ascending, each by itself.
///
/// ```text
/// pfn    5 6   8       16              32  34
///        -|---|-------|---------------|---|
/// order  0 1   3       4               1        of at most 4
/// ```
///
/// Source: 6.1 `__free_pages_memory`; page 0 is aligned to anything.
#[inline]
pub(crate) fn one_by_one(pages: PfnRange, max: Order, sink: &mut dyn BlockSink) {
    let (mut at, end) = (pages.start().0, pages.end().0);
    while at < end {
        let order = largest(at, end, max);
        sink.block(Pfn(at), order);
        at += order.pages().0;
    }
}

/// The same blocks, those of the largest order in one call.
#[inline]
pub(crate) fn in_runs(pages: PfnRange, max: Order, sink: &mut dyn BlockSink) {
    let (mut at, end) = (pages.start().0, pages.end().0);
    while at < end {
        let order = largest(at, end, max);
        if order < max {
            sink.block(Pfn(at), order);
            at += order.pages().0;
        } else {
            let count = (end - at) >> max.0;
            sink.blocks(Pfn(at), max, count);
            at += count << max.0;
        }
    }
}
