//! Where a block is found.

use allocators::{AllocError, AllocRequest, BootAllocator, Exclusive, PhysAddr, Setting};

use crate::draw::{PAGE, at_least, below, boot, bytes, exact, of_pages, page_of, prefer};

/// Where a block is found from the top and from the bottom.
type Found = Option<(u64, u64)>;

/// Machine, reserved, and where two pages are found.
const TWO_PAGES: &[(&str, &str, Found)] = &[
    ("0000000000000000", "................", Some((14, 1))), // page 0 is never given
    ("0000000000000000", "xxxx........xxxx", Some((10, 4))),
    ("0000000000000000", "xx..xxx.xxxx..xx", Some((12, 2))), // exact fits at both ends
    ("0000000000000000", "xx.xx.x..x.x.x.x", Some((7, 7))),  // single pages are passed over
    ("0000000000000000", ".x.x.x.x.x.x.x.x", None),
    ("....00000000....", "................", Some((10, 4))), // holes are not memory
    ("....00000000....", "xxxxxx....xxxxxx", Some((8, 6))),  // reservations reach outside memory
    ("0000..0000..0000", "...........xxxxx", Some((8, 1))),  // one reserves a hole and all above
    ("0000..0000..0000", "..xxxxxxxxxxxx..", Some((14, 14))), // one spans three pieces; page 0 leaves one page
    ("00..00..00..00..", "xxx.x...........", Some((12, 8))),
    ("0.0.0.0.0.0.0.0.", "................", None),
    ("0000000000000001", ".............x..", Some((11, 1))), // 14 and 15 touch, on two nodes
    ("0.00000000000000", "..xxxxxxxxxxxxxx", None),
    ("................", "................", None),
];

#[test]
fn the_first_gap_that_is_large_enough_is_taken() {
    for &(machine, reserved, expected) in TWO_PAGES {
        for bottom_up in [false, true] {
            let found = page_of(&mut boot(machine, reserved), bottom_up, &of_pages(2));
            let expected = expected.map(|(top, bottom)| if bottom_up { bottom } else { top });
            assert_eq!(found, expected.ok_or(AllocError::NoMemory), "{machine} {reserved} {bottom_up}");
        }
    }
}

/// ```text
/// nid       0000000011111111
/// reserved  xxxxxx....xxxxxx     four pages, two on each node
/// ```
/// Expect three pages not to be found: a free range ends where a region of memory ends, though the next one touches.
#[test]
fn no_block_spans_two_regions_of_memory() {
    for bottom_up in [false, true] {
        let mut memblock = boot("0000000011111111", "xxxxxx....xxxxxx");
        assert_eq!(page_of(&mut memblock, bottom_up, &of_pages(3)), Err(AllocError::NoMemory));
        let first = page_of(&mut memblock, bottom_up, &of_pages(2));
        assert_eq!(first, Ok(if bottom_up { 6 } else { 8 }));
    }
}

/// ```text
/// pfn       0   4   8   12  16
/// reserved  xx..........xxxx
/// aligned   |       |       |    to 8 pages
/// ```
/// Expect the candidate to be rounded within the gap: down from its end, or up from its beginning; rounded out of the
/// gap, it is none.
#[test]
fn candidates_are_aligned_inward() {
    for (count, expected) in [(1, Some(8)), (4, Some(8)), (5, None)] {
        for bottom_up in [false, true] {
            let request = AllocRequest::new(count * PAGE, 8 * PAGE);
            let found = page_of(&mut boot("0000000000000000", "xx..........xxxx"), bottom_up, &request);
            assert_eq!(found, expected.ok_or(AllocError::NoMemory), "{count} pages, {bottom_up}");
        }
    }
}

/// ```text
/// pfn       0   4   8   12  16
/// window       3[--------)12     minimum and limit
/// reserved  ......xx........
/// ```
/// Expect a block to lie inside the window as a whole.
#[test]
fn a_block_lies_between_minimum_and_limit() {
    for (count, top, bottom) in
        [(1, Some(11), Some(3)), (3, Some(9), Some(3)), (4, Some(8), Some(8)), (5, None, None)]
    {
        for (bottom_up, expected) in [(false, top), (true, bottom)] {
            let request = of_pages(count).with_goal(at_least(3)).with_limit(below(12));
            let found = page_of(&mut boot("0000000000000000", "......xx........"), bottom_up, &request);
            assert_eq!(found, expected.ok_or(AllocError::NoMemory), "{count} pages, {bottom_up}");
        }
    }
}

