//! Doubling the lists, which takes memory from the machine.

use allocators::memblock::{Memblock, MemblockAllocator};
use allocators::{
    AddrRange, AllocError, BootAllocator, ChangeError, Exclusive, FreeError, MapChange, MemFlags, MemoryMap,
    MemoryRange, PageSize, ReserveError, Setting,
};

use crate::draw::{PAGE, build, build_with_spare, nid, of_pages, page_of, pages, reserved};

pub(crate) const MACHINE: u64 = 4096;
/// 256 regions of 24 bytes.
const FIRST: u64 = 2;
/// 512 regions of 24 bytes.
const SECOND: u64 = 3;

pub(crate) fn machine(grows: bool) -> MemblockAllocator<'static> {
    let all = MemoryRange { range: pages(0, MACHINE), nid: Some(nid(0)), flags: MemFlags::NONE };
    build(MemoryMap::new(PageSize::KIB_4, Vec::leak(vec![all])).unwrap(), grows)
}

/// Reserves every second page from page 1 on.
pub(crate) fn reserve_apart(memblock: &mut MemblockAllocator<'_>, which: core::ops::Range<u64>) {
    for index in which {
        memblock.reserve(nth(index), Exclusive::No).unwrap();
    }
}

pub(crate) fn nth(index: u64) -> AddrRange {
    pages(2 * index + 1, 2 * index + 2)
}

/// ```text
/// reserved  .x.x.x.x.x ..     .. x.x.AA      upward, the doubled list A is right above the 129th page
///                                    AA|     downward, at the top
/// ```
/// Expect the 129th reservation to double the list to 256 regions, and the list's own memory to be the 130th region: the
/// counts and the places of the kernel's own code. Upward it merges with the page below it.
#[test]
fn a_full_list_doubles_into_memory_that_it_reserves() {
    for (bottom_up, count, array) in
        [(false, 130, pages(MACHINE - FIRST, MACHINE)), (true, 129, pages(257, 258 + FIRST))]
    {
        let mut memblock = machine(true);
        memblock.set(Setting::BottomUp(bottom_up));
        reserve_apart(&mut memblock, 0..128);
        assert_eq!((memblock.reserved().len(), memblock.capacity()), (128, (128, 128)));
        let bytes = memblock.metadata_bytes();
        reserve_apart(&mut memblock, 128..129);
        assert_eq!((memblock.reserved().len(), memblock.capacity()), (count, (128, 256)));
        assert_eq!(memblock.metadata_bytes() as u64, bytes as u64 + FIRST * PAGE);
        assert_eq!(memblock.reserved().last().unwrap().range, array);
    }
}

/// Expect the second doubling at the 256th reservation, the old list's memory to be free again, and 257 regions.
#[test]
fn the_old_list_is_freed_when_it_was_not_the_static_one() {
    let mut memblock = machine(true);
    reserve_apart(&mut memblock, 0..255);
    assert_eq!((memblock.reserved().len(), memblock.capacity()), (256, (128, 256)));
    reserve_apart(&mut memblock, 255..256);
    assert_eq!((memblock.reserved().len(), memblock.capacity()), (257, (128, 512)));
    // The old list lay at the top; the new one went below it, and what is at the top is free again.
    let last = memblock.reserved().last().unwrap().range;
    assert_eq!(last, pages(MACHINE - FIRST - SECOND, MACHINE - FIRST));
    assert_eq!(page_of(&mut memblock, false, &of_pages(FIRST)), Ok(MACHINE - FIRST));
}

/// ```text
/// reserved  .x.x.x.x ..   .. x.x.BB    x     TT        upward, the list moves to B; downward, to T
/// asked                                        [------------------)|  all up to the end
/// pfn       0                253   256   600   1000
/// ```
/// Expect the list to move below the range being reserved when there is no room above it, and not into it.
#[test]
fn the_list_does_not_move_into_what_is_being_reserved() {
    for (bottom_up, expected) in [(false, pages(1000 - FIRST, MACHINE)), (true, pages(253, 254 + FIRST))] {
        let mut memblock = machine(true);
        reserve_apart(&mut memblock, 0..127);
        memblock.reserve(pages(600, 601), Exclusive::No).unwrap();
        memblock.set(Setting::BottomUp(bottom_up));
        memblock.reserve(pages(1000, MACHINE), Exclusive::No).unwrap();
        assert_eq!(memblock.capacity(), (128, 256));
        assert!(memblock.reserved().any(|region| region.range == expected), "{bottom_up}");
    }
}

/// Expect every call that needs a larger list to be refused, and to change nothing, while the list may not grow.
#[test]
fn a_list_that_may_not_grow_refuses() {
    let mut without_arrays = machine(false);
    let mut not_allowed = machine(true);
    not_allowed.set(Setting::AllowResize(false));
    for memblock in [&mut without_arrays, &mut not_allowed] {
        reserve_apart(memblock, 0..128);
        let before = reserved(memblock, 4096);
        assert_eq!(memblock.reserve(nth(200), Exclusive::No), Err(ReserveError::MetadataFull));
        assert_eq!(memblock.alloc(&of_pages(2)), Err(AllocError::MetadataFull));
        // As in the kernel, a free asks for two slots whether it needs them or not.
        assert_eq!(memblock.free(nth(0)), Err(FreeError::MetadataFull));
        let learn = MapChange::SetNode(pages(0, MACHINE), None);
        assert_eq!(memblock.change(learn), Err(ChangeError::MetadataFull));
        assert_eq!(memblock.memory().next().unwrap().nid, Some(nid(0)));
        assert_eq!(reserved(memblock, 4096), before);
        // Where nothing is inserted, nothing is missing.
        memblock.reserve(nth(5), Exclusive::No).unwrap();
    }
    not_allowed.set(Setting::AllowResize(true));
    not_allowed.reserve(nth(200), Exclusive::No).unwrap();
    assert_eq!(not_allowed.capacity(), (128, 256));
}

