//! Reaching for pages that are not the allocator's.

use crate::{FreeError, Pfn, ReserveError};

/// Why a range may not be reserved or freed; the first page of it that may not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trespass {
    Outside(Pfn),
    Released(Pfn),
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
