//! Release by words, as bootmem does since 3.8.

use core::ops::Range;

use super::bitwise::word_of;
use crate::{BlockSink, Order, Pfn};

/// Hands the pages of clear bits in `bits` to `sink`; bit 0 is page `base`, `order` is at most 6.
///
/// It looks at the bits up to the next multiple of a block: one block if they begin at one and all are clear, else page
/// by page. The first step may be a short one, which re-aligns the walk. (The RFC did not: on a node that begins inside a
/// word it released the wrong pages. Max Filippov found the same in mainline in 2013.)
pub(crate) fn hand_over(
    words: &[u64],
    bits: Range<u64>,
    base: Pfn,
    order: Order,
    sink: &mut dyn BlockSink,
) -> u64 {
    let chunk = 1u64 << order.0;
    let mut pages = 0;
    let mut bit = bits.start;
    while bit < bits.end {
        let pfn = base.0 + bit;
        let count = (chunk - pfn % chunk).min(bits.end - bit);
        let all = !0 >> (64 - count);
        let mut free = clear_from(words, bit) & all;
        if count == chunk && free == all {
            sink.block(Pfn(pfn), order);
            pages += chunk;
        } else {
            let mut at = pfn;
            while free != 0 {
                if free & 1 != 0 {
                    sink.block(Pfn(at), Order(0));
                    pages += 1;
                }
                free >>= 1;
                at += 1;
            }
        }
        bit += count;
    }
    pages
}

/// The inverted 64 bits from `bit` on; behind the last word there is nothing clear.
#[inline]
fn clear_from(words: &[u64], bit: u64) -> u64 {
    let (word, shift) = (word_of(bit), bit % 64);
    let low = !words[word] >> shift;
    match words.get(word + 1) {
        Some(next) if shift != 0 => low | !next << (64 - shift),
        _ => low,
    }
}
