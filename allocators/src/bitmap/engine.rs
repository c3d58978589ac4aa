//! What a flat bitmap asks of the code that walks its bits.

use core::ops::Range;

use crate::{AllocRequest, BlockSink, Order, PageSize, Pfn};

/// What a search looks for: so many clear bits in a row, the first of them on an aligned page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fit {
    /// How many; at least 1.
    pub count: u64,
    /// What the page must be a multiple of, in pages: a power of two.
    pub step: u64,
    /// The page of bit 0.
    pub base: Pfn,
}

impl Fit {
    /// What `request` needs, in a bitmap that begins at `base`.
    #[must_use]
    pub const fn new(request: &AllocRequest, page: PageSize, base: Pfn) -> Self {
        let step = request.align >> page.shift();
        Self { count: page.pages_for(request.size).0, step: if step == 0 { 1 } else { step }, base }
    }

    /// The first bit from `bit` on whose page is aligned.
    #[must_use]
    #[inline]
    pub const fn align(self, bit: u64) -> u64 {
        // A page is at least 512 bytes, so neither a page number nor a step comes near the top of a u64.
        ((self.base.0 + bit + self.step - 1) & !(self.step - 1)) - self.base.0
    }
}

/// A way of walking the bits of a flat bitmap. Ranges of bits are never backwards and lie inside `words`.
pub trait Engine: Sync + Send + 'static {
    /// The first bit at which `fit` finds room in `bits`.
    fn find(words: &[u64], bits: Range<u64>, fit: Fit) -> Option<u64>;

    /// Sets `bits`, which must all be clear.
    ///
    /// # Errors
    /// The first that is set; then nothing has changed.
    fn take(words: &mut [u64], bits: Range<u64>) -> Result<(), u64>;

    /// Clears `bits`, which must all be set.
    ///
    /// # Errors
    /// The first that is clear; then nothing has changed.
    fn give(words: &mut [u64], bits: Range<u64>) -> Result<(), u64>;

    /// Sets `bits`, whatever they were.
    fn set(words: &mut [u64], bits: Range<u64>);

    /// Hands the pages of clear bits in `bits` to `sink`, ascending, in blocks of `order` where they are aligned and
    /// lie in `bits` as a whole, else page by page, and returns how many pages that were.
    ///
    /// `base`, the page of bit 0, is a multiple of 64; `order` is at most 6.
    fn hand_over(words: &[u64], bits: Range<u64>, base: Pfn, order: Order, sink: &mut dyn BlockSink) -> u64;
}
