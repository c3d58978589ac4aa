//! Where a search begins, and where it goes on when there is no room.

use crate::boot::{BITMAPS, BOOTMEM, Boot, FLAT, MEMBLOCK, NONE, at_least, of_pages, on, page, prefer};

/// Expect two pages with the goal at page 10 to lie at page 12: the first free pair at or above it.
#[test]
fn a_search_begins_at_the_goal() {
    Boot::of(".00000000000000")
        .used("........xx.x...")
        .alloc(of_pages(2).with_goal(prefer(10)), page(12))
        .looks("........xx.xxx.")
        .play();
}

/// Expect a preferred goal without room above it to be met below, from the bottom, and a minimum not at all.
#[test]
fn a_preferred_goal_falls_back_below_and_a_minimum_does_not() {
    Boot::of(".00000000000")
        .used("........xx.x")
        .alloc(of_pages(2).with_goal(at_least(8)), NONE)
        .alloc(of_pages(2).with_goal(prefer(8)), page(1))
        .alloc(of_pages(1).with_goal(at_least(8)), page(10))
        .looks(".xx.....xxxx")
        .play();
}

/// Expect four pages with the goal at page 8 to lie at 6, since only there are four in a row: they begin below the goal
/// and end above it.
#[test]
fn a_block_that_begins_below_the_goal_may_cross_it() {
    Boot::of(".00000000000")
        .used(".x.x.x....xx")
        .alloc(of_pages(4).with_goal(prefer(8)), page(6))
        .looks(".x.x.xxxxxxx")
        .play();
}

/// Expect a goal below all memory to mean the bottom, and a preferred one above all memory too.
#[test]
fn a_goal_outside_memory_is_met_at_the_bottom_or_not_at_all() {
    Boot::of("....0000")
        .alloc(of_pages(1).with_goal(prefer(1)), page(4))
        .alloc(of_pages(1).with_goal(at_least(2)), page(5))
        .alloc(of_pages(1).with_goal(at_least(8)), NONE)
        .alloc(of_pages(1).with_goal(prefer(8)), page(6))
        .alloc(of_pages(1).with_goal(prefer(1 << 50)), page(7))
        .play();
}

/// Expect a goal inside page 3 to be met by that page if it is preferred, and by the next if it is a minimum. Who counts
/// bytes looks for an aligned address above it in both cases.
#[test]
fn a_bitmap_rounds_a_preferred_goal_down_and_a_minimum_up() {
    let inside = allocators::PhysAddr(3 * 0x1000 + 0x800);
    Boot::of(".0000000")
        .alloc_by(
            of_pages(1).with_goal(allocators::Goal::AtLeast(inside)),
            &[(BITMAPS, page(4)), (MEMBLOCK, page(4))],
        )
        .alloc_by(
            of_pages(1).with_goal(allocators::Goal::Prefer(inside)),
            &[(FLAT, page(3)), (BOOTMEM, page(5)), (MEMBLOCK, page(5))],
        )
        .play();
}

/// Expect bootmem to search on behind its last block, above the goal, and to return below it only when it must or when
/// something there is freed; and everybody else to take the first fit each time.
#[test]
fn bootmem_goes_on_where_it_ended() {
    Boot::of(".00000000")
        .used("..x......")
        .alloc(of_pages(2), page(3))
        .alloc_by(of_pages(1), &[(BOOTMEM, page(5)), (FLAT, page(1)), (MEMBLOCK, page(1))])
        .alloc_by(of_pages(1), &[(BOOTMEM, page(6)), (FLAT, page(5)), (MEMBLOCK, page(5))])
        .frees(crate::machine::pages(3, 4))
        .alloc(of_pages(1), page(3))
        .alloc_by(of_pages(3), &[(BOOTMEM, NONE), (FLAT, page(6)), (MEMBLOCK, page(6))])
        .alloc_by(of_pages(1), &[(BOOTMEM, page(7)), (FLAT, NONE), (MEMBLOCK, NONE)])
        .alloc_by(of_pages(1), &[(BOOTMEM, page(8)), (FLAT, NONE), (MEMBLOCK, NONE)])
        .alloc_by(of_pages(1), &[(BOOTMEM, page(1)), (FLAT, NONE), (MEMBLOCK, NONE)])
        .play();
}

/// ```text
/// pfn    0  3 5  8
/// used   .....x..A     A: a block at its goal
/// asked     [--)       exclusively, in vain
/// ```
/// Expect bootmem to go on behind A. In 4.19 a failed exclusive reservation freed what it had taken, which lowered the hint to
/// page 3, so that the next block began there.
#[test]
fn a_failed_exclusive_reservation_leaves_the_hint() {
    let busy = Err(allocators::ReserveError::Busy(allocators::PhysAddr(5 * 0x1000)));
    Boot::of(".00000000000")
        .used(".....x......")
        .alloc(of_pages(1).with_goal(prefer(8)), page(8))
        .reserve(crate::machine::pages(3, 6), allocators::Exclusive::Yes, busy)
        .alloc_by(of_pages(1), &[(BOOTMEM, page(9)), (FLAT, page(1)), (MEMBLOCK, page(1))])
        .play();
}

/// Expect distance to beat locality: any node above the goal before the right one below it. Bootmem alone asks the right
/// node first even where all of it lies below the goal, since a goal counts only inside a node.
#[test]
fn any_node_above_the_goal_comes_before_the_right_node_below_it() {
    Boot::of(".00000001111")
        .used(".....xxx....")
        .alloc(of_pages(1).with_goal(prefer(5)).with_node(on(0)), page(8))
        .play();
    Boot::of(".00000001111")
        .alloc_by(
            of_pages(1).with_goal(prefer(9)).with_node(on(0)),
            &[(FLAT, page(9)), (BOOTMEM, page(1)), (MEMBLOCK, page(9))],
        )
        .play();
}

/// Expect a minimum to hold on a preferred node that lies below it, for bootmem too.
#[test]
fn a_minimum_holds_on_the_node_that_is_preferred() {
    Boot::of(".00000001111")
        .alloc(of_pages(2).with_goal(at_least(9)).with_node(on(0)), page(9))
        .alloc(of_pages(2).with_goal(at_least(9)).with_node(on(0)), NONE)
        .play();
}