/// Expect a free, which asks for two slots, to double a list that has one left.
#[test]
fn a_free_doubles_a_list_without_two_free_slots() {
    let mut memblock = machine(true);
    reserve_apart(&mut memblock, 0..127);
    memblock.free(nth(126)).unwrap();
    assert_eq!((memblock.reserved().len(), memblock.capacity()), (127, (128, 256)));
}

/// Expect a change of all memory to find room for a larger list, though nothing lies outside its range: from address 0 or 1
/// on, which to the kernel's search stand for the current limit, but not from 2 on.
#[test]
fn a_change_of_everything_may_double_the_list() {
    for (first, doubles) in [(0, true), (1, true), (2, false)] {
        let mut memblock = machine(true);
        reserve_apart(&mut memblock, 0..127);
        let change = MapChange::SetNode(crate::draw::bytes(first, MACHINE * PAGE), Some(nid(0)));
        let expected = if doubles { Ok(()) } else { Err(ChangeError::MetadataFull) };
        assert_eq!(memblock.change(change), expected, "from {first} on");
        let (regions, capacity) = if doubles { (128, 256) } else { (127, 128) };
        assert_eq!((memblock.reserved().len(), memblock.capacity()), (regions, (128, capacity)));
        assert!(memblock.reserved().all(|region| (region.nid == Some(nid(0))) == doubles));
    }
}

/// Memory in 128 pieces, the largest of pages 1000 to 1010, and one more, page 2000, that is found later.
fn in_pieces(spare: usize) -> (MemblockAllocator<'static>, MapChange) {
    let piece = |range| MemoryRange { range, nid: Some(nid(0)), flags: MemFlags::NONE };
    let mut pieces: Vec<_> = (0..127).map(|index| piece(nth(index))).collect();
    pieces.extend([piece(pages(1000, 1010)), piece(pages(2000, 2001))]);
    let pieces: &'static [_] = Vec::leak(pieces);
    let map = MemoryMap::new(PageSize::KIB_4, pieces).unwrap().with_start(&pieces[..128]).unwrap();
    (build_with_spare(map, Some(spare)), MapChange::Add(pieces[128]))
}

/// ```text
/// memory    0.0.0.0. …      000000MM      …   0        M: the doubled list
/// pfn       1               1000      1010    2000
/// ```
/// Expect the list of memory to double as well, into any free memory.
#[test]
fn the_list_of_memory_doubles_too() {
    let (mut memblock, found) = in_pieces(1 << 16);
    memblock.change(found).unwrap();
    assert_eq!((memblock.memory().len(), memblock.capacity()), (129, (256, 128)));
    assert!(memblock.reserved().map(|region| region.range).eq([pages(1010 - FIRST, 1010)]));
}

/// Expect the list of memory to stay as it was when the list of reservations can note its new place only by doubling
/// too, for which there is no memory.
#[test]
fn a_list_whose_new_place_cannot_be_noted_does_not_move() {
    let words = usize::try_from(FIRST * PAGE / 8).unwrap();
    for (spare, moves) in [(words, false), (2 * words, true)] {
        let (mut memblock, found) = in_pieces(spare);
        reserve_apart(&mut memblock, 1000..1128);
        assert_eq!((memblock.memory().len(), memblock.reserved().len()), (128, 128));
        let expected = if moves { Ok(()) } else { Err(ChangeError::MetadataFull) };
        assert_eq!(memblock.change(found), expected);
        assert_eq!(memblock.capacity(), if moves { (256, 256) } else { (128, 128) });
        assert_eq!(memblock.memory().len(), if moves { 129 } else { 128 });
        assert_eq!(memblock.reserved().len(), if moves { 129 } else { 128 });
    }
}

/// Expect a map of more pieces than the static list holds to be given a static list that holds it.
#[test]
fn a_map_of_many_pieces_fits_from_the_start() {
    let piece = |index| MemoryRange { range: nth(index), nid: Some(nid(0)), flags: MemFlags::NONE };
    let map = MemoryMap::new(PageSize::KIB_4, Vec::leak((0..300).map(piece).collect())).unwrap();
    let memblock = build(map, false);
    assert_eq!((memblock.memory().len(), memblock.capacity().0), (300, 512));
    assert_eq!(Memblock::STATIC_REGIONS, 128);
}

/// ```text
/// scratch   .................ssss....
/// reserved  .x.x.x ..  .x.x. ..AA....
/// ```
/// Expect a full list to double at the top of scratch memory while only that is given, and to refuse where there is none.
#[test]
fn a_list_doubles_into_scratch_while_only_that_is_given() {
    for (scratch, done) in [(Some(pages(4000, 4004)), Ok(())), (None, Err(ReserveError::MetadataFull))] {
        let mut memblock = machine(true);
        memblock.set(Setting::KhoScratchOnly(true));
        if let Some(scratch) = scratch {
            memblock.change(MapChange::SetFlags(scratch, MemFlags::KHO_SCRATCH)).unwrap();
        }
        reserve_apart(&mut memblock, 0..128);
        assert_eq!(memblock.reserve(nth(128), Exclusive::No), done);
        let array = memblock.reserved().last().unwrap().range;
        assert_eq!(array, if scratch.is_some() { pages(4004 - FIRST, 4004) } else { nth(127) });
    }
}
