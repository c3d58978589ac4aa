//! Memory that nobody gets.

use crate::trace::Trace;

use super::state::State;

/// Bytes that are free at the end of the boot in pages that are not wholly free: they are not handed over, and nobody has
/// them.
#[must_use]
pub fn lost_bytes(trace: &Trace) -> u64 {
    let page = trace.header.page_size.bytes();
    let state = State::end(trace);
    let mut lost = 0;
    for (memory, _) in state.memory.iter() {
        for gap in state.reserved.gaps(memory) {
            let (first, end) = (gap.start.div_ceil(page) * page, gap.end / page * page);
            let whole = end.saturating_sub(first);
            lost += gap.end - gap.start - whole;
        }
    }
    lost
}
