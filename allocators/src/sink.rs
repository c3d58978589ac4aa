//! Where released memory goes.

use crate::{MemoryMap, Order, Pfn};

/// Takes free memory from a boot allocator, block by block, as the page allocator does.
pub trait BlockSink {
    /// Takes the 2^`order` pages from `first` on; `first` is a multiple of 2^`order`.
    fn block(&mut self, first: Pfn, order: Order);

    /// Takes `count` blocks of the same `order`, each beginning where the one before it ends.
    ///
    /// An allocator that finds a long free run says so once. A sink for which that changes nothing keeps this.
    #[inline]
    fn blocks(&mut self, first: Pfn, order: Order, count: u64) {
        for index in 0..count {
            self.block(Pfn(first.0 + (index << order.0)), order);
        }
    }
}

/// A sink that counts blocks by order and keeps none.
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
    #[inline]
    fn block(&mut self, first: Pfn, order: Order) {
        self.blocks(first, order, 1);
    }

    #[inline]
    fn blocks(&mut self, _first: Pfn, order: Order, count: u64) {
        self.blocks[usize::from(order.0)] += count;
    }
}
