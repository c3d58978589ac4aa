//! Where strategies differ by nature: the table of the crate's documentation, cell by cell.

use allocators::registry::{StrategyVisitor, visit_all};
use allocators::{
    AddrRange, AllocRequest, BlockSink, BootAllocator, Exclusive, Goal, MemFlags, MemoryMap, MemoryRange,
    Metadata, Nid, Order, PageSize, Pfn, PhysAddr, Setting, Strategy,
};

/// What is done, and what comes of it with rootmem and wordscan, with bootmem, and with memblock.
type Row = (&'static str, fn(&mut dyn BootAllocator) -> String, [&'static str; 3]);

fn bytes(start: u64, end: u64) -> AddrRange {
    AddrRange::new(PhysAddr(start), PhysAddr(end)).unwrap()
}

fn pages(start: u64, end: u64) -> AddrRange {
    bytes(start << 12, end << 12)
}

fn reserve(boot: &mut dyn BootAllocator, range: AddrRange) {
    boot.reserve(range, Exclusive::No).unwrap();
}

fn reserved(boot: &dyn BootAllocator) -> Vec<AddrRange> {
    let mut ranges = Vec::new();
    boot.for_each_reserved(&mut |range| ranges.push(range));
    ranges
}

#[derive(Default)]
struct Blocks(Vec<(u64, u8)>);

impl BlockSink for Blocks {
    fn block(&mut self, first: Pfn, order: Order) {
        self.0.push((first.0, order.0));
    }
}

fn release(boot: &mut dyn BootAllocator, nid: u32) -> Vec<(u64, u8)> {
    let mut blocks = Blocks::default();
    boot.release(Nid::new(nid).unwrap(), &mut blocks).unwrap();
    blocks.0
}

