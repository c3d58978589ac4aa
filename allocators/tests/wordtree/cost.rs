//! What a large map costs.

use allocators::wordtree::Wordtree;
use allocators::{
    AddrRange, AllocRequest, BootAllocator, CountingSink, Exclusive, MemFlags, MemoryMap, MemoryRange,
    Metadata, Nid, PageSize, PhysAddr, Strategy,
};

const TIB: u64 = 1 << 40;

fn machine(tib: u64) -> [MemoryRange; 1] {
    let range = AddrRange::new(PhysAddr(0), PhysAddr(tib * TIB)).unwrap();
    [MemoryRange { range, nid: Nid::new(0), flags: MemFlags::NONE }]
}

/// Expect 64 TiB to be noted in less than 8 MiB, the last page of a map that is otherwise full to be found, and all that is
/// free to be handed over in blocks of the largest order.
#[test]
fn a_map_of_64_tebibytes_takes_less_than_8_mebibytes() {
    let nodes = machine(64);
    let map = MemoryMap::new(PageSize::KIB_4, &nodes).unwrap();
    let needed = Wordtree.metadata_words(&map);
    assert!(needed * 8 < 8 << 20, "{needed} words");
    let mut words = vec![0; needed];
    let mut boot = Wordtree.build(map, Metadata::new(&mut words)).unwrap();
    let mut sink = CountingSink::default();
    assert_eq!(boot.hand_over(Nid::new(0).unwrap(), &mut sink).unwrap().0, 1 << 34);
    assert_eq!(sink.by_order()[10], 1 << 24);
    let all_but_one = AddrRange::new(PhysAddr(0), PhysAddr(64 * TIB - 0x1000)).unwrap();
    boot.reserve(all_but_one, Exclusive::Yes).unwrap();
    assert_eq!(boot.alloc(&AllocRequest::new(64, 64)), Ok(PhysAddr(64 * TIB - 0x1000)));
}

/// Expect a small machine to take no more than a bitmap of it would, and the summaries.
#[test]
fn a_small_map_is_no_larger_than_its_bits() {
    for (mib, chunks) in [(128, 1), (1024, 8), (8192, 64)] {
        let range = AddrRange::new(PhysAddr(0), PhysAddr(mib << 20)).unwrap();
        let nodes = [MemoryRange { range, nid: Nid::new(0), flags: MemFlags::NONE }];
        let words = Wordtree.metadata_words(&MemoryMap::new(PageSize::KIB_4, &nodes).unwrap());
        assert!(words < chunks * 528 + 256, "{mib} MiB: {words} words");
    }
}
