//! Corners in which random operations found this memblock and the kernel's code apart: what was mended, and what is kept.

use allocators::memblock::MemblockAllocator;
use allocators::{
    AddrRange, BlockSink, BootAllocator, Exclusive, MapChange, MemFlags, MemoryMap, MemoryRange, Order,
    PageCount, PageSize, Pfn, ReserveError, Setting,
};

use crate::draw::{PAGE, build, nid, of_pages, page_of, pages};
use crate::growth::{MACHINE, machine, nth, reserve_apart};

fn on_node(range: AddrRange, flags: MemFlags) -> MemoryRange {
    MemoryRange { range, nid: Some(nid(0)), flags }
}

/// Memory of 126 single pages and the two ranges of pages, and 128 single pages more that are found later.
fn in_pieces(large: [(u64, u64); 2]) -> MemblockAllocator<'static> {
    let single = |index| on_node(nth(index), MemFlags::NONE);
    let start = (0..126).map(single);
    let large = large.map(|(start, end)| on_node(pages(start, end), MemFlags::NONE));
    let start: &'static [_] = Vec::leak(start.chain(large).collect());
    let mut nodes: Vec<_> = start.iter().copied().chain((126..300).map(single)).collect();
    nodes.sort_by_key(|piece| piece.range.start());
    let map = MemoryMap::new(PageSize::KIB_4, Vec::leak(nodes)).unwrap();
    build(map.with_start(start).unwrap(), true)
}

/// Finds single pages from `first` on until the list of memory has so many regions.
fn find_memory(memblock: &mut MemblockAllocator<'_>, first: u64, regions: usize) {
    for index in first.. {
        if memblock.memory().len() == regions {
            return;
        }
        memblock.change(MapChange::Add(on_node(nth(index), MemFlags::NONE))).unwrap();
    }
}

fn is_reserved(memblock: &MemblockAllocator<'_>, range: AddrRange) -> bool {
    memblock.reserved().any(|region| region.range.covers(range))
}

/// ```text
/// memory    0.0.0. ..  000000000NNN   ..MO   the list of memory, in O, doubles a second time, into N
/// reserved  x.x.x. ..               ..  x    126 regions of 128, O among them
/// pfn       1          800      810   1000
/// ```
/// Expect O to be freed before N is reserved, as in the kernel: a free asks for two free slots, and with N noted first one
/// would be left, so that the list of reservations doubled too.
#[test]
fn the_old_array_is_freed_before_the_new_one_is_reserved() {
    let mut memblock = in_pieces([(800, 810), (1000, 1004)]);
    find_memory(&mut memblock, 126, 129);
    assert_eq!(memblock.capacity(), (256, 128));
    assert!(is_reserved(&memblock, pages(1002, 1004)));
    reserve_apart(&mut memblock, 0..125);
    find_memory(&mut memblock, 127, 256);
    assert_eq!(memblock.reserved().len(), 126);
    find_memory(&mut memblock, 254, 257);
    assert_eq!((memblock.reserved().len(), memblock.capacity()), (126, (512, 128)));
    assert!(is_reserved(&memblock, pages(807, 810)));
    assert_eq!(page_of(&mut memblock, false, &of_pages(1)), Ok(1003));
}

/// The same with 127 regions of 128 reserved, so that the list of reservations must double as well.
/// Expect two lists in two places. The kernel frees first, which moves the list of reservations to where the new list of
/// memory already is, since nothing is reserved there yet.
#[test]
fn two_lists_that_double_at_once_do_not_share_a_place() {
    let mut memblock = in_pieces([(800, 810), (1000, 1004)]);
    find_memory(&mut memblock, 126, 129);
    reserve_apart(&mut memblock, 0..126);
    find_memory(&mut memblock, 127, 256);
    assert_eq!((memblock.reserved().len(), memblock.capacity()), (127, (256, 128)));
    find_memory(&mut memblock, 254, 257);
    assert_eq!(memblock.capacity(), (512, 256));
    assert!(is_reserved(&memblock, pages(807, 810)));
    assert!(is_reserved(&memblock, pages(1000, 1002)));
    assert_eq!(page_of(&mut memblock, false, &of_pages(2)), Ok(1002), "the old place is free again");
}

/// ```text
/// reserved  .x.x.x.x ..   ..x.OO      the caller frees O, where the list lies, which doubles into NNN
///                            NNN
/// ```
/// Expect all of the new array to stay reserved: freeing the old one after that would free a part of the new one.
#[test]
fn a_list_may_double_into_its_old_place_that_somebody_freed() {
    let mut memblock = machine(true);
    reserve_apart(&mut memblock, 0..129);
    assert!(is_reserved(&memblock, pages(MACHINE - 2, MACHINE)));
    memblock.free(pages(MACHINE - 2, MACHINE)).unwrap();
    reserve_apart(&mut memblock, 129..257);
    assert_eq!(memblock.capacity(), (128, 512));
    assert!(is_reserved(&memblock, pages(MACHINE - 3, MACHINE)));
}

