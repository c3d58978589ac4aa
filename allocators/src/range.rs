//! Half-open ranges of addresses and of page frames.

use core::fmt;

use crate::{PageCount, PageSize, Pfn, PhysAddr};

/// The bytes from `start` up to, not including, `end`. Never backwards; may be empty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AddrRange {
    start: PhysAddr,
    end: PhysAddr,
}

/// The pages from `start` up to, not including, `end`. Never backwards; may be empty.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PfnRange {
    start: Pfn,
    end: Pfn,
}

macro_rules! range {
    ($range:ident, $point:ident, $kind:literal) => {
        impl $range {
            #[doc = concat!("The ", $kind, " from `start` up to `end`, or `None` when that is backwards.")]
            #[must_use]
            #[inline]
            pub const fn new(start: $point, end: $point) -> Option<Self> {
                if start.0 <= end.0 { Some(Self { start, end }) } else { None }
            }

            #[doc = concat!("The ", $kind, " from `start` up to `end`; empty at `start` when that is backwards.")]
            #[must_use]
            #[inline]
            pub const fn clamped(start: $point, end: $point) -> Self {
                Self { start, end: if end.0 > start.0 { end } else { start } }
            }

            /// The first one inside.
            #[must_use]
            #[inline]
            pub const fn start(self) -> $point {
                self.start
            }

            /// The first one past the end.
            #[must_use]
            #[inline]
            pub const fn end(self) -> $point {
                self.end
            }

            /// Whether nothing is inside.
            #[must_use]
            #[inline]
            pub const fn is_empty(self) -> bool {
                self.start.0 == self.end.0
            }

            /// Whether `point` is inside.
            #[must_use]
            #[inline]
            pub const fn contains(self, point: $point) -> bool {
                self.start.0 <= point.0 && point.0 < self.end.0
            }

            /// Whether all of `other` is inside.
            #[must_use]
            #[inline]
            pub const fn covers(self, other: Self) -> bool {
                self.start.0 <= other.start.0 && other.end.0 <= self.end.0
            }

            /// What is in both; empty when they do not meet.
            #[must_use]
            #[inline]
            pub const fn intersection(self, other: Self) -> Self {
                let start = if self.start.0 > other.start.0 { self.start } else { other.start };
                let end = if self.end.0 < other.end.0 { self.end } else { other.end };
                Self::clamped(start, end)
            }

            /// Takes `next` in, if it begins where this ends.
            #[inline]
            pub(crate) fn absorb(&mut self, next: Self) -> bool {
                let touch = self.end == next.start;
                if touch {
                    self.end = next.end;
                }
                touch
            }

            /// Whether anything is in both.
            #[must_use]
            #[inline]
            pub const fn overlaps(self, other: Self) -> bool {
                !self.intersection(other).is_empty()
            }
        }

        impl fmt::Display for $range {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:#x}-{:#x}", self.start.0, self.end.0)
            }
        }

        impl fmt::Debug for $range {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

range!(AddrRange, PhysAddr, "bytes");
range!(PfnRange, Pfn, "pages");

impl AddrRange {
    /// The `size` bytes from `start` on, or `None` past the end of the address space.
    #[must_use]
    #[inline]
    pub const fn from_size(start: PhysAddr, size: u64) -> Option<Self> {
        match start.checked_add(size) {
            Some(end) => Some(Self { start, end }),
            None => None,
        }
    }

    /// Its length in bytes.
    #[must_use]
    #[inline]
    pub const fn size(self) -> u64 {
        self.end.0 - self.start.0
    }

    /// The pages that it touches, even in part: what a reservation takes.
    #[must_use]
    #[inline]
    pub const fn pages_touched(self, page: PageSize) -> PfnRange {
        let start = page.pfn_down(self.start);
        PfnRange { start, end: if self.is_empty() { start } else { page.pfn_up(self.end) } }
    }

    /// The pages that lie inside it as a whole: what a free gives back.
    #[must_use]
    #[inline]
    pub const fn pages_inside(self, page: PageSize) -> PfnRange {
        PfnRange::clamped(page.pfn_up(self.start), page.pfn_down(self.end))
    }
}

impl PfnRange {
    /// Its length in pages.
    #[must_use]
    #[inline]
    pub const fn count(self) -> PageCount {
        PageCount(self.end.0 - self.start.0)
    }

    /// The bytes of its pages.
    #[must_use]
    #[inline]
    pub const fn addrs(self, page: PageSize) -> AddrRange {
        AddrRange { start: page.addr(self.start), end: page.addr(self.end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(start: u64, end: u64) -> AddrRange {
        AddrRange::new(PhysAddr(start), PhysAddr(end)).unwrap()
    }

    /// ```text
    /// page    |0      |1      |2      |3      |
    /// bytes        [xxxxxxxxxxxxxxx)
    /// touched |-------|-------|-------|
    /// inside          |-------|
    /// ```
    #[test]
    fn reserving_rounds_outward_and_freeing_inward() {
        let range = bytes(0x800, 0x2800);
        assert_eq!(range.pages_touched(PageSize::KIB_4), PfnRange::clamped(Pfn(0), Pfn(3)));
        assert_eq!(range.pages_inside(PageSize::KIB_4), PfnRange::clamped(Pfn(1), Pfn(2)));
    }

    #[test]
    fn an_empty_or_sub_page_range_has_no_page_inside() {
        for range in [bytes(0x800, 0x800), bytes(0x800, 0x900), bytes(0x1000, 0x1fff)] {
            assert!(range.pages_inside(PageSize::KIB_4).is_empty(), "{range}");
        }
        assert!(bytes(0x1800, 0x1800).pages_touched(PageSize::KIB_4).is_empty());
    }

    #[test]
    fn ranges_that_touch_do_not_overlap() {
        assert!(!bytes(0, 0x1000).overlaps(bytes(0x1000, 0x2000)));
        assert!(bytes(0, 0x1001).overlaps(bytes(0x1000, 0x2000)));
        assert_eq!(AddrRange::from_size(PhysAddr(u64::MAX), 2), None);
    }
}
