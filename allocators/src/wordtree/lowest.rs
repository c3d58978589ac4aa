//! How far up everything is taken.

use core::ops::Range;

/// A bit below which none is clear. First fit takes from the bottom, and need not walk over that again.
#[derive(Clone, Copy)]
pub(super) struct Lowest(u64);

impl Lowest {
    /// Of so many bits, all of them set.
    pub(super) const fn of(bits: u64) -> Self {
        Self(bits)
    }

    /// What of `bits` is to be looked at.
    #[inline]
    pub(super) fn above(self, bits: Range<u64>) -> Range<u64> {
        bits.start.max(self.0)..bits.end
    }

    /// Notes that `bits` were set, or cleared.
    #[inline]
    pub(super) fn note<const SET: bool>(&mut self, bits: &Range<u64>) {
        if !SET {
            self.0 = self.0.min(bits.start);
        } else if bits.start <= self.0 {
            self.0 = self.0.max(bits.end);
        }
    }
}
