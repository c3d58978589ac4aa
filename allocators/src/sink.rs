//! Where released memory goes.

use core::hint::black_box;

use crate::{MemoryMap, Order, Pfn};

/// Takes free memory from a boot allocator, block by block, as the page allocator does.
///
/// Each block is worth work to a sink, also where many come in one call: else the time of a hand-over is that of an
/// addition, however much memory it is. The strategies that follow a kernel's code make a call for each block, as that
/// code does, be it over a bitmap or a list; only one that is free to do better says runs.
pub trait BlockSink {
    /// Takes the 2^`order` pages from `first` on; `first` is a multiple of 2^`order`, and `order` at most the map's
    /// [`max_order`](MemoryMap::max_order).
    fn block(&mut self, first: Pfn, order: Order);

    /// Takes `count` blocks of the same `order`, each beginning where the one before it ends.
    ///
    /// It saves the calls: a tebibyte is four million blocks of order 6, and a call through a table takes longer than
    /// to find the next one. What a sink does with a block it does with each of these.
    #[inline]
    fn blocks(&mut self, first: Pfn, order: Order, count: u64) {
        let mut at = first;
        for _ in 0..count {
            self.block(at, order);
            at.0 = at.0.wrapping_add(order.pages().0);
        }
    }
}

/// A sink that counts blocks by order and keeps none. It does not count what is larger than [`ORDERS`](Self::ORDERS)
/// allows, which no map does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CountingSink {
    blocks: [u64; Self::ORDERS],
}

impl CountingSink {
    /// One more than the largest order that is counted.
    pub const ORDERS: usize = MemoryMap::LARGEST_ORDER.0 as usize + 1;

    /// The number of blocks taken of each order.
    #[must_use]
    pub fn by_order(&self) -> &[u64; Self::ORDERS] {
        &self.blocks
    }

    /// The number of pages in all blocks taken.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.blocks.iter().enumerate().map(|(order, &count)| count << order).sum()
    }
}

impl BlockSink for CountingSink {
    // Where the compiler knows the sink it would make one addition of a loop of calls, for some strategies and not for
    // others. What is not inlined it calls, once for each block.
    #[inline(never)]
    fn block(&mut self, _first: Pfn, order: Order) {
        if let Some(count) = self.blocks.get_mut(usize::from(order.0)) {
            *count += 1;
        }
    }

    #[inline(never)]
    fn blocks(&mut self, first: Pfn, order: Order, count: u64) {
        if let Some(counted) = self.blocks.get_mut(usize::from(order.0)) {
            let mut at = first;
            for _ in 0..count {
                // Put where it could be read, so that no block is skipped.
                black_box(at);
                at.0 = at.0.wrapping_add(order.pages().0);
            }
            *counted += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_of_an_impossible_order_is_not_counted() {
        let mut sink = CountingSink::default();
        for order in [0, 31, 32, 255] {
            sink.block(Pfn(0), Order(order));
            sink.blocks(Pfn(0), Order(order), 2);
        }
        assert_eq!(sink.pages(), 3 * (1 + (1 << 31)));
    }
}
