//! Machines that own their memory maps, drawn or at random.

use allocators::registry::{self, StrategyVisitor};
use allocators::{
    AddrRange, BootAllocator, BumpMemory, MemFlags, MemoryMap, MemoryRange, Metadata, Nid, Order, PageSize,
    PhysAddr, Strategy,
};
use proptest::prelude::{Just, Strategy as Random, any, prop, prop_oneof};

/// The page of all pictures, unless one says otherwise.
pub(crate) const PAGE: u64 = 0x1000;

pub(crate) fn nid(number: u32) -> Nid {
    Nid::new(number).unwrap()
}

pub(crate) fn bytes(start: u64, end: u64) -> AddrRange {
    AddrRange::new(PhysAddr(start), PhysAddr(end)).unwrap()
}

/// The pages from `start` up to `end`, of 4 KiB each.
pub(crate) fn pages(start: u64, end: u64) -> AddrRange {
    bytes(start * PAGE, end * PAGE)
}

/// Ordinary memory.
pub(crate) fn piece(range: AddrRange, node: u32) -> MemoryRange {
    MemoryRange { range, nid: Some(nid(node)), flags: MemFlags::NONE }
}

/// A machine.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) page: PageSize,
    pub(crate) max_order: u8,
    pub(crate) nodes: Vec<MemoryRange>,
    pub(crate) start: Vec<MemoryRange>,
    pub(crate) memoryless: Vec<Nid>,
    /// Where the metadata is said to lie.
    pub(crate) metadata_at: Option<PhysAddr>,
}

impl Machine {
    pub(crate) fn new(page: PageSize, nodes: Vec<MemoryRange>) -> Self {
        Self { page, max_order: 10, start: nodes.clone(), nodes, memoryless: Vec::new(), metadata_at: None }
    }

    /// The machine of these pieces of memory: node, first page, page after the last, of 4 KiB each.
    pub(crate) fn of(pieces: &[(u32, u64, u64)]) -> Self {
        let piece = |&(node, start, end): &(u32, u64, u64)| piece(pages(start, end), node);
        Self::new(PageSize::KIB_4, pieces.iter().map(piece).collect())
    }

    /// The machine of a picture with one character a page from page 0 on: a digit is the node, a letter the same with
    /// memory that must not be touched (`a` is node 0), and all else is a hole.
    pub(crate) fn drawn(page: PageSize, picture: &str) -> Self {
        let mut nodes: Vec<MemoryRange> = Vec::new();
        for (pfn, drawn) in (0..).zip(picture.chars()) {
            let (number, flags) = match drawn {
                '0'..='9' => (u32::from(drawn) - u32::from('0'), MemFlags::NONE),
                'a'..='j' => (u32::from(drawn) - u32::from('a'), MemFlags::NOMAP),
                _ => continue,
            };
            let range = bytes(pfn * page.bytes(), (pfn + 1) * page.bytes());
            match nodes.last_mut() {
                Some(last)
                    if last.range.end() == range.start()
                        && (last.nid, last.flags) == (Some(nid(number)), flags) =>
                {
                    last.range = bytes(last.range.start().0, range.end().0);
                }
                _ => nodes.push(MemoryRange { range, nid: Some(nid(number)), flags }),
            }
        }
        Self::new(page, nodes)
    }

    pub(crate) fn map(&self) -> MemoryMap<'_> {
        let map = MemoryMap::new(self.page, &self.nodes).unwrap().with_start(&self.start).unwrap();
        self.memoryless.iter().fold(map.with_max_order(Order(self.max_order)), |map, &nid| map.with_node(nid))
    }

    pub(crate) fn nids(&self) -> Vec<Nid> {
        self.map().nids().iter().collect()
    }
}

/// What a test may know of a strategy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) name: &'static str,
    /// Whether it counts bytes, not pages, and takes ranges anywhere.
    pub(crate) byte_granular: bool,
}

