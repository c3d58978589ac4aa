//! Where released memory goes.

use crate::{MemoryMap, Order, Pfn};

/// Takes free memory from a boot allocator, block by block.
///
/// There is one call for each block and none for a run of them, because the page allocator takes them so
/// (`__free_pages_core`): a strategy that finds its free memory in long runs still pays for each block that it makes of
/// them, and all pay alike. With a call for runs a list handed over 50 terapages a second, to a counter that had added
/// one number; a page allocator would have been called for each block all the same.
pub trait BlockSink {
    /// Takes the 2^`order` pages from `first` on; `first` is a multiple of 2^`order`, and `order` at most the map's
    /// [`max_order`](MemoryMap::max_order).
    fn block(&mut self, first: Pfn, order: Order);
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
    // Where the compiler knows the sink it would make one addition of a run of calls, for some strategies and not for
    // others. What is not inlined it calls, once for each block.
    #[inline(never)]
    fn block(&mut self, _first: Pfn, order: Order) {
        if let Some(count) = self.blocks.get_mut(usize::from(order.0)) {
            *count += 1;
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
        }
        assert_eq!(sink.pages(), 1 + (1 << 31));
    }
}
