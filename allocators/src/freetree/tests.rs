//! The tree of small nodes against a plain list of regions: some hundred regions are many levels.

use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::reservations::FreeGaps;
use crate::memblock::{Attrs, Halving, Look, Region, Reservations, Search, Table};
use crate::{AddrRange, MemFlags, MemoryMap, MemoryRange, Nid, NodeSet, PageSize, PhysAddr};

/// Regions are below this address.
const END: u64 = 1 << 20;

#[derive(Clone, Debug)]
enum Op {
    Add(AddrRange, u32),
    /// As many pieces of 16 bytes, this far apart.
    Comb(u64, u64, u64, bool),
    Remove(AddrRange),
    Change(AddrRange, u32),
    Find {
        size: u64,
        align: u32,
        within: AddrRange,
        up: bool,
        nid: Option<u32>,
    },
}

fn range() -> impl Strategy<Value = AddrRange> {
    let len = prop_oneof![3 => 1..300u64, 1 => 1..END / 8];
    (0..END, len)
        .prop_map(|(start, len)| AddrRange::clamped(PhysAddr(start), PhysAddr((start + len).min(END))))
}

fn op() -> impl Strategy<Value = Op> {
    let within = prop_oneof![
        Just(AddrRange::clamped(PhysAddr(1), PhysAddr(u64::MAX))),
        (0..END, 0..END).prop_map(|(a, b)| AddrRange::clamped(PhysAddr(a.min(b)), PhysAddr(a.max(b)))),
    ];
    let nid = prop_oneof![2 => Just(None), 1 => (0..2u32).prop_map(Some)];
    let size = prop_oneof![3 => 1..200u64, 1 => 1..20_000u64, 1 => Just(END)];
    prop_oneof![
        3 => (range(), 0..2u32).prop_map(|(range, nid)| Op::Add(range, nid)),
        2 => (0..END, 1..150u64, 17..200u64, any::<bool>()).prop_map(|(a, n, apart, add)| Op::Comb(a, n, apart, add)),
        3 => range().prop_map(Op::Remove),
        1 => (range(), 0..2u32).prop_map(|(range, nid)| Op::Change(range, nid)),
        6 => (size, 0..12u32, within, any::<bool>(), nid)
            .prop_map(|(size, align, within, up, nid)| Op::Find { size, align, within, up, nid }),
    ]
}

/// Both lists, and the memory that they are searched in.
struct Both<'m> {
    tree: FreeGaps<'m, 8, 8>,
    table: Table<'m, Halving>,
    memory: Vec<Region>,
}

fn attrs(nid: u32) -> Attrs {
    Attrs::new(Nid::new(nid), MemFlags::NONE)
}

impl Both<'_> {
    fn add(&mut self, range: AddrRange, nid: u32) {
        fn add<'m, R: Reservations<'m>>(list: &mut R, range: AddrRange, attrs: Attrs) -> bool {
            let place = list.place(range);
            let room = list.has_room(R::gaps(place));
            if room {
                list.add(place, range, attrs);
            }
            room
        }
        if self.tree.has_room(self.tree.place(range)) {
            assert!(add(&mut self.table, range, attrs(nid)));
            assert!(add(&mut self.tree, range, attrs(nid)));
        }
    }

    fn remove(&mut self, range: AddrRange) {
        if self.tree.has_room(2) {
            self.table.remove(range);
            Reservations::remove(&mut self.tree, range);
        }
    }

    fn step(&mut self, op: &Op) {
        match *op {
            Op::Add(range, nid) => self.add(range, nid),
            Op::Comb(first, count, apart, add) => {
                for index in 0..count {
                    let start = PhysAddr(first + index * apart);
                    let range = AddrRange::clamped(start, PhysAddr(start.0 + 16));
                    if add { self.add(range, 0) } else { self.remove(range) }
                }
            }
            Op::Remove(range) => self.remove(range),
            Op::Change(range, nid) => {
                if self.tree.has_room(2) {
                    self.table.change(range, |_| attrs(nid));
                    Reservations::change(&mut self.tree, range, |_| attrs(nid));
                }
            }
            Op::Find { size, align, within, up, nid } => {
                let search = Search::new(size, 1 << align, nid.and_then(Nid::new));
                let retired = NodeSet::EMPTY;
                let look = Look::new(&self.memory, &retired);
                let expected = self.table.find(&search, within, up, &look).map(|(at, _)| at);
                let found = self.tree.find(&search, within, up, &look).map(|(at, _)| at);
                assert_eq!(found, expected, "{op:?}");
            }
        }
        assert!(self.tree.regions().map(plain).eq(Reservations::regions(&self.table).map(plain)), "{op:?}");
    }
}

fn plain(region: Region) -> (u64, u64, Option<Nid>) {
    (region.start.0, region.end.0, region.attrs.nid())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_of_small_nodes_is_a_list(
        borders in prop::collection::vec((1..END, any::<bool>()), 0..12),
        ops in prop::collection::vec(op(), 1..60),
    ) {
        let all = AddrRange::clamped(PhysAddr(0), PhysAddr(END));
        let nodes = [0, 1].map(|nid| MemoryRange {
            range: AddrRange::clamped(PhysAddr(u64::from(nid) * END / 2), PhysAddr((u64::from(nid) + 1) * END / 2)),
            nid: Nid::new(nid),
            flags: MemFlags::NONE,
        });
        let map = MemoryMap::new(PageSize::KIB_4, &nodes).unwrap();
        let mut words = vec![0x5555_5555_5555_5555; <FreeGaps<'_, 8, 8> as Reservations<'_>>::words(&map)];
        let mut slots = vec![0; 4096 * 3];
        let mut tree = FreeGaps::new(&mut words, &map);
        // Nodes take turns, and some of the pieces are holes.
        let mut memory = Vec::new();
        let mut at = 0;
        let mut borders = borders;
        borders.sort_unstable();
        for (index, (end, hole)) in (0..).zip(borders.into_iter().chain([(END, false)])) {
            let range = AddrRange::clamped(PhysAddr(at), PhysAddr(end));
            if !hole && !range.is_empty() {
                memory.push(Region::new(range, attrs(index % 2)));
                tree.learn_node(range, Nid::new(index % 2));
            }
            at = end;
        }
        tree.widen(all);
        tree.allow(1000);
        let mut both = Both { tree, table: Table::new(&mut slots, &map), memory };
        for op in &ops {
            both.step(op);
        }
    }
}
