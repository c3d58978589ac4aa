//! Limits and alignments.

use allocators::{AllocRequest, PhysAddr};

use crate::boot::{
    BITMAPS, BOOTMEM, Boot, FLAT, MEMBLOCK, NONE, below, exact, of_bytes, of_pages, on, page, prefer,
};
use crate::machine::{Machine, PAGE, bytes};

/// Expect two pages below page 6 to need pages 4 and 5, and to be refused once they are gone, though there is room above.
#[test]
fn a_block_ends_at_or_below_the_limit() {
    Boot::of(".00000000000")
        .used(".xxx........")
        .alloc(of_pages(2).with_limit(below(6)), page(4))
        .alloc(of_pages(1).with_limit(below(6)), NONE)
        .looks(".xxxxx......")
        .play();
}

/// Expect a limit inside a page to leave that page out where pages are counted.
#[test]
fn a_bitmap_rounds_the_limit_down_to_a_page() {
    let request = of_bytes(0x100).with_limit(PhysAddr(2 * PAGE + 0x800));
    Boot::of(".000").used(".x..").alloc_by(request, &[(BITMAPS, NONE), (MEMBLOCK, page(2))]).play();
}

/// Expect a limit below everything, or inside the first page, to leave nothing.
#[test]
fn a_limit_below_all_memory_leaves_nothing() {
    Boot::of("..000000")
        .alloc(of_pages(1).with_limit(below(2)), NONE)
        .alloc(of_bytes(0x100).with_limit(PhysAddr(0x800)), NONE)
        .alloc(of_pages(1).with_limit(below(3)), page(2))
        .play();
}

/// Expect a limit to bound the search above a goal and the one below it.
#[test]
fn a_limit_holds_on_both_sides_of_the_goal() {
    Boot::of(".00000000000")
        .used(".......x....")
        .alloc(of_pages(2).with_goal(prefer(6)).with_limit(below(9)), page(1))
        .alloc(of_pages(1).with_goal(prefer(6)).with_limit(below(9)), page(6))
        .alloc(of_pages(1).with_goal(prefer(6)).with_limit(below(9)), page(8))
        .alloc(of_pages(1).with_goal(prefer(6)).with_limit(below(9)), page(3))
        .play();
}

/// Expect a block aligned to four pages at page 8: pages 4 to 7 are not all free, and page 5 is not aligned.
#[test]
fn a_block_begins_at_a_multiple_of_its_alignment() {
    Boot::of(".00000000000000")
        .used("....x..........")
        .alloc(AllocRequest::new(3 * PAGE, 4 * PAGE), page(8))
        .alloc(AllocRequest::new(PAGE, 4 * PAGE), page(12))
        .alloc(AllocRequest::new(PAGE, 4 * PAGE), NONE)
        .play();
}

/// ```text
/// pfn       0     3     6     9
/// used      .....xx...
/// asked       1 page, goal 6, limit 6;  2 pages, goal 4, limit 5;  1 page, goal at the end of the address space
/// ```
/// Expect a preferred goal that leaves no room below the limit to be given up, not the request: the kernel grants it
/// below, from the bottom here.
#[test]
fn a_preferred_goal_at_its_limit_is_given_up() {
    let end = allocators::Goal::Prefer(PhysAddr(u64::MAX));
    Boot::of(".000000000")
        .used(".....xx...")
        .alloc(of_pages(1).with_goal(prefer(6)).with_limit(below(6)), page(1))
        .alloc(of_pages(2).with_goal(prefer(4)).with_limit(below(5)), page(2))
        .alloc(of_pages(1).with_goal(prefer(9)).with_limit(below(3)), NONE)
        .alloc(of_pages(1).with_goal(end), page(4))
        .alloc(of_pages(1).with_goal(end).with_limit(below(8)), page(7))
        .play();
}

/// Expect alignment to be of the address, on a node that begins at a page that is a multiple of nothing.
#[test]
fn alignment_does_not_count_from_the_start_of_a_node() {
    Boot::of("...00000001111111")
        .alloc(AllocRequest::new(PAGE, 8 * PAGE).with_node(exact(0)), page(8))
        .alloc(AllocRequest::new(PAGE, 4 * PAGE).with_node(exact(1)), page(12))
        .alloc(AllocRequest::new(PAGE, 16 * PAGE).with_node(exact(1)), page(16))
        .alloc(AllocRequest::new(PAGE, 1 << 63), NONE)
        .play();
}

/// Expect blocks aligned to 256 pages to be found across words, in maps that begin anywhere.
#[test]
fn an_alignment_of_many_words_is_found() {
    Boot::on(Machine::of(&[(0, 0x73, 0x900)]))
        .takes(bytes(0x11_0000, 0x11_1000))
        .takes(bytes(0x3f_f000, 0x40_0000))
        .alloc(AllocRequest::new(0x10_0000, 0x10_0000), Ok(0x20_0000))
        .alloc(AllocRequest::new(0x10_1000, 0x10_0000), Ok(0x40_0000))
        .alloc_by(
            AllocRequest::new(0x4_0000, 0x10_0000),
            &[(FLAT, Ok(0x30_0000)), (BOOTMEM, Ok(0x60_0000)), (MEMBLOCK, Ok(0x30_0000))],
        )
        .play();
}

/// Expect the limit to hold on the node that is preferred, as bootmem's node form did not.
#[test]
fn a_limit_holds_on_a_preferred_node() {
    Boot::of(".00001111")
        .used(".....xx..")
        .alloc(of_pages(1).with_node(on(1)).with_limit(below(7)), page(1))
        .alloc(of_pages(1).with_node(exact(1)).with_limit(below(7)), NONE)
        .alloc(of_pages(1).with_node(exact(1)).with_limit(below(8)), page(7))
        .play();
}
