//! Random boots on random machines: after every call, memblock and the model agree in each region.

use allocators::freetree::Freetree;
use allocators::memblock::{Memblock, MemblockAllocator, Style};
use allocators::memquick::Memquick;
use allocators::{
    AddrRange, AllocRequest, BootAllocator, BumpMemory, ChangeError, Exclusive, FreeError, Goal, MapChange,
    MemFlags, MemoryMap, MemoryRange, Metadata, Nid, NodeChoice, Order, PageCount, PageSize, PhysAddr,
    ReleaseError, ReserveError, Setting,
};
use proptest::prelude::*;

use crate::draw::{Blocks, nid};
use crate::model::{Intervals, Model};

/// The machines lie below this page.
const PAGES: u64 = 640;
const NODES: [u32; 4] = [0, 1, 5, 1023];

#[derive(Clone, Debug)]
enum Op {
    Reserve(AddrRange, bool),
    Free(AddrRange),
    /// The same to as many single pages, this far apart: what makes a list long.
    Comb {
        first: u64,
        count: u64,
        apart: u64,
        what: Tooth,
    },
    Alloc(AllocRequest),
    Change(MapChange),
    Set(Setting),
    Release(Nid),
}

#[derive(Clone, Copy, Debug)]
enum Tooth {
    Reserve,
    Free,
    Remove,
    SetNode,
}

#[derive(Clone, Debug)]
struct Machine {
    page: PageSize,
    max_order: u8,
    nodes: Vec<MemoryRange>,
    start: Vec<MemoryRange>,
    spare: usize,
}

/// Addresses in sixteenths of a page, most of them whole pages.
fn addr(page: PageSize) -> impl Strategy<Value = u64> {
    (0..PAGES, prop_oneof![4 => Just(0), 1 => 0..16u64])
        .prop_map(move |(pfn, part)| (pfn * 16 + part) * page.bytes() / 16)
}

fn size(page: PageSize) -> impl Strategy<Value = u64> {
    let pages = prop_oneof![8 => 1..16u64, 2 => 16..PAGES];
    let parts = (pages, prop_oneof![4 => Just(0), 1 => 0..16u64]);
    prop_oneof![4 => parts.prop_map(move |(pages, part)| (pages * 16 - part) * page.bytes() / 16), 1 => 0..200u64]
}

fn range(page: PageSize) -> impl Strategy<Value = AddrRange> {
    (addr(page), size(page)).prop_map(|(start, size)| AddrRange::from_size(PhysAddr(start), size).unwrap())
}

fn any_nid() -> impl Strategy<Value = Nid> {
    prop::sample::select(NODES.to_vec()).prop_map(nid)
}

/// Mostly a node that the machine has.
fn some_nid(machine: &Machine) -> BoxedStrategy<Nid> {
    let nids: Vec<Nid> = machine.nodes.iter().filter_map(|piece| piece.nid).collect();
    if nids.is_empty() {
        any_nid().boxed()
    } else {
        prop_oneof![19 => prop::sample::select(nids), 1 => any_nid()].boxed()
    }
}

fn machine() -> impl Strategy<Value = Machine> {
    let page = prop::sample::select(vec![PageSize::KIB_4, PageSize::KIB_4, PageSize::KIB_64]);
    let piece =
        (prop_oneof![Just(0), 0..20u64], 1..160u64, prop_oneof![3 => Just(0), 1 => 0..16u64], any_nid());
    let late = prop::collection::vec(any::<(bool, bool)>(), 6);
    (page, prop::collection::vec(piece, 0..7), late, 0..11u8, 0..40_000usize, any::<bool>()).prop_map(
        |(page, pieces, late, max_order, spare, all)| {
            let unit = page.bytes() / 16;
            let mut at = 0;
            let mut nodes = Vec::new();
            for (gap, pages, part, nid) in pieces {
                let range =
                    AddrRange::from_size(PhysAddr((at + gap * 16) * unit), (pages * 16 - part) * unit)
                        .unwrap();
                at = range.end().0 / unit;
                nodes.push(MemoryRange { range, nid: Some(nid), flags: MemFlags::NONE });
            }
            let start =
                nodes.iter().zip(late).filter(|(_, (usable, _))| all || *usable).map(
                    |(piece, (_, known))| MemoryRange { nid: piece.nid.filter(|_| all || known), ..*piece },
                );
            Machine { page, max_order, start: start.collect(), nodes, spare }
        },
    )
}

