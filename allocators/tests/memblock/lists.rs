//! Adding to and removing from the lists.

use allocators::{
    BootAllocator, ChangeError, Exclusive, MapChange, MemFlags, MemoryRange, Pfn, PhysAddr, ReserveError,
};

use crate::draw::{PAGE, boot, bytes, draw, memory_of, nid, pages, reserved, runs};

const MACHINE: &str = "0000000000000000";

/// What is there, what is added, what is there then, and in how many regions.
const ADDED: &[(&str, &str, &str, usize)] = &[
    ("................", "....xx..........", "....xx..........", 1),
    ("..........xx....", "....xx..........", "....xx....xx....", 2), // below, apart
    ("..xx............", "....xx..........", "..xxxx..........", 1), // touches the one below
    ("......xx........", "....xx..........", "....xxxx........", 1), // touches the one above
    ("..xx..xx........", "....xx..........", "..xxxxxx........", 1), // joins two
    ("...xx...........", "....xx..........", "...xxx..........", 1), // overlaps from below
    (".....xx.........", "....xx..........", "....xxx.........", 1), // overlaps from above
    ("...xxxxx........", "....xx..........", "...xxxxx........", 1), // lies inside
    ("....xx..........", "....xx..........", "....xx..........", 1), // is the same
    (".....x..........", "...xxxxxx.......", "...xxxxxx.......", 1), // covers
    ("..x..x..x..x....", "...xxxxxxxx.....", "..xxxxxxxxxx....", 1), // fills three gaps
    (".x.x.x.x.x.x.x.x", "....xxxx........", ".x.xxxxx.x.x.x.x", 6), // leaves the others alone
];

/// What is there, what is removed, what is left, and in how many regions.
const REMOVED: &[(&str, &str, &str, usize)] = &[
    ("................", "....xx..........", "................", 0),
    ("..xx............", "....xx..........", "..xx............", 1), // only touches
    ("....xx..........", "....xx..........", "................", 0),
    ("....xxxx........", "....xx..........", "......xx........", 1),
    ("..xxxx..........", "....xx..........", "..xx............", 1),
    ("..xxxxxx........", "....xx..........", "..xx..xx........", 2), // splits
    (".x.xx.xx.x......", "....xxx.........", ".x.x...x.x......", 4), // cuts two
    (".x.xx.xx.x......", "..xxxxxxx.......", ".x.......x......", 2), // swallows two
];

#[test]
fn reserving_adds_what_is_missing_and_merges() {
    for &(before, change, after, regions) in ADDED {
        let mut memblock = boot(MACHINE, before);
        memblock.reserve(runs(change)[0].0, Exclusive::No).unwrap();
        assert_eq!(reserved(&memblock, 16), after, "{before} + {change}");
        assert_eq!(memblock.reserved().len(), regions, "{before} + {change}");
    }
}

#[test]
fn freeing_takes_away_what_is_there_and_no_more() {
    for &(before, change, after, regions) in REMOVED {
        let mut memblock = boot(MACHINE, before);
        memblock.free(runs(change)[0].0).unwrap();
        assert_eq!(reserved(&memblock, 16), after, "{before} - {change}");
        assert_eq!(memblock.reserved().len(), regions, "{before} - {change}");
    }
}

/// ```text
/// pfn        0         399       419
/// reserved   .x.x.x ... .x.........      200 regions; the list itself, which has grown, lies at the top
/// ```
/// Expect a free to leave all other regions of a list that is walked by eights and moved by pieces, wherever it hits: one
/// region, the end of one, or all from there up to the last but one.
#[test]
fn a_long_list_loses_what_is_freed_and_no_more() {
    const REGIONS: usize = 200;
    let before = ".x".repeat(REGIONS);
    let machine = "0".repeat(2 * REGIONS + 20);
    for first in 0..REGIONS - 1 {
        for last in [first, REGIONS - 2] {
            let mut memblock = boot(&machine, &before);
            let (from, to) = (2 * first + 1, 2 * last + 2);
            memblock.free(pages(from as u64, to as u64)).unwrap();
            let after = format!("{}{}{}", &before[..from], ".".repeat(to - from), &before[to..]);
            assert_eq!(reserved(&memblock, 2 * REGIONS), after, "{first} to {last}");
        }
        let mut memblock = boot(&machine, &before);
        let end = (2 * first as u64 + 2) * PAGE;
        memblock.free(bytes(end - 8, end)).unwrap();
        assert_eq!(reserved(&memblock, 2 * REGIONS), before, "the page of {first} is in use but for its end");
        assert_eq!(memblock.reserved().nth(first).map(|region| region.range.end().0), Some(end - 8));
    }
}

#[test]
fn memory_is_added_and_removed_by_the_same_rules() {
    for (cases, add) in [(ADDED, true), (REMOVED, false)] {
        for &(before, change, after, regions) in cases {
            let mut memblock = boot(&before.replace('x', "0"), "");
            let range = runs(change)[0].0;
            let piece = MemoryRange { range, nid: Some(nid(0)), flags: MemFlags::NONE };
            let change = if add { MapChange::Add(piece) } else { MapChange::Remove(range) };
            memblock.change(change).unwrap();
            assert_eq!(draw(memblock.memory().map(|region| (region.range, 'x')), 16), after, "{change:?}");
            assert_eq!(memblock.memory().len(), regions, "{change:?}");
        }
    }
}

