//! The quantities of boot memory, each a type of its own.
//!
//! A physical address, a page frame number and a number of pages are all `u64` underneath, and mixing them up is the
//! classic defect of this code (2.6.26 compared a limit in pages with a hint in bytes). Nothing here converts
//! silently: a [`PageSize`] turns addresses into frames, rounding in a direction that its caller names.

use core::fmt;

/// A physical address in bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct PhysAddr(pub u64);

/// A page frame number: the address of a page divided by the machine's [`PageSize`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Pfn(pub u64);

/// A number of pages.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct PageCount(pub u64);

/// The number of a memory node. Numbers need be neither dense nor ascending with addresses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Nid(u32);

/// The binary logarithm of a block's size in pages, as the page allocator counts it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Order(pub u8);

/// The size of a page: a power of two, a property of the machine (4, 16 or 64 KiB on real ones).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageSize {
    shift: u8,
}

impl Nid {
    /// One more than the largest node number; the kernel's largest `CONFIG_NODES_SHIFT` is 10.
    pub const LIMIT: u32 = 1024;

    /// The node with this number, or `None` from [`Nid::LIMIT`] on.
    #[must_use]
    #[inline]
    pub const fn new(number: u32) -> Option<Self> {
        if number < Self::LIMIT { Some(Self(number)) } else { None }
    }

    /// The number.
    #[must_use]
    #[inline]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Order {
    /// The number of pages in a block of this order; from order 64 on, the largest number there is.
    #[must_use]
    pub const fn pages(self) -> PageCount {
        if self.0 < 64 { PageCount(1 << self.0) } else { PageCount(u64::MAX) }
    }
}

impl PageSize {
    /// 4 KiB, the page of x86 and of most other machines.
    pub const KIB_4: Self = Self { shift: 12 };
    /// 16 KiB.
    pub const KIB_16: Self = Self { shift: 14 };
    /// 64 KiB, the page of ppc64le distribution kernels.
    pub const KIB_64: Self = Self { shift: 16 };

    /// The page of `bytes`, or `None` unless that is a power of two from 512 bytes to 1 GiB.
    #[must_use]
    pub const fn new(bytes: u64) -> Option<Self> {
        if bytes.is_power_of_two() && bytes >= 512 && bytes <= 1 << 30 {
            #[expect(clippy::cast_possible_truncation, reason = "at most 30")]
            Some(Self { shift: bytes.trailing_zeros() as u8 })
        } else {
            None
        }
    }

    /// Its size in bytes.
    #[must_use]
    #[inline]
    pub const fn bytes(self) -> u64 {
        1 << self.shift
    }

    /// Its binary logarithm: the kernel's `PAGE_SHIFT`.
    #[must_use]
    #[inline]
    pub const fn shift(self) -> u32 {
        self.shift as u32
    }

    /// The frame that holds `addr` (the kernel's `PFN_DOWN`).
    #[must_use]
    #[inline]
    pub const fn pfn_down(self, addr: PhysAddr) -> Pfn {
        Pfn(addr.0 >> self.shift)
    }

    /// The first frame that begins at or above `addr` (the kernel's `PFN_UP`, which wraps at the top; this does not).
    #[must_use]
    #[inline]
    pub const fn pfn_up(self, addr: PhysAddr) -> Pfn {
        Pfn((addr.0 >> self.shift) + (addr.0 & (self.bytes() - 1) != 0) as u64)
    }

    /// The address of the first byte of `pfn` (the kernel's `PFN_PHYS`), saturating at the end of the address space.
    #[must_use]
    #[inline]
    pub const fn addr(self, pfn: Pfn) -> PhysAddr {
        if pfn.0 > u64::MAX >> self.shift { PhysAddr(u64::MAX) } else { PhysAddr(pfn.0 << self.shift) }
    }

    /// The pages that `bytes` need.
    #[must_use]
    #[inline]
    pub const fn pages_for(self, bytes: u64) -> PageCount {
        PageCount(self.pfn_up(PhysAddr(bytes)).0)
    }
}

impl PhysAddr {
    /// This address rounded up to `align`, a power of two, or `None` past the end of the address space.
    #[must_use]
    #[inline]
    pub const fn checked_align_up(self, align: u64) -> Option<Self> {
        match self.0.checked_add(align - 1) {
            Some(sum) => Some(Self(sum & !(align - 1))),
            None => None,
        }
    }

    /// This address rounded down to `align`, a power of two.
    #[must_use]
    #[inline]
    pub const fn align_down(self, align: u64) -> Self {
        Self(self.0 & !(align - 1))
    }

    /// The address `bytes` further on, or `None` past the end of the address space.
    #[must_use]
    #[inline]
    pub const fn checked_add(self, bytes: u64) -> Option<Self> {
        match self.0.checked_add(bytes) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }
}

/// Writes `Debug` like `Display`: `0x1000` reads better in a failed assertion than `PhysAddr(4096)`.
macro_rules! show {
    ($($kind:ty, $format:literal;)*) => { $(
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, $format, self.0) }
        }
        impl fmt::Debug for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }
    )* };
}

show! {
    PhysAddr, "{:#x}";
    Pfn, "pfn {:#x}";
    PageCount, "{} pages";
    Nid, "{}";
    Order, "order {}";
}

impl fmt::Display for PageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes())
    }
}

impl fmt::Debug for PageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_at_the_top_of_the_address_space_does_not_wrap() {
        let page = PageSize::KIB_4;
        assert_eq!(page.pfn_up(PhysAddr(u64::MAX)), Pfn(1 << 52));
        assert_eq!(page.pfn_down(PhysAddr(u64::MAX)), Pfn((1 << 52) - 1));
        assert_eq!(page.addr(Pfn(1 << 52)), PhysAddr(u64::MAX));
        assert_eq!(PhysAddr(u64::MAX).checked_align_up(0x1000), None);
    }

    #[test]
    fn a_page_size_is_a_power_of_two() {
        assert_eq!(PageSize::new(4096), Some(PageSize::KIB_4));
        assert_eq!(PageSize::new(65536), Some(PageSize::KIB_64));
        for bad in [0, 1, 3, 4095, 12288, 1 << 31] {
            assert_eq!(PageSize::new(bad), None, "{bad}");
        }
    }
}
