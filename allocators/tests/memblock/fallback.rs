//! The order in which places are tried, and what each kind of request gives up.

use allocators::{AllocError, BootAllocator, MapChange, MemFlags, PhysAddr, Setting};

use crate::draw::{at_least, boot, bytes, exact, nid, of_pages, on, page_of, pages, prefer};

const MIB: u64 = 1 << 20;

/// ```text
/// nid       00000000........11111111
/// pfn       0       8       16      24
/// goal             7|       |16            on node 0
/// ```
/// Expect the order (node above, any above, node below, any below): any node above the goal comes before the named one
/// below it, an exact node is kept and the goal dropped, a minimum is never dropped.
#[test]
fn another_node_above_the_goal_comes_before_the_named_one_below() {
    let two = of_pages(2);
    for (request, top, bottom) in [
        (two.with_node(on(0)), Some(6), Some(1)),
        (two.with_node(on(0)).with_goal(prefer(4)), Some(6), Some(4)),
        (two.with_node(on(0)).with_goal(prefer(7)), Some(22), Some(16)),
        (two.with_node(on(0)).with_goal(at_least(7)), Some(22), Some(16)),
        (two.with_node(exact(0)).with_goal(prefer(7)), Some(6), Some(1)),
        (two.with_node(exact(0)).with_goal(at_least(7)), None, None),
        (two.with_goal(prefer(23)), Some(22), Some(1)),
        (two.with_node(on(1)).with_goal(prefer(23)), Some(22), Some(16)),
        (two.with_goal(at_least(23)), None, None),
        (of_pages(8).with_node(on(0)), Some(16), Some(16)),
        (of_pages(9).with_node(on(0)), None, None),
    ] {
        for (bottom_up, expected) in [(false, top), (true, bottom)] {
            let found = page_of(&mut boot("00000000........11111111", ""), bottom_up, &request);
            assert_eq!(found, expected.ok_or(AllocError::NoMemory), "{request:?} {bottom_up}");
        }
    }
}

/// ```text
/// nid  0                1
///      +-------+        +--------+
/// MiB  0       64  128  256      320
/// ```
/// Expect a request on node 0 from 128 MiB up to be given node 1, as the kernel's own code does.
#[test]
fn sixty_four_mib_nodes() {
    let piece = |start, end, number| allocators::MemoryRange {
        range: bytes(start * MIB, end * MIB),
        nid: Some(nid(number)),
        flags: MemFlags::NONE,
    };
    let pieces: &'static [_] = Vec::leak(vec![piece(0, 64, 0), piece(256, 320, 1)]);
    let map = allocators::MemoryMap::new(allocators::PageSize::KIB_4, pieces).unwrap();
    let mut memblock = crate::draw::build(map, false);
    let request = of_pages(1).with_node(on(0)).with_goal(allocators::Goal::Prefer(PhysAddr(128 * MIB)));
    assert_eq!(memblock.alloc(&request), Ok(PhysAddr(320 * MIB - 0x1000)));
    assert_eq!(memblock.alloc(&request.with_node(exact(0))), Ok(PhysAddr(64 * MIB - 0x1000)));
}

/// ```text
/// nid       0000000011111111
/// mirror    ..mmmm....mmmm..
/// ```
/// Expect mirrored memory first, on any node and then below the goal only after all memory above it was tried: the
/// mirror is given up before the goal.
#[test]
fn mirrored_memory_is_preferred_and_given_up_before_the_goal() {
    let one = of_pages(1);
    for (request, top, bottom) in [
        (one, 13, 2),
        (one.with_node(on(0)), 5, 2),
        (one.with_node(on(0)).with_goal(prefer(6)), 13, 10), // another node's mirror before node 0's rest
        (one.with_node(exact(0)).with_goal(prefer(6)), 7, 6),
        (one.with_goal(prefer(14)), 15, 14), // what is above the goal before the mirror below
        (of_pages(5), 11, 3),                // no mirror is large enough
    ] {
        for (bottom_up, expected) in [(false, top), (true, bottom)] {
            let mut memblock = boot("0000000011111111", "");
            for range in [pages(2, 6), pages(10, 14)] {
                memblock.change(MapChange::SetFlags(range, MemFlags::MIRROR)).unwrap();
            }
            if request.size > 4 * 0x1000 {
                // Regions that differ in flags are apart: give the request one that is long enough.
                let rest = if bottom_up { pages(3, 8) } else { pages(11, 16) };
                memblock.change(MapChange::ClearFlags(rest, MemFlags::MIRROR)).unwrap();
            }
            assert_eq!(page_of(&mut memblock, bottom_up, &request), Ok(expected), "{request:?} {bottom_up}");
        }
    }
}

/// Expect the limit of a request that prefers a goal to hold in every step.
#[test]
fn no_step_passes_the_limit() {
    for bottom_up in [false, true] {
        let mut memblock = boot("0000000011111111", "xxxxxxxx........");
        memblock.set(Setting::BottomUp(bottom_up));
        let request = of_pages(1).with_node(on(0)).with_goal(prefer(4)).with_limit(crate::draw::below(8));
        assert_eq!(memblock.alloc(&request), Err(AllocError::NoMemory));
    }
}

/// ```text
/// pfn       1 2 3 4   5 6 7 8
/// nid       0 0 1 1   0 0 1 1
/// mirror    m . m .   m . m .
/// goal                |5          on node 0
/// ```
/// Expect page after page in the order of the steps: above the goal the mirror of the node, any mirror, the node, any
/// memory; then the same from the bottom. An exact node leaves out the second of each pair, a minimum the bottom.
#[test]
fn each_step_has_its_turn() {
    let one = of_pages(1);
    let cases: [(_, &[u64]); 4] = [
        (one.with_node(on(0)).with_goal(prefer(5)), &[5, 7, 6, 8, 1, 3, 2, 4]),
        (one.with_node(exact(0)).with_goal(prefer(5)), &[5, 6, 1, 2]),
        (one.with_node(on(0)).with_goal(at_least(5)), &[5, 7, 6, 8]),
        (one.with_node(exact(0)).with_goal(at_least(5)), &[5, 6]),
    ];
    for (request, expected) in cases {
        for bottom_up in [false, true] {
            let mut memblock = boot(".00110011", "");
            for page in [1, 3, 5, 7] {
                memblock.change(MapChange::SetFlags(pages(page, page + 1), MemFlags::MIRROR)).unwrap();
            }
            for &page in expected {
                assert_eq!(page_of(&mut memblock, bottom_up, &request), Ok(page), "{request:?} {bottom_up}");
            }
            assert_eq!(page_of(&mut memblock, bottom_up, &request), Err(AllocError::NoMemory));
        }
    }
}