/// ```text
/// byte      0x1000   0x1f40 0x1f80 0x1fc0 0x2000
/// taken                [3rd)  [2nd)  [1st)
/// ```
/// Expect small blocks to pack: a search is exact to the byte.
#[test]
fn small_blocks_share_a_page() {
    for (bottom_up, expected) in [(false, [0x1fc0, 0x1f80, 0x1f40]), (true, [0x1000, 0x1040, 0x1080])] {
        let mut memblock = boot("00", "");
        memblock.set(Setting::BottomUp(bottom_up));
        let blocks = [33, 64, 1].map(|size| memblock.alloc(&AllocRequest::new(size, 64)).unwrap());
        assert_eq!(blocks, expected.map(PhysAddr));
    }
}

/// ```text
/// pfn       0   4   8   12  16
/// current          8|            no limit: below 8
/// limit                 12|      Prefer: below 8; AtLeast: below 12
/// ```
/// Expect the current limit to hold unless the request has a minimum and a limit of its own.
#[test]
fn the_current_limit_binds_requests_without_a_limit() {
    let one = of_pages(1);
    for (request, expected) in [
        (one, 7),
        (one.with_goal(at_least(2)), 7),
        (one.with_goal(prefer(2)).with_limit(below(12)), 7),
        (one.with_goal(prefer(2)).with_limit(below(6)), 5),
        (one.with_goal(at_least(2)).with_limit(below(12)), 11),
    ] {
        let mut memblock = boot("0000000000000000", "");
        memblock.set(Setting::CurrentLimit(Some(below(8))));
        assert_eq!(page_of(&mut memblock, false, &request), Ok(expected), "{request:?}");
        memblock.set(Setting::CurrentLimit(None));
        assert_eq!(page_of(&mut memblock, false, &one), Ok(15));
    }
}

/// Expect nothing to overflow at either end of the address space.
#[test]
fn the_ends_of_the_address_space_are_only_ends() {
    let mut memblock = boot("0000", "");
    let all = bytes(0, u64::MAX);
    memblock.reserve(bytes(u64::MAX - 1, u64::MAX), Exclusive::No).unwrap();
    memblock.free(all).unwrap();
    for bottom_up in [false, true] {
        for request in [
            AllocRequest::new(u64::MAX, 1),
            AllocRequest::new(1, 1 << 63),
            AllocRequest::new(1, 1).with_goal(crate::draw::at_least((u64::MAX >> 12) - 1)),
            of_pages(4),
        ] {
            assert_eq!(page_of(&mut memblock, bottom_up, &request), Err(AllocError::NoMemory), "{request:?}");
        }
    }
    memblock.reserve(all, Exclusive::No).unwrap();
    assert_eq!(memblock.reserved().map(|region| region.range).collect::<Vec<_>>(), [all]);
}

#[test]
fn impossible_requests_say_what_is_impossible() {
    let mut memblock = boot("0000000000000000", "");
    let one = of_pages(1);
    for (request, expected) in [
        (AllocRequest { size: 0, ..one }, AllocError::ZeroSize),
        (AllocRequest { align: 0, ..one }, AllocError::AlignNotPowerOfTwo(0)),
        (AllocRequest { align: 0x3000, ..one }, AllocError::AlignNotPowerOfTwo(0x3000)),
        (
            one.with_goal(at_least(8)).with_limit(below(8)),
            AllocError::LimitBelowGoal { goal: below(8), size: PAGE, limit: below(8) },
        ),
        (one.with_node(exact(3)), AllocError::UnknownNode(crate::draw::nid(3))),
        (
            AllocRequest { size: u64::MAX, ..one.with_goal(at_least(1)) },
            AllocError::Wraps { goal: below(1), size: u64::MAX },
        ),
    ] {
        assert_eq!(memblock.alloc(&request), Err(expected));
    }
    assert_eq!(memblock.reserved().len(), 0);
}
