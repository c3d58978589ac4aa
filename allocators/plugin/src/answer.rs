//! What a library's answers mean.

use allocators::{AllocError, BuildError, ChangeError, FreeError, PageSize, Pfn, PhysAddr, ReserveError};

use crate::ffi::{self, Answer};

/// The page of the address in an answer.
fn pfn(answer: Answer, page: PageSize) -> Pfn {
    page.pfn_down(PhysAddr(answer.value))
}

/// An answer that the ABI does not know: nothing that follows could be trusted.
#[cold]
fn unknown(call: &str, answer: Answer) -> ! {
    panic!("the plug-in answered {call} with error {}, which that call does not have", answer.error);
}

#[cold]
pub(crate) fn build(answer: Answer, machine: PageSize, needed: usize, given: usize) -> BuildError {
    let built_for =
        1_u64.checked_shl(u32::try_from(answer.value).unwrap_or(u32::MAX)).and_then(PageSize::new);
    match (answer.error, built_for) {
        (ffi::WRONG_PAGE, Some(built_for)) => BuildError::WrongPageSize { built_for, machine },
        _ => BuildError::MetadataTooSmall { needed, given },
    }
}

#[cold]
pub(crate) fn reserve(answer: Answer, page: PageSize) -> ReserveError {
    match answer.error {
        ffi::BUSY => ReserveError::Busy(PhysAddr(answer.value)),
        ffi::OUTSIDE => ReserveError::OutsideMemory(pfn(answer, page)),
        ffi::RELEASED => ReserveError::Released(pfn(answer, page)),
        ffi::TABLES_FULL => ReserveError::MetadataFull,
        _ => unknown("reserve", answer),
    }
}

#[cold]
pub(crate) fn free(answer: Answer, page: PageSize) -> FreeError {
    match answer.error {
        ffi::FREE_ALREADY => FreeError::AlreadyFree(pfn(answer, page)),
        ffi::OUTSIDE => FreeError::OutsideMemory(pfn(answer, page)),
        ffi::RELEASED => FreeError::Released(pfn(answer, page)),
        ffi::TABLES_FULL => FreeError::MetadataFull,
        _ => unknown("free", answer),
    }
}

#[cold]
pub(crate) fn alloc(answer: Answer) -> AllocError {
    match answer.error {
        ffi::NO_MEMORY => AllocError::NoMemory,
        ffi::TABLES_FULL => AllocError::MetadataFull,
        _ => unknown("alloc", answer),
    }
}

pub(crate) fn change(answer: Answer, page: PageSize) -> Result<(), ChangeError> {
    match answer.error {
        ffi::OK => Ok(()),
        ffi::OUTSIDE => Err(ChangeError::OutsideMemory(pfn(answer, page))),
        ffi::RELEASED => Err(ChangeError::Released(pfn(answer, page))),
        ffi::FIXED_MAP => Err(ChangeError::FixedMap),
        ffi::TABLES_FULL => Err(ChangeError::MetadataFull),
        _ => unknown("change", answer),
    }
}