/// Builds an allocator of `strategy` for `machine` in metadata full of rubbish, and uses it.
pub(crate) fn with<S: Strategy + 'static, T>(
    strategy: &'static S,
    machine: &Machine,
    user: impl FnOnce(&mut dyn BootAllocator) -> T,
) -> T {
    let map = machine.map();
    let mut words = vec![0x5555_5555_5555_5555; strategy.metadata_words(&map)];
    let mut arrays = vec![0x5555_5555_5555_5555; 1 << 13];
    let mut bump = BumpMemory::new(&mut arrays);
    let metadata = Metadata::new(&mut words).with_arrays(&mut bump);
    let metadata = match machine.metadata_at {
        Some(at) => metadata.at(at),
        None => metadata,
    };
    user(&mut strategy.build(map, metadata).unwrap())
}

/// Visits each strategy in the registry, and the one that new ones are made from.
pub(crate) fn visit_all(visitor: &mut impl StrategyVisitor) {
    registry::visit_all(visitor);
    visitor.visit(&crate::template::Ledger);
}

/// Uses an allocator of each of them.
pub(crate) fn each(machine: &Machine, user: impl FnMut(Facts, &mut dyn BootAllocator)) {
    struct Each<'m, F>(&'m Machine, F);

    impl<F: FnMut(Facts, &mut dyn BootAllocator)> StrategyVisitor for Each<'_, F> {
        fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
            let facts = Facts { name: strategy.name(), byte_granular: strategy.reaches_outside_memory() };
            with(strategy, self.0, |allocator| (self.1)(facts, allocator));
        }
    }

    visit_all(&mut Each(machine, user));
}

/// The node numbers of random machines: neither dense nor ascending with addresses.
pub(crate) const NIDS: [u32; 4] = [5, 0, 1023, 1];

/// A machine of up to eight pieces that touch or do not, of nodes that interleave or do not, with ends inside pages,
/// and not all of it usable at the start. Some have runs of a thousand pages and more: sixteen words of a bitmap, which
/// `wordscan` looks at together.
pub(crate) fn random_machine() -> impl Random<Value = Machine> {
    let page =
        prop::sample::select(vec![PageSize::KIB_4, PageSize::KIB_4, PageSize::KIB_16, PageSize::KIB_64]);
    let part = || prop_oneof![4 => Just(0), 1 => 0..16u64];
    let gap = prop_oneof![3 => Just(0), 2 => 0..70u64];
    let length = prop_oneof![20 => 1..12u64, 20 => 12..70u64, 10 => 70..150u64, 1 => 1_024..2_400u64];
    let flags = prop_oneof![
        16 => Just(MemFlags::NONE),
        1 => Just(MemFlags::HOTPLUG),
        1 => Just(MemFlags::NOMAP),
        1 => Just(MemFlags::DRIVER_MANAGED),
    ];
    let late = prop_oneof![9 => Just(0), 1 => 1..16u64];
    let piece = (gap, part(), length, part(), prop::sample::select(NIDS.to_vec()), flags, late);
    let pieces = prop::collection::vec(piece, 1..8);
    let max_order = prop_oneof![3 => Just(10), 1 => 0..11u8];
    (page, pieces, max_order, any::<bool>(), any::<bool>()).prop_map(
        |(page, pieces, max_order, memoryless, all)| {
            let unit = page.bytes() / 16;
            let (mut at, mut nodes, mut start) = (0, Vec::new(), Vec::new());
            for (gap, before, length, short, number, flags, late) in pieces {
                let first = at + gap * 16 + before;
                at = first + length * 16 - short;
                let piece =
                    MemoryRange { range: bytes(first * unit, at * unit), nid: Some(nid(number)), flags };
                nodes.push(piece);
                // Of memory that comes late, a part is there from the start.
                let there = if all || late == 0 { at } else { at.min(first + length * (15 - late)) };
                if there > first {
                    start.push(MemoryRange { range: bytes(first * unit, there * unit), ..piece });
                }
            }
            let memoryless = if memoryless { vec![nid(7)] } else { Vec::new() };
            Machine { page, max_order, nodes, start, memoryless, metadata_at: None }
        },
    )
}