fn request(machine: &Machine) -> impl Strategy<Value = AllocRequest> + use<> {
    let page = machine.page;
    let goal = prop_oneof![Just(0), addr(page)].prop_map(PhysAddr);
    let goal = (any::<bool>(), goal)
        .prop_map(|(least, at)| if least { Goal::AtLeast(at) } else { Goal::Prefer(at) });
    let node = prop_oneof![
        Just(NodeChoice::Any),
        some_nid(machine).prop_map(NodeChoice::Prefer),
        some_nid(machine).prop_map(NodeChoice::Exact)
    ];
    let limit = prop_oneof![3 => Just(None), 1 => addr(page).prop_map(|at| Some(PhysAddr(at)))];
    (size(page), 0..20u32, goal, limit, node).prop_map(|(size, align, goal, limit, node)| AllocRequest {
        size,
        align: 1 << align,
        goal,
        limit,
        node,
    })
}

fn change(machine: &Machine) -> impl Strategy<Value = MapChange> + use<> {
    let page = machine.page;
    let flags = || {
        prop::sample::select(vec![1, 1, 2, 2, 4, 8, 0x10, 0x20, 0x11, 0x40, 0x40, 0x42, 0x80])
            .prop_map(MemFlags)
    };
    let nids = some_nid(machine);
    let node = || prop::option::weighted(0.9, nids.clone());
    let piece = (range(page), node(), prop_oneof![3 => Just(MemFlags::NONE), 1 => flags()]);
    prop_oneof![
        piece.prop_map(|(range, nid, flags)| MapChange::Add(MemoryRange { range, nid, flags })),
        range(page).prop_map(MapChange::Remove),
        (range(page), node()).prop_map(|(range, nid)| MapChange::SetNode(range, nid)),
        (range(page), flags()).prop_map(|(range, flags)| MapChange::SetFlags(range, flags)),
        (range(page), flags()).prop_map(|(range, flags)| MapChange::ClearFlags(range, flags)),
    ]
}

fn setting(page: PageSize) -> impl Strategy<Value = Setting> {
    prop_oneof![
        any::<bool>().prop_map(Setting::BottomUp),
        prop::option::of(addr(page).prop_map(PhysAddr)).prop_map(Setting::CurrentLimit),
        prop::bool::weighted(0.8).prop_map(Setting::AllowResize),
        any::<bool>().prop_map(Setting::MovableNode),
        any::<bool>().prop_map(Setting::MarkKernelReservations),
        any::<bool>().prop_map(Setting::KhoScratchOnly),
    ]
}

fn op(machine: &Machine) -> impl Strategy<Value = Op> + use<> {
    let page = machine.page;
    let tooth = prop::sample::select(vec![
        Tooth::Reserve,
        Tooth::Reserve,
        Tooth::Free,
        Tooth::Remove,
        Tooth::SetNode,
    ]);
    prop_oneof![
        4 => (range(page), any::<bool>()).prop_map(|(range, exclusive)| Op::Reserve(range, exclusive)),
        4 => range(page).prop_map(Op::Free),
        2 => (0..PAGES, 1..200u64, 2..4u64, tooth)
            .prop_map(|(first, count, apart, what)| Op::Comb { first, count, apart, what }),
        8 => request(machine).prop_map(Op::Alloc),
        2 => change(machine).prop_map(Op::Change),
        1 => setting(page).prop_map(Op::Set),
        1 => some_nid(machine).prop_map(Op::Release),
    ]
}

fn boot() -> impl Strategy<Value = (Machine, Vec<Op>)> {
    machine().prop_flat_map(|machine| {
        let ops = prop::collection::vec(op(&machine), 1..40);
        (Just(machine), ops)
    })
}

fn listed(is: &Intervals) -> Vec<MemoryRange> {
    let region = |(range, &(nid, flags)): (&std::ops::Range<u64>, &(Option<Nid>, u32))| MemoryRange {
        range: AddrRange::new(PhysAddr(range.start), PhysAddr(range.end)).unwrap(),
        nid,
        flags: MemFlags(flags),
    };
    is.iter().map(region).collect()
}

fn agree<S: Style>(memblock: &MemblockAllocator<'_, S>, model: &Model) {
    assert_eq!(memblock.memory().collect::<Vec<_>>(), listed(&model.lists[0].is), "memory");
    assert_eq!(memblock.reserved().collect::<Vec<_>>(), listed(&model.lists[1].is), "reserved");
    assert_eq!(memblock.capacity(), (model.lists[0].capacity, model.lists[1].capacity), "capacity");
}

