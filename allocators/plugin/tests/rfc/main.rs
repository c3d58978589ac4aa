//! Our rootmem against the code that was posted in 2008, compiled from the mail that the reader has.
//!
//! The mail ("[RFC 1/2] mm: rootmem boot-time memory allocator", 2008-05-03) is a kernel's code and no part of this project:
//! `BOOTALLOC_RFC` says where it lies. Its defects that ours does not have are taken out by name ([`mends`]); all else must be
//! the same.

#[path = "../alike/mod.rs"]
mod alike;
mod mends;
mod posted;

use allocators::PageSize;
use allocators::rootmem::Rootmem;

use crate::alike::random::first_difference;
use crate::alike::{boots, mend};
use crate::mends::MENDS;
use crate::posted::Posted;

#[test]
fn the_posted_code_answers_as_ours_on_every_boot() {
    let Some(posted) = Posted::find() else { return };
    boots::compare(&Rootmem, |page| posted.strategy(page, None));
}

#[test]
fn the_posted_code_answers_as_ours_to_random_calls() {
    let Some(posted) = Posted::find() else { return };
    let theirs = posted.strategy(PageSize::KIB_4, None);
    if let Some(difference) = first_difference(&Rootmem, theirs, |_| true) {
        panic!("{difference}");
    }
}

#[test]
fn each_defect_left_in_is_noticed() {
    let Some(posted) = Posted::find() else { return };
    mend::each_is_noticed(&Rootmem, |_| true, MENDS, |page, left_in| posted.strategy(page, left_in));
}
