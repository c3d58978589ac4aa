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

/// An engine has no room left for what it would have to note. Nothing has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Full;

/// Why bits were not changed. Nothing has changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// This is the first bit that was already as it was to become.
    At(u64),
    /// There is no room to note it.
    Full,
}

impl From<Full> for Refused {
    #[inline]
    fn from(Full: Full) -> Self {
        Self::Full
    }
}

/// The bits of a flat bitmap, and a way of walking them. Ranges of bits are never backwards and lie inside the bitmap.
///
/// An engine that notes less than a bit for each page may run full; then it is [moved](Self::move_to) to more memory, or
/// what does not fit is refused.
pub trait Engine<'m>: Sync + Send + Sized {
    /// The order of the largest blocks that it hands over.
    const LARGEST: Order = Order(6);

    /// The words of memory that it needs for so many bits, so many stretches of which are clear to begin with.
    fn words(bits: u64, stretches: usize) -> u64;

    /// A bitmap of so many bits, all of them set, in as many words as it [needs](Self::words), whatever those hold.
    fn new(words: &'m mut [u64], bits: u64) -> Self;

    /// The first bit at which `fit` finds room in `bits`.
    fn find(&self, bits: Range<u64>, fit: Fit) -> Option<u64>;

    /// The first clear bit of `bits`, or their end.
    fn next_clear(&self, bits: Range<u64>) -> u64;

    /// The first set bit of `bits`, or their end.
    fn next_set(&self, bits: Range<u64>) -> u64;

    /// Sets `bits`, which must all be clear.
    ///
    /// # Errors
    /// The first that is set, or no room.
    fn take(&mut self, bits: Range<u64>) -> Result<(), Refused>;

    /// Clears `bits`, which must all be set.
    ///
    /// # Errors
    /// The first that is clear, or no room.
    fn give(&mut self, bits: Range<u64>) -> Result<(), Refused>;

    /// Sets `bits`, whatever they were.
    ///
    /// # Errors
    /// No room.
    fn set(&mut self, bits: Range<u64>) -> Result<(), Full>;

    /// Clears `bits`, whatever they were.
    ///
    /// # Errors
    /// No room.
    fn clear(&mut self, bits: Range<u64>) -> Result<(), Full>;

    /// Hands the pages of clear bits in `bits` to `sink`, ascending, in blocks of at most `order`, and returns how many
    /// pages that were.
    ///
    /// `base`, the page of bit 0, is a multiple of 64; `order` is at most [`LARGEST`](Self::LARGEST).
    fn hand_over(&self, bits: Range<u64>, base: Pfn, order: Order, sink: &mut dyn BlockSink) -> u64;

    /// How many words it wants to move to before the next change: none while there is room for any.
    #[inline]
    fn wants_words(&mut self) -> Option<usize> {
        None
    }

    /// Goes on in `words`, at least as many as it wants, whatever those hold.
    fn move_to(&mut self, words: &'m mut [u64]) {
        let _ = words;
    }
}
