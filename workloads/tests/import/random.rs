//! Random boots: the addresses are those that memblock gives.

use crate::render::{DIALECTS, Dialect};
use allocators::memblock::Memblock;
use allocators::{
    AddrRange, AllocRequest, BootAllocator, Exclusive, Goal, MemFlags, MemoryMap, MemoryRange, Metadata, Nid,
    NodeChoice, Order, PageSize, PhysAddr, Strategy as _,
};
use proptest::collection::vec;
use proptest::prelude::*;
use workloads::trace::{Dump, Evidence, Header, Op, Record, StartMemory, StartReserved, Trace};

/// What is done, in numbers that mean something once a machine is there.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Alloc { size: u64, align: u32, from: Option<u64>, nid: Option<u32>, exact: bool, minimum: bool },
    Reserve { at: u64, size: u64 },
    Free { which: usize, from: u64, size: u64 },
    Dump,
}

const NODES: u32 = 3;
const NODE_BYTES: u64 = 0x40_0000;

/// A few sizes and alignments come up again and again, so that one request may be taken for another.
fn size() -> impl Strategy<Value = u64> {
    prop_oneof![1..0x2_0000u64, prop::sample::select(&[0x40, 0x1000][..])]
}

fn align() -> impl Strategy<Value = u32> {
    prop_oneof![0..17u32, prop::sample::select(&[6, 12][..])]
}

fn ask() -> impl Strategy<Value = Ask> {
    let offset = 0..u64::from(NODES) * NODE_BYTES;
    prop_oneof![
        6 => (size(), align(), prop::option::weighted(0.3, offset.clone()), prop::option::of(0..NODES), any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(size, align, from, nid, exact, minimum)| Ask::Alloc { size, align, from, nid, exact, minimum }),
        2 => (offset, 1..0x8000u64).prop_map(|(at, size)| Ask::Reserve { at, size }),
        2 => (any::<usize>(), 0..0x2_0000u64, 1..0x2_0000u64).prop_map(|(which, from, size)| Ask::Free { which, from, size }),
        1 => Just(Ask::Dump),
    ]
}

/// A kernel, and a boot of it that it listed before and after.
pub(crate) fn boot() -> impl Strategy<Value = (Dialect, Trace)> {
    let asks = vec(ask(), 1..40);
    (asks, 0..0x1000u64, prop::sample::select(&DIALECTS[..]))
        .prop_map(|(asks, hole, dialect)| (dialect, make(&asks, hole, dialect)))
}

/// ```text
///      hole      nid 0        nid 1        nid 2
///      |----|+++++++++++++|+++++++++++++|++++++++++++|
///           0x8000_0000
/// ```
fn machine(hole: u64) -> Vec<MemoryRange> {
    let base = 0x8000_0000 + (hole << 12);
    let piece = |nid: u32| MemoryRange {
        range: AddrRange::from_size(PhysAddr(base + u64::from(nid) * NODE_BYTES), NODE_BYTES).unwrap(),
        nid: Nid::new(nid),
        flags: MemFlags::NONE,
    };
    (0..NODES).map(piece).collect()
}

fn make(asks: &[Ask], hole: u64, dialect: Dialect) -> Trace {
    let memory = machine(hole);
    let base = memory[0].range.start().0;
    let early = AddrRange::from_size(PhysAddr(base + 0x1_0000), 0x2_0000).unwrap();
    let map = MemoryMap::new(PageSize::KIB_4, &memory).unwrap();
    let mut words = vec![0; Memblock.metadata_words(&map)];
    let mut allocator = Memblock.build(map, Metadata::new(&mut words)).unwrap();
    allocator.reserve(early, Exclusive::No).unwrap();
    let mut records = Vec::new();
    let mut blocks: Vec<AddrRange> = Vec::new();
    for ask in asks {
        let op = match *ask {
            Ask::Alloc { size, align, from, nid, exact, minimum } => {
                let mut request = AllocRequest::new(size, 1 << align);
                let from = from.map_or(0, |from| base + from);
                request.goal = Goal::Prefer(PhysAddr(from));
                match nid.and_then(Nid::new) {
                    Some(nid) if exact => request.node = NodeChoice::Exact(nid),
                    Some(nid) => request.node = NodeChoice::Prefer(nid),
                    // Such requests name no node.
                    None if minimum => request.goal = Goal::AtLeast(PhysAddr(from)),
                    None => {}
                }
                if !dialect.prints(&Op::Alloc(request, None)) {
                    continue;
                }
                let at = allocator.alloc(&request).ok();
                blocks.extend(at.and_then(|at| AddrRange::from_size(at, size)));
                if at.is_none() && dialect == Dialect::Exclusive {
                    continue;
                }
                Op::Alloc(request, at)
            }
            Ask::Reserve { at, size } => {
                let range = AddrRange::from_size(PhysAddr(base + at), size).unwrap();
                allocator.reserve(range, Exclusive::No).unwrap();
                Op::Reserve(range)
            }
            Ask::Free { which, from, size } => {
                let Some(block) = blocks.get(which % blocks.len().max(1)) else { continue };
                let start = block.start().0 + from % block.size();
                let range = AddrRange::clamped(PhysAddr(start), PhysAddr((start + size).min(block.end().0)));
                allocator.free(range).unwrap();
                Op::Free(range)
            }
            Ask::Dump => Op::Dump(dump(&memory, &allocator)),
        };
        let caller = (!matches!(op, Op::Dump(_))).then(|| "setup_something+0x1a/0x2b".to_owned());
        records.push(Record { op, evidence: Evidence::Logged, caller });
    }
    records.push(Record {
        op: Op::Dump(dump(&memory, &allocator)),
        evidence: Evidence::Logged,
        caller: None,
    });
    Trace {
        header: Header {
            machine: "linux,dummy-virt".into(),
            kernel: "6.1.0".into(),
            arch: "arm64".into(),
            allocator: None,
            page_size: PageSize::KIB_4,
            max_order: Order(10),
            pageblock_order: Order(9),
            command_line: None,
            source: "a test".into(),
            captured: "unknown".into(),
            notes: Vec::new(),
        },
        zones: Vec::new(),
        memoryless_nodes: Vec::new(),
        memory: memory.iter().map(|&memory| StartMemory { memory, evidence: Evidence::Logged }).collect(),
        reserved: vec![StartReserved { range: early, evidence: Evidence::Logged }],
        records,
        said: None,
    }
}

fn dump(memory: &[MemoryRange], allocator: &impl BootAllocator) -> Dump {
    let mut reserved = Vec::new();
    allocator.for_each_reserved(&mut |range| {
        reserved.push(MemoryRange { range, nid: None, flags: MemFlags::NONE });
    });
    Dump { memory: memory.to_vec(), reserved }
}
