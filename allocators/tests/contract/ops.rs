//! What callers do during a boot, at random.

use allocators::{
    AddrRange, AllocRequest, Exclusive, Goal, MapChange, MemFlags, MemoryRange, Nid, NodeChoice, PageSize,
    PhysAddr, Setting,
};
use proptest::prelude::{Just, Strategy as Random, any, prop, prop_oneof};

use crate::machine::{Machine, bytes, nid};

/// A call of a random boot.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Alloc(AllocRequest),
    /// The same with the goal counted from the end of a block that is alive.
    AllocNear(usize, AllocRequest),
    Reserve(AddrRange, Exclusive),
    Free(AddrRange),
    /// Frees sixteenths of a block that is alive; the number chooses which.
    FreeBlock(usize, u64, u64),
    /// Frees each page that a block touches, whoever else is in it.
    FreePagesOf(usize, PageSize),
    /// Reserves sixteenths of a block.
    ReserveBlock(usize, u64, u64),
    Change(MapChange),
    Set(Setting),
    Release(Nid),
}

/// An address near the machine's memory, in sixteenths of a page, most often at a page.
fn addr(machine: &Machine) -> impl Random<Value = u64> + use<> {
    let unit = machine.page.bytes() / 16;
    let end = machine.map().span().end().0 / unit / 16 + 20;
    (0..end, prop_oneof![3 => Just(0), 1 => 0..16u64]).prop_map(move |(pfn, part)| (pfn * 16 + part) * unit)
}

fn size(machine: &Machine) -> impl Random<Value = u64> + use<> {
    let unit = machine.page.bytes() / 16;
    prop_oneof![
        20 => (1..16u64).prop_map(move |parts| parts * unit),
        10 => 1..unit * 40,
        20 => (1..12u64).prop_map(move |pages| pages * 16 * unit),
        5 => (12..200u64).prop_map(move |pages| pages * 16 * unit),
        1 => (1_024..2_100u64).prop_map(move |pages| pages * 16 * unit),
    ]
}

fn range(machine: &Machine) -> impl Random<Value = AddrRange> + use<> {
    let none = prop_oneof![30 => Just(1), 1 => Just(0)];
    (addr(machine), size(machine), none).prop_map(|(start, size, some)| bytes(start, start + size * some))
}

fn some_nid(machine: &Machine) -> impl Random<Value = Nid> + use<> {
    prop_oneof![20 => prop::sample::select(machine.nids()), 1 => Just(nid(77))]
}

fn request(machine: &Machine) -> impl Random<Value = AllocRequest> + use<> {
    let shift = machine.page.shift();
    let align = prop_oneof![
        4 => (0..shift).prop_map(|align| 1 << align),
        4 => (shift..shift + 8).prop_map(|align| 1 << align),
        1 => (shift + 8..64).prop_map(|align| 1 << align),
    ];
    let goal = prop_oneof![3 => Just(0), 2 => addr(machine)];
    let limit = prop_oneof![3 => Just(None), 1 => addr(machine).prop_map(Some)];
    let node = prop_oneof![
        3 => Just(NodeChoice::Any),
        2 => some_nid(machine).prop_map(NodeChoice::Prefer),
        2 => some_nid(machine).prop_map(NodeChoice::Exact),
    ];
    let size = prop_oneof![60 => size(machine), 1 => Just(0), 1 => Just(u64::MAX)];
    let align = prop_oneof![60 => align, 1 => Just(0), 1 => Just(0x3000)];
    (size, align, goal, any::<bool>(), limit, node).prop_map(|(size, align, goal, least, limit, node)| {
        let goal = if least { Goal::AtLeast(PhysAddr(goal)) } else { Goal::Prefer(PhysAddr(goal)) };
        AllocRequest { size, align, goal, limit: limit.map(PhysAddr), node }
    })
}

/// A request of which the goal is a distance of up to two pages.
fn request_near(machine: &Machine) -> impl Random<Value = AllocRequest> + use<> {
    let page = machine.page.bytes();
    (request(machine), 0..3u64).prop_map(move |(request, pages)| {
        let goal = PhysAddr(pages * page);
        let goal = match request.goal {
            Goal::Prefer(_) => Goal::Prefer(goal),
            Goal::AtLeast(_) => Goal::AtLeast(goal),
        };
        request.with_goal(goal)
    })
}

/// A change of a part of the memory that the machine ever has.
fn change(machine: &Machine) -> impl Random<Value = MapChange> + use<> {
    let unit = machine.page.bytes() / 16;
    let part = prop_oneof![3 => Just((0, 16)), 1 => (0..9u64, 9..17u64)];
    let flags = prop_oneof![Just(MemFlags::NOMAP), Just(MemFlags::HOTPLUG), Just(MemFlags::DRIVER_MANAGED)];
    (prop::sample::select(machine.nodes.clone()), part, 0..4, flags).prop_map(
        move |(piece, (from, to), kind, flags)| {
            let step = piece.range.size() / unit / 16 * unit;
            let start = piece.range.start().0 + from * step;
            let end = if to == 16 { piece.range.end().0 } else { piece.range.start().0 + to * step };
            let range = bytes(start, end);
            match kind {
                0 => MapChange::Add(MemoryRange { range, nid: piece.nid, flags: MemFlags::NONE }),
                1 => MapChange::Remove(range),
                2 => MapChange::SetFlags(range, flags),
                _ => MapChange::ClearFlags(range, flags),
            }
        },
    )
}

/// A boot of `machine`.
pub(crate) fn boot(machine: &Machine) -> impl Random<Value = Vec<Op>> + use<> {
    let page = machine.page;
    let exclusive = prop_oneof![Just(Exclusive::Yes), Just(Exclusive::No)];
    let block = || {
        (any::<usize>(), prop_oneof![2 => Just(0), 1 => 0..16u64], prop_oneof![2 => Just(16), 1 => 0..17u64])
    };
    let op = prop_oneof![
        20 => request(machine).prop_map(Op::Alloc),
        5 => (any::<usize>(), request_near(machine)).prop_map(|(which, request)| Op::AllocNear(which, request)),
        6 => (range(machine), exclusive).prop_map(|(range, exclusive)| Op::Reserve(range, exclusive)),
        4 => range(machine).prop_map(Op::Free),
        8 => block().prop_map(|(which, from, to)| Op::FreeBlock(which, from.min(to), to)),
        3 => any::<usize>().prop_map(move |which| Op::FreePagesOf(which, page)),
        2 => block().prop_map(|(which, from, to)| Op::ReserveBlock(which, from.min(to), to)),
        2 => change(machine).prop_map(Op::Change),
        1 => any::<bool>().prop_map(|up| Op::Set(Setting::BottomUp(up))),
        1 => some_nid(machine).prop_map(Op::Release),
    ];
    prop::collection::vec(op, 1..40)
}

/// A machine and a boot of it.
pub(crate) fn machine_and_boot() -> impl Random<Value = (Machine, Vec<Op>)> {
    crate::machine::random_machine().prop_flat_map(|machine| {
        let boot = boot(&machine);
        (Just(machine), boot)
    })
}
