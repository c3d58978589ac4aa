//! Blocks that share a page.

use allocators::{AllocRequest, PhysAddr};

use crate::boot::{
    BITMAPS, BOOTMEM, Boot, FLAT, MEMBLOCK, NONE, at_least, exact, of_bytes, of_pages, page, prefer,
};
use crate::machine::{PAGE, bytes, pages};

/// Expect blocks of 100 bytes to share page 2, each at its alignment, and one that does not fit to go on in page 3.
#[test]
fn a_block_begins_in_the_page_in_which_the_last_one_ended() {
    Boot::of("..0000")
        .alloc(of_bytes(100), Ok(0x2000))
        .alloc(AllocRequest::new(100, 64), Ok(0x2080))
        .alloc(of_bytes(0x1000), Ok(0x20e4))
        .alloc(AllocRequest::new(0x10, 0x800), Ok(0x3800))
        .looks("..xx..")
        .alloc(of_bytes(0x7f0), Ok(0x3810))
        .looks("..xx..")
        .play();
}

/// Expect a bitmap to refuse 64 bytes once no whole page is free, though most of page 2 is unused: a search asks for
/// whole pages, as the RFC, 2.6.26 and 4.19 do.
#[test]
fn a_bitmap_needs_a_free_page_even_where_merging_would_not() {
    Boot::of("..0")
        .alloc(of_bytes(64), page(2))
        .alloc_by(of_bytes(64), &[(BITMAPS, NONE), (MEMBLOCK, Ok(0x2040))])
        .play();
}

/// Expect a block behind one that ended on a page boundary to begin on a page of its own.
#[test]
fn nothing_is_merged_behind_a_page_boundary() {
    Boot::of("..0000")
        .alloc(of_pages(1), page(2))
        .takes(pages(3, 4))
        .alloc(of_bytes(100), page(4))
        .looks("..xxx.")
        .play();
}

/// Expect a block to begin at page 4, since the pages between it and the last block are not free.
#[test]
fn nothing_is_merged_into_a_page_that_is_not_next() {
    Boot::of("..00000")
        .used("...x...")
        .alloc(of_bytes(100), page(2))
        .alloc_by(of_bytes(100), &[(BITMAPS, page(4)), (MEMBLOCK, Ok(0x2064))])
        .looks_by(&[(BITMAPS, "..xxx.."), (MEMBLOCK, "..xx...")])
        .play();
}

/// Expect the rest of page 2 to be lost to a block with the goal above it, which begins at its goal.
#[test]
fn nothing_is_merged_below_a_minimum() {
    Boot::of("..0000")
        .alloc(of_bytes(100), page(2))
        .alloc(of_bytes(100).with_goal(at_least(3)), page(3))
        .play();
    Boot::of("..0000")
        .alloc(of_bytes(100), page(2))
        .alloc_by(
            of_bytes(100).with_goal(prefer(3)),
            &[(FLAT, page(3)), (BOOTMEM, Ok(0x2064)), (MEMBLOCK, page(3))],
        )
        .play();
}

/// Expect blocks of any node and of node 0 to fill pages of their own in a flat bitmap. Bootmem remembers one end for a
/// node, whoever asked.
#[test]
fn each_scope_remembers_its_own_end() {
    Boot::of("..000000")
        .alloc(of_bytes(100), page(2))
        .alloc_by(
            of_bytes(100).with_node(exact(0)),
            &[(FLAT, page(3)), (BOOTMEM, Ok(0x2064)), (MEMBLOCK, Ok(0x2064))],
        )
        .alloc_by(of_bytes(100), &[(FLAT, page(4)), (BOOTMEM, Ok(0x20c8)), (MEMBLOCK, Ok(0x20c8))])
        .alloc_by(
            of_bytes(100).with_node(exact(0)),
            &[(FLAT, page(5)), (BOOTMEM, Ok(0x212c)), (MEMBLOCK, Ok(0x212c))],
        )
        .alloc_by(of_bytes(100).with_node(exact(0)), &[(FLAT, Ok(0x5064)), (BOOTMEM, Ok(0x2190))])
        .play();
}

/// Expect the page in which a block ended to be left alone once it has been freed and has another owner.
#[test]
fn a_freed_page_is_not_merged_into() {
    Boot::of("..0000")
        .alloc(of_bytes(100), page(2))
        .frees(pages(2, 3))
        .takes(pages(2, 3))
        .alloc(of_bytes(100), page(3))
        .play();
}

/// Expect the same of a page of which somebody reserves the rest.
#[test]
fn a_page_that_is_reserved_again_is_not_merged_into() {
    Boot::of("..0000")
        .alloc(of_bytes(100), page(2))
        .takes(bytes(0x2800, 0x2900))
        .alloc_by(of_bytes(0x800), &[(BITMAPS, page(3)), (MEMBLOCK, Ok(0x2900))])
        .play();
}

/// Expect a free that covers no whole page, and a reservation that is refused, to part nothing.
#[test]
fn what_changes_no_page_parts_no_blocks() {
    Boot::of("..0000")
        .alloc(of_bytes(100), page(2))
        .free_by(bytes(0x2010, 0x2020), &[(BITMAPS, Ok(()))])
        .reserve_by(
            bytes(0x2010, 0x3010),
            allocators::Exclusive::Yes,
            &[(BITMAPS, Err(allocators::ReserveError::Busy(PhysAddr(0x2010))))],
        )
        .alloc_by(of_bytes(100), &[(BITMAPS, Ok(0x2064))])
        .play();
}

/// Expect 64 KiB pages to be shared just so: the merging counts in the machine's pages.
#[test]
fn pages_of_64_kib_are_shared_too() {
    Boot::with_page(allocators::PageSize::KIB_64, ".000")
        .alloc(of_bytes(0x1800), Ok(0x1_0000))
        .alloc(AllocRequest::new(0x2000, PAGE), Ok(0x1_2000))
        .alloc(AllocRequest::new(0x1_0000, 0x8000), Ok(0x1_8000))
        .looks(".xx.")
        .alloc(AllocRequest::new(0x1_0000, 0x1_0000), Ok(0x3_0000))
        .play();
}