/// ```text
/// before    ....0000........
/// added     ..111111111111..   node 1
/// after     ..11000011111 1..
/// ```
/// Expect memory that is known to keep its node, and only the gaps to be on the new one.
#[test]
fn known_memory_keeps_its_node() {
    let mut memblock = boot("....0000........", "");
    let piece = MemoryRange { range: pages(2, 14), nid: Some(nid(1)), flags: MemFlags::HOTPLUG };
    memblock.change(MapChange::Add(piece)).unwrap();
    assert_eq!(memory_of(&memblock), [(2, 4, Some(1), 1), (4, 8, Some(0), 0), (8, 14, Some(1), 1)]);
}

/// ```text
/// byte      0x1010    0x1fff 0x2000
/// reserved     xxxxxxxxxxx   xxxxx
/// ```
/// Expect reservations to be exact to the byte, and to merge only when they touch.
#[test]
fn ranges_are_exact_to_the_byte() {
    let mut memblock = boot(MACHINE, "");
    memblock.reserve(bytes(0x1010, 0x1fff), Exclusive::No).unwrap();
    memblock.reserve(bytes(0x2000, 0x2008), Exclusive::No).unwrap();
    assert!(
        memblock.reserved().map(|region| region.range).eq([bytes(0x1010, 0x1fff), bytes(0x2000, 0x2008)])
    );
    memblock.reserve(bytes(0x1fff, 0x2000), Exclusive::No).unwrap();
    memblock.free(bytes(0x1800, 0x1801)).unwrap();
    assert!(
        memblock.reserved().map(|region| region.range).eq([bytes(0x1010, 0x1800), bytes(0x1801, 0x2008)])
    );
}

/// ```text
/// pfn       0   4   8   12  16
/// reserved  ....xxxx........
/// asked       [---)  [-----)     busy at 4; busy at 7, inside a region
/// ```
/// Expect an exclusive reservation to name the first busy byte and to change nothing.
#[test]
fn an_exclusive_reservation_names_the_first_busy_byte() {
    let mut memblock = boot(MACHINE, "....xxxx........");
    for (range, busy) in
        [(bytes(2 * PAGE, 4 * PAGE + 1), 4 * PAGE), (bytes(7 * PAGE + 5, 10 * PAGE), 7 * PAGE + 5)]
    {
        let refused = memblock.reserve(range, Exclusive::Yes);
        assert_eq!(refused, Err(ReserveError::Busy(PhysAddr(busy))));
        assert_eq!(reserved(&memblock, 16), "....xxxx........");
    }
    memblock.reserve(pages(2, 4), Exclusive::Yes).unwrap();
    memblock.reserve(pages(8, 10), Exclusive::Yes).unwrap();
    assert_eq!(reserved(&memblock, 16), "..xxxxxxxx......");
}

#[test]
fn empty_ranges_change_nothing() {
    let mut memblock = boot(MACHINE, "....xxxx........");
    let empty = pages(6, 6);
    for exclusive in [Exclusive::Yes, Exclusive::No] {
        memblock.reserve(empty, exclusive).unwrap();
    }
    memblock.free(empty).unwrap();
    memblock.change(MapChange::Remove(empty)).unwrap();
    memblock.change(MapChange::SetNode(empty, Some(nid(0)))).unwrap();
    memblock.change(MapChange::SetFlags(empty, MemFlags::NOMAP)).unwrap();
    assert_eq!((memblock.reserved().len(), memblock.memory().len()), (1, 1));
}

/// ```text
/// nid       ....00000000....
/// reserved  xx..xx........xx
/// node 1      [-----)          pfn 2 to 9
/// ```
/// Expect both lists to be split at the range's ends, and a reservation made later, which is of no node, to stay apart
/// from those that have got one.
#[test]
fn learning_a_node_splits_both_lists() {
    let mut memblock = boot("....00000000....", "xx..xx........xx");
    memblock.change(MapChange::SetNode(pages(2, 9), Some(nid(1)))).unwrap();
    assert_eq!(memory_of(&memblock), [(4, 9, Some(1), 0), (9, 12, Some(0), 0)]);
    memblock.reserve(pages(6, 7), Exclusive::No).unwrap();
    let nodes = memblock.reserved().map(|region| (region.range.start().0 / PAGE, region.nid));
    assert!(nodes.eq([(0, None), (4, Some(nid(1))), (6, None), (14, None)]));

    memblock.change(MapChange::SetNode(pages(0, 16), Some(nid(0)))).unwrap();
    assert_eq!(memory_of(&memblock), [(4, 12, Some(0), 0)]);
    assert_eq!(memblock.reserved().len(), 3);
}

/// ```text
/// nid      0000000011111111
/// change       [------)          whatever it is
/// ```
/// Expect memory that was handed over to stay as it is: on another node, or taken away and found again, it would be
/// handed over twice.
#[test]
fn released_memory_does_not_change() {
    let mut memblock = boot("0000000011111111", "");
    memblock.release(nid(1), &mut crate::draw::Blocks::default()).unwrap();
    let range = pages(4, 12);
    for change in [
        MapChange::Add(MemoryRange { range, nid: Some(nid(0)), flags: MemFlags::NONE }),
        MapChange::Remove(range),
        MapChange::SetNode(range, Some(nid(0))),
        MapChange::SetFlags(range, MemFlags::NOMAP),
        MapChange::ClearFlags(range, MemFlags::NOMAP),
    ] {
        assert_eq!(memblock.change(change), Err(ChangeError::Released(Pfn(8))), "{change:?}");
    }
    memblock.change(MapChange::Remove(pages(4, 8))).unwrap();
    assert_eq!(memory_of(&memblock), [(0, 4, Some(0), 0), (8, 16, Some(1), 0)]);
}