/// The same for the list of memory, while the list of reservations is full too.
/// Expect both new arrays to stay reserved, whichever lies in the old place: pages 1002 and 1003.
#[test]
fn two_lists_may_double_into_an_old_place_that_somebody_freed() {
    for (taken, memory, reservations) in [
        (pages(500, 502), pages(1001, 1004), pages(901, 903)),
        (pages(1000, 1002), pages(900, 903), pages(1002, 1004)),
    ] {
        let mut memblock = in_pieces([(900, 903), (1000, 1004)]);
        find_memory(&mut memblock, 126, 129);
        memblock.free(pages(1002, 1004)).unwrap();
        memblock.reserve(taken, Exclusive::No).unwrap();
        reserve_apart(&mut memblock, 0..127);
        find_memory(&mut memblock, 127, 256);
        assert_eq!((memblock.reserved().len(), memblock.capacity()), (128, (256, 128)));
        find_memory(&mut memblock, 254, 257);
        assert_eq!(memblock.capacity(), (512, 256));
        assert!(is_reserved(&memblock, memory), "{taken}: the list of memory");
        assert!(is_reserved(&memblock, reservations), "{taken}: the list of reservations");
    }
}

/// ```text
/// reserved  .x.x.x.x ..  .x.....      127 regions of 128
/// asked     [----------------------)  from address 0 to the end of memory: 128 gaps
/// ```
/// Expect a refusal that changes nothing: there is no room for a longer list outside the range. The kernel's second search,
/// which should end at 0, means the current limit by that, and puts the list into the very range that is being reserved.
#[test]
fn a_list_does_not_move_into_a_range_that_begins_at_0() {
    let mut memblock = machine(true);
    reserve_apart(&mut memblock, 0..127);
    let all = pages(0, MACHINE);
    assert_eq!(memblock.reserve(all, Exclusive::No), Err(ReserveError::MetadataFull));
    assert_eq!((memblock.reserved().len(), memblock.capacity()), (127, (128, 128)));
    // From page 1 on the kernel refuses too.
    assert_eq!(memblock.reserve(pages(1, MACHINE), Exclusive::No), Err(ReserveError::MetadataFull));
}

/// ```text
/// memory    0.0.0. ..  0      127 regions of 128, one of them may be unplugged
/// ```
/// Expect the hand-over to give all of it and to change no list. The kernel clears the flag first, for which it asks for two
/// free slots: its list doubles, and two pages are not handed over.
#[test]
fn a_hand_over_takes_no_memory() {
    #[derive(Default)]
    struct Pages(u64);
    impl BlockSink for Pages {
        fn block(&mut self, _: Pfn, order: Order) {
            self.0 += 1 << order.0;
        }
    }
    let hotplug = on_node(pages(0, 1), MemFlags::HOTPLUG);
    let pieces = [hotplug].into_iter().chain((1..127).map(|index| on_node(nth(index), MemFlags::NONE)));
    let map = MemoryMap::new(PageSize::KIB_4, Vec::leak(pieces.collect())).unwrap();
    let memblock = build(map, true);
    let mut given = Pages::default();
    assert_eq!(memblock.hand_over(nid(0), &mut given), Ok(PageCount(127)));
    assert_eq!((given.0, memblock.memory().len(), memblock.capacity()), (127, 127, (128, 128)));
}

/// ```text
/// reserved  .x.x.x ..       ..ax   127 regions; x is reserved, a allocated: one region, or two that are marked apart
/// ```
/// Expect marks to fill a list earlier, and what it doubles into to move the next block: the addresses of kernels that mark
/// are not those of kernels that do not.
#[test]
fn marks_move_addresses_where_a_list_doubles_for_them() {
    for (mark, capacity, next) in [(false, 128, MACHINE - 3), (true, 256, MACHINE - 5)] {
        let mut memblock = machine(true);
        memblock.set(Setting::MarkKernelReservations(mark));
        reserve_apart(&mut memblock, 0..126);
        memblock.reserve(pages(MACHINE - 1, MACHINE), Exclusive::No).unwrap();
        assert_eq!(page_of(&mut memblock, false, &of_pages(1)), Ok(MACHINE - 2));
        memblock.reserve(nth(200), Exclusive::No).unwrap();
        assert_eq!(memblock.capacity().1, capacity, "marks: {mark}");
        assert_eq!(page_of(&mut memblock, false, &of_pages(1)), Ok(next), "marks: {mark}");
    }
}

/// Expect a limit of one byte to be a limit. To the kernel it is the number that stands for the current limit.
#[test]
fn a_limit_of_one_byte_is_a_limit() {
    let mut memblock = machine(true);
    let one = allocators::AllocRequest::new(1, 1).with_limit(allocators::PhysAddr(1));
    assert_eq!(memblock.alloc(&one), Err(allocators::AllocError::NoMemory));
    assert_eq!(memblock.alloc(&allocators::AllocRequest::new(1, 1)).unwrap().0, MACHINE * PAGE - 1);
}