/// ```text
/// pfn  0       8        16.5
///      +-------+--------+
/// nid  0       1
/// ```
const ROWS: &[Row] = &[
    (
        "free what is free",
        |boot| {
            reserve(boot, pages(4, 5));
            format!("{:?} {:?}", boot.free(pages(4, 6)), reserved(boot))
        },
        [
            "Err(AlreadyFree(pfn 0x5)) [0x4000-0x5000]",
            "Err(AlreadyFree(pfn 0x5)) [0x4000-0x5000]",
            "Ok(()) []",
        ],
    ),
    (
        "reserve outside memory",
        |boot| format!("{:?} {:?}", boot.reserve(pages(14, 18), Exclusive::No), reserved(boot)),
        ["Err(OutsideMemory(pfn 0x10)) []", "Err(OutsideMemory(pfn 0x10)) []", "Ok(()) [0xe000-0x12000]"],
    ),
    (
        "free outside memory",
        |boot| {
            reserve(boot, pages(14, 16));
            format!("{:?} {:?}", boot.free(pages(14, 18)), reserved(boot))
        },
        [
            "Err(OutsideMemory(pfn 0x10)) [0xe000-0x10000]",
            "Err(OutsideMemory(pfn 0x10)) [0xe000-0x10000]",
            "Ok(()) []",
        ],
    ),
    (
        "reserve a piece of a page",
        |boot| {
            reserve(boot, bytes(0x4800, 0x4801));
            format!("{:?}", reserved(boot))
        },
        ["[0x4000-0x5000]", "[0x4000-0x5000]", "[0x4800-0x4801]"],
    ),
    (
        "free a piece of a page",
        |boot| {
            reserve(boot, pages(4, 5));
            format!("{:?} {:?}", boot.free(bytes(0x4000, 0x4800)), reserved(boot))
        },
        ["Ok(()) [0x4000-0x5000]", "Ok(()) [0x4000-0x5000]", "Ok(()) [0x4800-0x5000]"],
    ),
    (
        "reserve and free nothing",
        |boot| {
            reserve(boot, bytes(0x4800, 0x4800));
            reserve(boot, bytes(0x40800, 0x40800));
            format!("{:?} {:?}", boot.free(bytes(0x4800, 0x4800)), reserved(boot))
        },
        ["Ok(()) []", "Ok(()) []", "Ok(()) []"],
    ),
    (
        "reserve exclusively",
        |boot| {
            reserve(boot, bytes(0x4800, 0x4900));
            format!("{:?}", boot.reserve(pages(3, 6), Exclusive::Yes))
        },
        ["Err(Busy(0x4000))", "Err(Busy(0x4000))", "Err(Busy(0x4800))"],
    ),
    (
        "reserve on a released node",
        |boot| {
            release(boot, 1);
            format!("{:?} {:?}", boot.reserve(pages(7, 10), Exclusive::No), reserved(boot))
        },
        ["Err(Released(pfn 0x8)) []", "Err(Released(pfn 0x8)) []", "Ok(()) [0x7000-0xa000]"],
    ),
    (
        "free on a released node",
        |boot| {
            reserve(boot, pages(7, 10));
            release(boot, 1);
            let freed = boot.free(pages(7, 10));
            let mut free = Vec::new();
            boot.for_each_free(&mut |range| free.push(range));
            format!("{freed:?} {free:?}")
        },
        ["Err(Released(pfn 0x8)) [0x0-0x7000]", "Err(Released(pfn 0x8)) [0x0-0x7000]", "Ok(()) [0x0-0x8000]"],
    ),
    (
        "allocate page 0",
        |boot| format!("{:?}", boot.alloc(&AllocRequest::new(1, 1).with_limit(PhysAddr(0x1000)))),
        ["Ok(0x0)", "Ok(0x0)", "Err(NoMemory)"],
    ),
    (
        "allocate small blocks",
        |boot| format!("{:?}", [100, 100].map(|size| boot.alloc(&AllocRequest::new(size, 64)).unwrap())),
        ["[0x0, 0x80]", "[0x0, 0x80]", "[0x10780, 0x10700]"],
    ),
    (
        "allocate across nodes",
        |boot| {
            reserve(boot, pages(0, 7));
            reserve(boot, pages(9, 16));
            format!("{:?}", boot.alloc(&AllocRequest::new(0x2000, 1)))
        },
        ["Ok(0x7000)", "Err(NoMemory)", "Err(NoMemory)"],
    ),
    (
        "release",
        |boot| {
            reserve(boot, pages(0, 1));
            format!("{:?}", release(boot, 0))
        },
        [
            "[(1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0)]",
            "[(1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0)]",
            "[(1, 0), (2, 1), (4, 2)]",
        ],
    ),
    (
        "use half a page",
        |boot| {
            let taken = boot.alloc(&AllocRequest::new(0x800, 1).with_goal(Goal::AtLeast(PhysAddr(0x10000))));
            format!("{taken:?} {}", release(boot, 1).last().unwrap().0)
        },
        ["Err(NoMemory) 15", "Err(NoMemory) 15", "Ok(0x10000) 8"],
    ),
    ("change a setting", |boot| format!("{}", boot.set(Setting::BottomUp(true))), ["false", "false", "true"]),
];

struct Check;

impl StrategyVisitor for Check {
    fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
        let column = match strategy.name() {
            "rootmem" | "wordscan" => 0,
            "bootmem" => 1,
            "memblock" | "memquick" | "freetree" => 2,
            // A strategy that the table does not know may do as it likes.
            _ => return,
        };
        let piece = |start, end, nid| MemoryRange {
            range: bytes(start, end),
            nid: Nid::new(nid),
            flags: MemFlags::NONE,
        };
        let nodes = [piece(0, 0x8000, 0), piece(0x8000, 0x10800, 1)];
        let map = MemoryMap::new(PageSize::KIB_4, &nodes).unwrap();
        for (what, probe, expected) in ROWS {
            let mut words = vec![0; strategy.metadata_words(&map)];
            let mut boot = strategy.build(map, Metadata::new(&mut words)).unwrap();
            assert_eq!(probe(&mut boot), expected[column], "{}: {what}", strategy.name());
        }
    }
}

#[test]
fn each_keeps_its_own_way() {
    visit_all(&mut Check);
}
