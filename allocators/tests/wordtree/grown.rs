//! Leaves that outgrow the memory handed in.

use allocators::wordtree::Wordtree;
use allocators::{
    AddrRange, AllocError, AllocRequest, BootAllocator, BumpMemory, Exclusive, FreeError, Goal, MemFlags,
    MemoryMap, MemoryRange, Metadata, Nid, PageSize, PhysAddr, ReserveError, Strategy,
};

/// A chunk.
const CHUNK: u64 = 128 << 20;
const PAGE: u64 = 0x1000;

/// 128 GiB: the leaves that are handed in are for 68 of the 1,024 chunks.
fn machine() -> [MemoryRange; 1] {
    let range = AddrRange::new(PhysAddr(0), PhysAddr(1024 * CHUNK)).unwrap();
    [MemoryRange { range, nid: Nid::new(0), flags: MemFlags::NONE }]
}

fn page_in(chunk: u64) -> AddrRange {
    AddrRange::from_size(PhysAddr(chunk * CHUNK + 7 * PAGE), PAGE).unwrap()
}

fn reserved(boot: &dyn BootAllocator) -> Vec<AddrRange> {
    let mut ranges = Vec::new();
    boot.for_each_reserved(&mut |range| ranges.push(range));
    ranges
}

/// Expect a page taken in each of a thousand chunks to be noted where the leaves may move, and their last place, at the first
/// free pages that hold them, to be all else that is reserved.
#[test]
fn leaves_move_to_memory_of_the_machine() {
    let nodes = machine();
    let map = MemoryMap::new(PageSize::KIB_4, &nodes).unwrap();
    let mut words = vec![0x5555_5555_5555_5555; Wordtree.metadata_words(&map)];
    let mut arrays = vec![0x5555_5555_5555_5555; 1 << 22];
    let mut bump = BumpMemory::new(&mut arrays);
    let mut boot = Wordtree.build(map, Metadata::new(&mut words).with_arrays(&mut bump)).unwrap();
    let before = boot.metadata_bytes();
    for chunk in 1..1000 {
        boot.reserve(page_in(chunk), Exclusive::Yes).unwrap();
    }
    let grown = (boot.metadata_bytes() - before) as u64;
    assert!(grown > 4 << 20, "{grown} bytes");
    let all = reserved(&boot);
    let (own, pages): (Vec<_>, Vec<_>) = all.into_iter().partition(|range| range.size() > PAGE);
    assert!(pages.into_iter().eq((1..1000).map(page_in)));
    assert_eq!(own.iter().map(|range| range.size()).collect::<Vec<_>>(), [grown]);
    for chunk in 1..1000 {
        boot.free(page_in(chunk)).unwrap();
    }
    assert_eq!(reserved(&boot), own);
}

/// Expect what cannot be noted to be refused, whatever it is, and to change nothing; and leaves that are given back to serve
/// again.
#[test]
fn leaves_that_may_not_move_refuse() {
    let nodes = machine();
    let map = MemoryMap::new(PageSize::KIB_4, &nodes).unwrap();
    let mut words = vec![0x5555_5555_5555_5555; Wordtree.metadata_words(&map)];
    let mut boot = Wordtree.build(map, Metadata::new(&mut words)).unwrap();
    let mut chunks = 1;
    while boot.reserve(page_in(chunks), Exclusive::No).is_ok() {
        chunks += 1;
    }
    assert!((64..80).contains(&chunks), "{chunks}");
    let before = reserved(&boot);
    assert_eq!(boot.reserve(page_in(chunks), Exclusive::Yes), Err(ReserveError::MetadataFull));
    let above = AllocRequest::new(PAGE, PAGE).with_goal(Goal::AtLeast(PhysAddr(chunks * CHUNK)));
    assert_eq!(boot.alloc(&above), Err(AllocError::MetadataFull));
    // A chunk as a whole needs no leaf, but a page that is freed in it does.
    let whole = AddrRange::from_size(PhysAddr(chunks * CHUNK), CHUNK).unwrap();
    boot.reserve(whole, Exclusive::Yes).unwrap();
    assert_eq!(boot.free(page_in(chunks)), Err(FreeError::MetadataFull));
    boot.free(whole).unwrap();
    assert_eq!(reserved(&boot), before);
    boot.free(page_in(1)).unwrap();
    boot.reserve(page_in(chunks), Exclusive::Yes).unwrap();
    assert_eq!(
        boot.alloc(&above.with_goal(Goal::AtLeast(PhysAddr((chunks + 1) * CHUNK)))),
        Err(AllocError::MetadataFull)
    );
    assert!(boot.alloc(&above).is_ok());
}
