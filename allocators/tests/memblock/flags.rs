//! Memory that a search passes over, and flags in general.

use allocators::{AllocError, BootAllocator, Exclusive, MapChange, MemFlags, NodeChoice, Setting};

use crate::draw::{PAGE, boot, exact, free, memory_of, nid, of_pages, page_of, pages};

/// ```text
/// nid       0000000000000000
/// flagged   ....ffff....ffff
/// ```
/// Expect memory that is not to be mapped, or that a driver added, never to be given or called free, and to be
/// ordinary again when the flag is cleared.
#[test]
fn untouchable_memory_is_passed_over() {
    for flag in [MemFlags::NOMAP, MemFlags::DRIVER_MANAGED] {
        for (bottom_up, marked, cleared) in [(false, 8, 10), (true, 1, 1)] {
            let mut memblock = boot("0000000000000000", "");
            for range in [pages(4, 8), pages(12, 16)] {
                memblock.change(MapChange::SetFlags(range, flag)).unwrap();
            }
            assert_eq!(free(&memblock, 16), "----....----....");
            assert_eq!(page_of(&mut memblock, bottom_up, &of_pages(4)), Ok(8));
            assert_eq!(page_of(&mut memblock, bottom_up, &of_pages(4)), Err(AllocError::NoMemory));
            memblock.free(pages(8, 12)).unwrap();
            memblock.change(MapChange::ClearFlags(pages(0, 16), flag)).unwrap();
            assert_eq!(memory_of(&memblock), [(0, 16, Some(0), 0)]);
            assert_eq!(page_of(&mut memblock, bottom_up, &of_pages(6)), Ok(cleared), "{marked}");
        }
    }
}

/// ```text
/// nid       0000000011111111
/// hotplug   ........hhhhhhhh
/// ```
/// Expect memory that may be unplugged to be left alone only while `movable_node` is on, even by a request for its
/// node; it stays free all the time.
#[test]
fn hotpluggable_memory_is_passed_over_while_nodes_are_movable() {
    for (bottom_up, ordinary, movable) in [(false, 15, 7), (true, 1, 2)] {
        let mut memblock = boot("0000000011111111", "");
        memblock.change(MapChange::SetFlags(pages(8, 16), MemFlags::HOTPLUG)).unwrap();
        assert_eq!(page_of(&mut memblock, bottom_up, &of_pages(1)), Ok(ordinary));
        assert!(memblock.set(Setting::MovableNode(true)));
        assert_eq!(page_of(&mut memblock, bottom_up, &of_pages(1)), Ok(movable));
        let on_one = of_pages(1).with_node(exact(1));
        assert_eq!(page_of(&mut memblock, bottom_up, &on_one), Err(AllocError::NoMemory));
        assert_eq!(free(&memblock, 16).matches('-').count(), 14);
        memblock.set(Setting::MovableNode(false));
        assert_eq!(page_of(&mut memblock, bottom_up, &on_one), Ok(if bottom_up { 8 } else { 14 }));
    }
}

/// ```text
/// memory    ????????00000000     `?` is memory of no node yet
/// ```
/// Expect memory of no node to be given to those who name none, and not to those who name one.
#[test]
fn memory_of_no_node_is_on_no_node() {
    for bottom_up in [false, true] {
        let mut memblock = boot("????????00000000", "........xxxxxxxx");
        let one = of_pages(1);
        assert_eq!(page_of(&mut memblock, bottom_up, &one.with_node(exact(0))), Err(AllocError::NoMemory));
        let any = page_of(&mut memblock, bottom_up, &one.with_node(NodeChoice::Prefer(nid(0))));
        assert_eq!(any, Ok(if bottom_up { 1 } else { 7 }));
        memblock.change(MapChange::SetNode(pages(0, 16), Some(nid(0)))).unwrap();
        assert_eq!(memory_of(&memblock), [(0, 16, Some(0), 0)]);
        assert!(page_of(&mut memblock, bottom_up, &one.with_node(exact(0))).is_ok());
    }
}

/// Expect the flags of reservations to be noted there and all others on memory, in one call.
#[test]
fn each_flag_goes_to_its_list() {
    let mut memblock = boot("00000000", "..xxxx..");
    let both = MemFlags::RSRV_NOINIT.with(MemFlags::HOTPLUG);
    memblock.change(MapChange::SetFlags(pages(4, 8), both)).unwrap();
    assert_eq!(memory_of(&memblock), [(0, 4, Some(0), 0), (4, 8, Some(0), 1)]);
    let flags = memblock.reserved().map(|region| (region.range.start().0 / PAGE, region.flags.0));
    assert!(flags.eq([(2, 0), (4, 0x10)]));
    memblock.change(MapChange::ClearFlags(pages(0, 8), both)).unwrap();
    assert_eq!((memblock.memory().len(), memblock.reserved().len()), (1, 1));
}

/// ```text
/// reserved  ....rrrraaaabbbb        r: reserve; a, b: allocations for node 0, for any node
/// ```
/// Expect one region as long as allocations are not marked; marked, three, at the same addresses.
#[test]
fn marked_allocations_do_not_merge_with_others() {
    for (mark, regions) in [(false, 1), (true, 3)] {
        let mut memblock = boot("0000000000000000", "....xxxx........");
        memblock.set(Setting::MarkKernelReservations(mark));
        let any = of_pages(4);
        assert_eq!(page_of(&mut memblock, false, &any), Ok(12));
        assert_eq!(page_of(&mut memblock, false, &any.with_node(exact(0))), Ok(8));
        assert_eq!(memblock.reserved().len(), regions);
        let marked = memblock.reserved().filter(|region| region.flags == MemFlags::RSRV_KERN);
        let nodes = if mark { vec![Some(nid(0)), None] } else { vec![] };
        assert!(marked.map(|region| region.nid).eq(nodes));
        memblock.reserve(pages(4, 16), Exclusive::No).unwrap();
        assert_eq!(memblock.reserved().len(), regions);
    }
}

/// ```text
/// nid       00000000000000001111111111111111
/// scratch   ....ssss........ssss............
/// reserved  ....xx............xx............
/// ```
/// While only scratch is given, expect pages 7, 6 of node 0, then 17, 16 of node 1 for whoever prefers node 0, then no more,
/// neither elsewhere nor for a mirror; afterwards the top as ever, and all that is free to be handed over.
#[test]
fn a_kernel_that_was_handed_over_to_gives_scratch_alone() {
    let mut memblock = boot("00000000000000001111111111111111", "....xx............xx............");
    for scratch in [pages(4, 8), pages(16, 20)] {
        memblock.change(MapChange::SetFlags(scratch, MemFlags::KHO_SCRATCH)).unwrap();
    }
    memblock.change(MapChange::SetFlags(pages(20, 24), MemFlags::MIRROR)).unwrap();
    memblock.set(Setting::KhoScratchOnly(true));
    let one = of_pages(1).with_node(NodeChoice::Prefer(nid(0)));
    let given: Vec<_> = (0..5).map(|_| page_of(&mut memblock, false, &one)).collect();
    assert_eq!(given, [Ok(7), Ok(6), Ok(17), Ok(16), Err(AllocError::NoMemory)]);
    let mut handed = 0;
    memblock.for_each_free(&mut |free| handed += free.size() / PAGE);
    assert_eq!(handed, 32 - 8);
    memblock.set(Setting::KhoScratchOnly(false));
    assert_eq!(page_of(&mut memblock, false, &of_pages(1)), Ok(23), "the mirror");
    assert_eq!(page_of(&mut memblock, false, &of_pages(5)), Ok(27), "what no mirror holds");
}
