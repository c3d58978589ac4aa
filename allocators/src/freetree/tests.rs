//! The tree of small nodes against a plain list of regions: some hundred regions are many levels.

use std::cell::RefCell;
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::node::Gap;
use super::reservations::FreeGaps;
use super::search::Tried;
use super::tree::{Tree, words};
use crate::memblock::{Attrs, Halving, Look, Region, Reservations, Search, Table};
use crate::{AddrRange, MemFlags, MemoryMap, MemoryRange, Nid, PageSize, PhysAddr, records};

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
            if room && !list.add_alone(range, attrs) {
                list.add(place, range, attrs);
            }
            room
        }
        if self.tree.has_room(self.tree.place(range).gaps) {
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
                let look = Look::new(&self.memory, &search, false);
                let expected = self.table.find(&search, within, up, &look).map(|(at, _)| at);
                let found = self.tree.find(&search, within, up, &look).map(|(at, _)| at);
                assert_eq!(found, expected, "{op:?}");
            }
        }
        self.tree.check();
        assert!(self.tree.regions().map(plain).eq(Reservations::regions(&self.table).map(plain)), "{op:?}");
    }
}

fn plain(region: Region) -> (u64, u64, Option<Nid>) {
    (region.start.0, region.end.0, region.attrs.nid())
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() }
}

/// Plays `ops` on both, after as many pieces as `start` says, and returns the most levels that the tree had.
fn play(borders: &[(u64, bool)], start: u64, ops: &[Op]) -> usize {
    let all = AddrRange::clamped(PhysAddr(0), PhysAddr(END));
    let nodes = [0, 1].map(|nid| MemoryRange {
        range: AddrRange::clamped(
            PhysAddr(u64::from(nid) * END / 2),
            PhysAddr((u64::from(nid) + 1) * END / 2),
        ),
        nid: Nid::new(nid),
        flags: MemFlags::NONE,
    });
    let map = MemoryMap::new(PageSize::KIB_4, &nodes).unwrap();
    let mut words = vec![0x5555_5555_5555_5555; <FreeGaps<'_, 8, 8> as Reservations<'_>>::words(&map)];
    let mut slots = vec![0; 1024 * 3];
    let mut tree = FreeGaps::new(&mut words, &map);
    // Nodes take turns, and some of the pieces are holes.
    let mut memory = Vec::new();
    let mut at = 0;
    for (index, (end, hole)) in (0..).zip(borders.iter().copied().chain([(END, false)])) {
        let range = AddrRange::clamped(PhysAddr(at), PhysAddr(end));
        if !hole && !range.is_empty() {
            memory.push(Region::new(range, attrs(index % 2)));
            tree.learn_node(range, Nid::new(index % 2));
        }
        at = end;
    }
    tree.widen(all);
    tree.allow(1000);
    let mut both = Both { tree, table: Table::new(records(&mut slots)), memory };
    both.step(&Op::Comb(7, start, END / 1000, true));
    let mut depth = both.tree.depth();
    for op in ops {
        both.step(op);
        depth = depth.max(both.tree.depth());
    }
    depth
}

/// Expect the same regions and the same blocks of a tree of small nodes as of a list, whatever is done: with few regions, of
/// which there is no tree yet, and with so many that it has four levels, leaves included.
#[test]
fn a_tree_of_small_nodes_is_a_list() {
    let borders = prop::collection::vec((1..END, any::<bool>()), 0..12);
    let start = prop_oneof![1 => 0..40u64, 1 => 0..900u64];
    let cases = (borders, start, prop::collection::vec(op(), 1..60));
    let depths = RefCell::new([0; 8]);
    TestRunner::new(config())
        .run(&cases, |(mut borders, start, ops)| {
            borders.sort_unstable();
            depths.borrow_mut()[play(&borders, start, &ops)] += 1;
            Ok(())
        })
        .unwrap();
    // Cases by levels of inner nodes.
    let depths = depths.into_inner();
    assert!(depths[0] > 50 && depths[2] > 200 && depths[3] > 200, "{depths:?}");
}

/// ```text
/// gap of node   1  1  1  1  …  1  1  0  1  1        a page between any two of a thousand regions
/// ```
///
/// Expect a search on node 0 to look into each gap once, and the next to look into none but the one of node 0: what was seen of a
/// gap is noted for all levels. Likewise for more room than any gap has.
#[test]
fn what_was_seen_in_vain_is_not_looked_at_again() {
    const PAGE: u64 = 4096;
    const MANY: u64 = 1000;
    const ON_NODE_0: u64 = 900;
    let page = |number: u64| AddrRange::clamped(PhysAddr(number * PAGE), PhysAddr((number + 1) * PAGE));
    let first: Vec<Region> = (0..20).map(|number| Region::new(page(2 * number + 1), attrs(0))).collect();
    let mut words = vec![0x5555_5555_5555_5555; words::<8, 8>(2000)];
    let mut tree: Tree<'_, 8, 8> = Tree::of(&first, &mut words, 2000);
    for number in 20..MANY {
        tree.add(page(2 * number + 1), attrs(0));
    }
    assert!(tree.depth >= 3, "{}", tree.depth);
    let all = AddrRange::clamped(PhysAddr(0), PhysAddr(u64::MAX));
    let mut search = |nids: u64, room: u64, up: bool| {
        let mut looked = 0;
        let mut look = |gap: AddrRange, _: bool| {
            looked += 1;
            let nids = if gap == page(2 * ON_NODE_0) { 1 } else { 2 };
            Tried::TooSmall(Some(Gap { room: gap.size().min(PAGE), nids }))
        };
        let wanted = Gap { room, nids };
        let found =
            if up { tree.find_up(all, wanted, &mut look) } else { tree.find_down(all, wanted, &mut look) };
        assert!(found.is_none());
        looked
    };
    // The gap above the last region is one more.
    assert_eq!(search(1, 64, false), MANY + 1);
    assert_eq!((search(1, 64, false), search(1, 64, true)), (1, 1));
    assert_eq!((search(2, 64, true), search(2, PAGE + 1, true)), (MANY, 0));
    assert_eq!((search(!0, PAGE + 1, false), search(4, 1, false)), (0, 0));
}

/// A leaf that was emptied while its parent had no other used to stay, with its key. The first region above could then grow
/// down past that key, and what was freed inside it was put before the empty leaf.
///
/// ```text
/// keys before     0 [ a b c ]    k [ ]    m [ x y z ]
/// and then        0 [ a b c ]    k [ ]    i [ xxxx y z ]        i < k: a search for what lies between goes astray
/// ```
#[test]
fn no_empty_leaf_stays_between_others() {
    let range = |a: u64, b: u64| AddrRange::clamped(PhysAddr(a), PhysAddr(b));
    let depth = play(
        &[],
        9,
        &[
            Op::Comb(577_125, 105, 129, true),
            Op::Remove(range(0x8_7813, 0x8_f6c5)),
            Op::Add(range(0x8_2e9a, 0x8_f736), 0),
            Op::Remove(range(0x8_2e9b, 0x8_2e9c)),
        ],
    );
    assert!(depth >= 2, "{depth}");
}
