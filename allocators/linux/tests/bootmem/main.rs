//! Our bootmem against the `mm/bootmem.c` of a tree that the reader has.
//!
//! Trees until 4.19 have one, and no distribution packs their sources any more: `BOOTALLOC_LINUX` names a repository with v4.19. Its
//! defects that ours does not have are taken out by name ([`mends`]) of a copy; all else must be the same.

#[path = "../../../plugin/tests/alike/mod.rs"]
mod alike;
#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "no tree of Debian's has bootmem")]
mod common;
mod mends;
mod old;

use allocators::bootmem::Bootmem;
use allocators::{AllocRequest, PageSize};

use crate::alike::random::first_difference;
use crate::alike::{boots, mend};
use crate::mends::MENDS;
use crate::old::Old;

/// A goal that leaves no room below the limit stops the kernel.
fn is_defined(request: &AllocRequest) -> bool {
    let goal = PageSize::KIB_4.addr(PageSize::KIB_4.pfn_down(request.goal.addr()));
    request.limit.is_none_or(|limit| goal.0 + request.size <= limit.0)
}

#[test]
fn the_kernels_bootmem_answers_as_ours_on_every_boot() {
    let Some(old) = Old::find() else { return };
    boots::compare(&Bootmem, |page| old.strategy(page, None));
}

#[test]
fn the_kernels_bootmem_answers_as_ours_to_random_calls() {
    let Some(old) = Old::find() else { return };
    if let Some(difference) = first_difference(&Bootmem, old.strategy(PageSize::KIB_4, None), is_defined) {
        panic!("{difference}");
    }
}

#[test]
fn each_defect_left_in_is_noticed() {
    let Some(old) = Old::find() else { return };
    mend::each_is_noticed(&Bootmem, is_defined, MENDS, |page, left_in| old.strategy(page, left_in));
}

/// Expect the tree's own text to be a strategy as it is.
#[test]
fn the_tree_as_it_lies_there_builds_without_stubs() {
    let Some(old) = Old::find() else { return };
    assert_eq!(old.build_unmended().stubs, []);
}
