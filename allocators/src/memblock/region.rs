//! One range of memory with its node and flags, as it lies in the tables.

use crate::{AddrRange, MemFlags, MemoryRange, Nid, PhysAddr, Record};

/// What neighbours must have in common to be merged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Attrs {
    nid: u32,
    flags: MemFlags,
}

/// The bytes from `start` up to, not including, `end`: 24 bytes, as in a kernel with nodes, so that a doubled table
/// takes as many pages as there.
///
/// The kernel stores the size in place of the end, and adds at every step of every walk.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Region {
    pub(crate) start: PhysAddr,
    pub(crate) end: PhysAddr,
    pub(crate) attrs: Attrs,
}

// SAFETY: `repr(C)` of two `u64` and two `u32`, all behind `repr(transparent)`: 24 bytes without padding, any bits.
unsafe impl Record for Region {}

impl Attrs {
    /// Of no node, nothing special: what 6.1 notes about each reservation.
    pub(crate) const PLAIN: Self = Self::new(None, MemFlags::NONE);
    /// The node in [`bits`](Self::bits).
    pub(crate) const NODE: u64 = 0xffff_ffff;

    #[inline]
    pub(crate) const fn new(nid: Option<Nid>, flags: MemFlags) -> Self {
        // `Nid::new` gives `None` back for this one.
        let nid = if let Some(nid) = nid { nid.get() } else { u32::MAX };
        Self { nid, flags }
    }

    #[inline]
    pub(crate) const fn nid(self) -> Option<Nid> {
        Nid::new(self.nid)
    }

    #[inline]
    pub(crate) const fn flags(self) -> MemFlags {
        self.flags
    }

    /// Both as one number, by which they are compared.
    #[inline]
    pub(crate) const fn bits(self) -> u64 {
        self.nid as u64 | (self.flags.0 as u64) << 32
    }

    #[inline]
    pub(crate) const fn with_nid(self, nid: Option<Nid>) -> Self {
        Self::new(nid, self.flags)
    }

    #[inline]
    pub(crate) const fn with_flags(self, flags: MemFlags) -> Self {
        Self { flags, ..self }
    }
}

impl Region {
    #[inline]
    pub(crate) const fn new(range: AddrRange, attrs: Attrs) -> Self {
        Self { start: range.start(), end: range.end(), attrs }
    }

    #[inline]
    pub(crate) const fn range(&self) -> AddrRange {
        AddrRange::clamped(self.start, self.end)
    }

    /// Whether `above` carries on where this region ends.
    #[inline]
    pub(crate) const fn continues_in(&self, above: &Self) -> bool {
        self.end.0 == above.start.0 && self.attrs.bits() == above.attrs.bits()
    }

    #[inline]
    pub(crate) const fn to_memory_range(self) -> MemoryRange {
        MemoryRange { range: self.range(), nid: self.attrs.nid(), flags: self.attrs.flags }
    }
}
