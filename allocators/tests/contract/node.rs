//! Nodes: which pages are whose, and which block may lie where.

use allocators::{AllocError, PageSize};

use crate::boot::{BOOTMEM, Boot, FLAT, MEMBLOCK, NONE, exact, of_bytes, of_pages, on, page};
use crate::machine::{Machine, bytes, nid, pages, piece};

/// Expect three pages of node 0 at page 9, not at 4 nor at 7, where three free pages in a row are not all on node 0.
#[test]
fn a_block_of_an_exact_node_never_leaves_it() {
    Boot::of(".00110011000011")
        .alloc(of_pages(3).with_node(exact(0)), page(9))
        .alloc(of_pages(3).with_node(exact(0)), NONE)
        .alloc(of_pages(3).with_node(exact(1)), NONE)
        .alloc(of_pages(2).with_node(exact(1)), page(3))
        .looks("...xx....xxx..")
        .play();
}

/// Expect a block of any node to begin on one and end on the next in a flat bitmap. The others keep to one node.
#[test]
fn only_a_flat_bitmap_lets_a_block_span_two_nodes() {
    Boot::of(".00001111")
        .used(".xx....xx")
        .alloc_by(of_pages(4), &[(FLAT, page(3)), (BOOTMEM, NONE), (MEMBLOCK, NONE)])
        .play();
}

/// ```text
/// page      |1      |2      |3      |4      |5      |6      |7
/// nid       0000000000001111111111111111111100000000000000000
/// piece     +-----------+-------+-----------+---+-----------+
/// ```
/// Expect page 3 to be memory, though pieces of the same node meet inside it, and so page 6; but not pages 2 and 5,
/// which are on two nodes.
#[test]
fn a_page_belongs_to_the_node_that_all_of_it_is_on() {
    let seams = [
        (0x1000, 0x2800, 0),
        (0x2800, 0x3800, 1),
        (0x3800, 0x5800, 1),
        (0x5800, 0x6800, 0),
        (0x6800, 0x8000, 0),
    ];
    let pieces = seams.map(|(start, end, node)| piece(bytes(start, end), node)).to_vec();
    Boot::on(Machine::new(PageSize::KIB_4, pieces))
        .alloc_by(of_pages(3), &[(FLAT, NONE), (BOOTMEM, NONE)])
        .alloc_by(
            of_pages(2).with_node(exact(1)),
            &[(FLAT, page(3)), (BOOTMEM, page(3)), (MEMBLOCK, page(3))],
        )
        .releases(
            0,
            &[
                (FLAT, &[(1, 0, 1), (6, 0, 2)]),
                (BOOTMEM, &[(1, 0, 1), (6, 0, 2)]),
                (MEMBLOCK, &[(1, 0, 1), (6, 1, 1)]),
            ],
        )
        .play();
}

/// Expect no block across a hole, and none in it.
#[test]
fn a_hole_is_never_handed_out() {
    Boot::of(".000...000")
        .alloc(of_pages(4), NONE)
        .alloc(of_pages(3), page(1))
        .alloc(of_pages(3), page(7))
        .alloc(of_pages(1), NONE)
        .play();
}

/// Expect what is preferred on a full node to come from another, and what must be there to fail.
#[test]
fn only_a_preferred_node_has_a_substitute() {
    Boot::of(".000111")
        .used("....xxx")
        .alloc(of_pages(1).with_node(exact(1)), NONE)
        .alloc(of_pages(1).with_node(on(1)), page(1))
        .play();
}

/// Expect the same of a node without memory, and an error for one that is not there.
#[test]
fn a_node_without_memory_is_a_node_and_a_missing_one_is_not() {
    Boot::of(".000")
        .memoryless(3)
        .alloc(of_pages(1).with_node(exact(3)), NONE)
        .alloc(of_pages(1).with_node(on(3)), page(1))
        .alloc(of_pages(1).with_node(on(2)), Err(AllocError::UnknownNode(nid(2))))
        .alloc(of_pages(1).with_node(exact(2)), Err(AllocError::UnknownNode(nid(2))))
        .releases(3, &[(&["rootmem", "wordscan", "bootmem", "memblock"], &[])])
        .refuses_release(3, allocators::ReleaseError::AlreadyReleased(nid(3)))
        .refuses_release(2, allocators::ReleaseError::UnknownNode(nid(2)))
        .play();
}

/// ```text
/// bytes  0x1000      0x2800  0x4000
/// node   |0          |1      |
/// page   |1      |2      |3      |
/// ```
/// Expect page 2, half of which is on either node, to be on none: no bitmap hands it out.
#[test]
fn a_page_that_no_piece_covers_belongs_to_no_node() {
    let pieces = vec![piece(bytes(0x1000, 0x2800), 0), piece(bytes(0x2800, 0x4000), 1)];
    Boot::on(Machine::new(PageSize::KIB_4, pieces))
        .alloc_by(of_bytes(0x3000), &[(FLAT, NONE), (BOOTMEM, NONE), (MEMBLOCK, NONE)])
        .alloc(of_pages(1), page(1))
        .alloc(of_pages(1), page(3))
        .alloc(of_pages(1), NONE)
        .reserve_by(
            pages(2, 3),
            allocators::Exclusive::No,
            &[
                (FLAT, Err(allocators::ReserveError::OutsideMemory(allocators::Pfn(2)))),
                (BOOTMEM, Err(allocators::ReserveError::OutsideMemory(allocators::Pfn(2)))),
                (MEMBLOCK, Ok(())),
            ],
        )
        .play();
}

/// Expect bootmem to walk its nodes by their first pages, whatever their numbers are.
#[test]
fn nodes_are_tried_by_address_not_by_number() {
    Boot::of(".555...00.222")
        .alloc(of_pages(2), page(1))
        .alloc(of_pages(2), page(7))
        .alloc(of_pages(2), page(10))
        .play();
}
