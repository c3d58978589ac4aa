//! Reaching for pages that are not the allocator's.

use crate::{AddrRange, BuildError, FreeError, PageSize, Pfn, ReserveError};

/// Why a range may not be reserved or freed; the first page of it that may not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trespass {
    Outside(Pfn),
    Released(Pfn),
}

impl Trespass {
    /// What it means when it was the metadata's own range.
    pub(crate) fn of_metadata(self, own: AddrRange, page: PageSize) -> BuildError {
        let (Self::Outside(pfn) | Self::Released(pfn)) = self;
        BuildError::MetadataOutsideMemory(page.addr(pfn).max(own.start()))
    }
}

impl From<Trespass> for ReserveError {
    fn from(trespass: Trespass) -> Self {
        match trespass {
            Trespass::Outside(pfn) => Self::OutsideMemory(pfn),
            Trespass::Released(pfn) => Self::Released(pfn),
        }
    }
}

impl From<Trespass> for FreeError {
    fn from(trespass: Trespass) -> Self {
        match trespass {
            Trespass::Outside(pfn) => Self::OutsideMemory(pfn),
            Trespass::Released(pfn) => Self::Released(pfn),
        }
    }
}
