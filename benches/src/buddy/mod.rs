//! A model of the page allocator's free lists, which merges what is released into them.
//!
//! It does what `__free_one_page` of the kernel's `mm/page_alloc.c` does to find the block that a freed one becomes part
//! of: while the buddy of the same order is free, it is taken out and the two become one block of the next order. What
//! the kernel keeps in `struct page` and in linked lists is a bit for each possible block here, so that the model costs
//! 2 bits a page and no `struct page` is touched. Migrate types, per-CPU lists and poisoning are left out.

mod bits;
mod hand_over;
mod spans;

#[cfg(test)]
mod tests;

use allocators::{BlockSink, Order, Pfn, PfnRange};

use workloads::trace::Machine;

use self::bits::Bits;
pub use self::hand_over::{HandOver, hand_over};
use self::spans::Spans;

/// The free memory of a machine or of one of its nodes. Blocks of different nodes never merge, as those of different zones
/// do not.
#[derive(Clone, Debug)]
pub struct Buddy {
    spans: Spans,
    /// By order: for each possible block, whether it is free as a block of this order.
    free: Vec<Bits>,
    blocks: Vec<u64>,
    strays: u64,
    /// The orders and words that are not zero once all was handed over, if that is known.
    left: Option<Vec<(usize, usize)>>,
}

impl Buddy {
    /// A page allocator for the memory in `pieces`, ascending, with nothing free. Its largest block is of `max_order`.
    #[must_use]
    pub fn new(pieces: impl IntoIterator<Item = PfnRange>, max_order: Order) -> Self {
        Self::over(pieces.into_iter().map(|piece| (0, piece)), max_order)
    }

    /// The page allocator of a whole machine.
    #[must_use]
    pub fn of(machine: &Machine) -> Self {
        let piece = |piece: &allocators::MemoryRange| {
            Some((piece.nid?.get(), piece.range.pages_inside(machine.page)))
        };
        Self::over(machine.nodes.iter().filter_map(piece), machine.max_order)
    }

    fn over(pieces: impl IntoIterator<Item = (u32, PfnRange)>, max_order: Order) -> Self {
        let spans = Spans::new(pieces, max_order);
        let free = (0..=max_order.0).map(|order| Bits::new(spans.pages() >> order)).collect();
        Self { spans, free, blocks: vec![0; usize::from(max_order.0) + 1], strays: 0, left: None }
    }

    /// Forgets what is free.
    pub fn reset(&mut self) {
        match &self.left {
            Some(left) => left.iter().for_each(|&(order, word)| self.free[order].clear_word(word)),
            None => self.free.iter_mut().for_each(Bits::clear_all),
        }
        self.blocks.fill(0);
        self.strays = 0;
    }

    /// Notes which of its tables are in use now, so that [`reset`](Self::reset) need not touch the rest: those of a tebibyte
    /// are 64 MiB, which would leave nothing else in the caches. Whatever is handed in later must be the same.
    pub fn note_use(&mut self) {
        let of = |(order, bits): (usize, &Bits)| bits.words().map(|word| (order, word)).collect::<Vec<_>>();
        self.left = Some(self.free.iter().enumerate().flat_map(of).collect());
    }

    /// The number of free blocks of each order.
    #[must_use]
    pub fn by_order(&self) -> &[u64] {
        &self.blocks
    }

    /// The number of free pages.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.blocks.iter().enumerate().map(|(order, &count)| count << order).sum()
    }

    /// The number of blocks that were handed in but lie outside its memory or were free already: none from a correct
    /// allocator.
    #[must_use]
    pub const fn strays(&self) -> u64 {
        self.strays
    }

    #[inline]
    fn free_one(&mut self, first: Pfn, order: usize) {
        let Some(mut page) = self.spans.find(first) else {
            self.strays += 1;
            return;
        };
        let mut order = order;
        while order + 1 < self.free.len() && self.free[order].take((page >> order) ^ 1) {
            self.blocks[order] -= 1;
            page &= !(1 << order);
            order += 1;
        }
        if self.free[order].set(page >> order) {
            self.blocks[order] += 1;
        } else {
            self.strays += 1;
        }
    }
}

impl BlockSink for Buddy {
    #[inline]
    fn block(&mut self, first: Pfn, order: Order) {
        let top = self.free.len() - 1;
        let order = usize::from(order.0);
        if order <= top {
            return self.free_one(first, order);
        }
        // No real caller hands in more than the largest block; it is cut rather than lost.
        for part in 0..1_u64 << (order - top) {
            self.free_one(Pfn(first.0 + (part << top)), top);
        }
    }
}