fn step<S: Style>(memblock: &mut MemblockAllocator<'_, S>, model: &mut Model, map: &MemoryMap<'_>, op: &Op) {
    let page = map.page().bytes();
    match op {
        Op::Reserve(range, false) => {
            let expected = model.reserve(*range).map_err(|_| ReserveError::MetadataFull);
            assert_eq!(memblock.reserve(*range, Exclusive::No), expected);
        }
        Op::Reserve(range, true) => {
            let busy = model.busy(*range).map_or(Ok(()), |at| Err(ReserveError::Busy(at)));
            let expected = busy.and_then(|()| model.reserve(*range).map_err(|_| ReserveError::MetadataFull));
            assert_eq!(memblock.reserve(*range, Exclusive::Yes), expected);
        }
        Op::Free(range) => {
            assert_eq!(memblock.free(*range), model.free(*range).map_err(|_| FreeError::MetadataFull));
        }
        Op::Comb { first, count, apart, what } => {
            for index in 0..*count {
                let range = AddrRange::from_size(PhysAddr((first + index * apart) * page), page).unwrap();
                let op = match what {
                    Tooth::Reserve => Op::Reserve(range, false),
                    Tooth::Free => Op::Free(range),
                    Tooth::Remove => Op::Change(MapChange::Remove(range)),
                    Tooth::SetNode => Op::Change(MapChange::SetNode(range, Some(nid(NODES[0])))),
                };
                step(memblock, model, map, &op);
            }
        }
        Op::Alloc(request) => {
            let expected = request.check(map).and_then(|()| model.alloc(request));
            assert_eq!(memblock.alloc(request), expected);
        }
        Op::Change(change) => {
            let (MapChange::Add(MemoryRange { range, .. })
            | MapChange::Remove(range)
            | MapChange::SetNode(range, _)
            | MapChange::SetFlags(range, _)
            | MapChange::ClearFlags(range, _)) = change;
            let released = model.first_released(*range).map_or(Ok(()), |pfn| Err(ChangeError::Released(pfn)));
            let expected =
                released.and_then(|()| model.change(*change).map_err(|_| ChangeError::MetadataFull));
            assert_eq!(memblock.change(*change), expected);
        }
        Op::Set(setting) => {
            model.set(*setting);
            assert!(memblock.set(*setting));
        }
        Op::Release(nid) => {
            let mut blocks = Blocks::default();
            let count = memblock.release(*nid, &mut blocks);
            if !map.nids().contains(*nid) {
                assert_eq!(count, Err(ReleaseError::UnknownNode(*nid)));
            } else if model.is_released(*nid) {
                assert_eq!(count, Err(ReleaseError::AlreadyReleased(*nid)));
            } else {
                assert_eq!(count, Ok(PageCount(blocks.0.iter().map(|&(_, order)| 1 << order).sum())));
                assert_eq!(blocks.0, model.release(*nid));
            }
        }
    }
}

fn replay<T, S: Style>(strategy: &'static T, machine: &Machine, ops: &[Op])
where
    T: for<'m> allocators::Strategy<Allocator<'m> = MemblockAllocator<'m, S>>,
{
    let map = MemoryMap::new(machine.page, &machine.nodes).unwrap().with_max_order(Order(machine.max_order));
    let map = map.with_start(&machine.start).unwrap();
    let mut words = vec![u64::MAX; strategy.metadata_words(&map)];
    let mut spare = vec![0; machine.spare];
    let mut bump = BumpMemory::new(&mut spare);
    let mut memblock = strategy.build(map, Metadata::new(&mut words).with_arrays(&mut bump)).unwrap();
    let mut model = Model::new(&map, machine.spare as u64);
    agree(&memblock, &model);
    for op in ops {
        step(&mut memblock, &mut model, &map, op);
        agree(&memblock, &model);
    }
    let mut free = rangemap::RangeSet::new();
    let mut end = None;
    memblock.for_each_free(&mut |range| {
        assert!(end < Some(range.start()), "free ranges ascend and do not touch");
        end = Some(range.end());
        free.insert(range.start().0..range.end().0);
    });
    assert_eq!(free, model.all_free());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn memblock_equals_the_interval_model((machine, ops) in boot()) {
        replay(&Memblock, &machine, &ops);
    }

    #[test]
    fn memquick_equals_the_interval_model((machine, ops) in boot()) {
        replay(&Memquick, &machine, &ops);
    }

    #[test]
    fn freetree_equals_the_interval_model((machine, ops) in boot()) {
        replay(&Freetree, &machine, &ops);
    }
}
