//! memblock as two interval maps: slow, obvious, and sharing no code with what it checks.
//!
//! The maps come from another crate, where neighbours with equal values are one interval by construction. All else is
//! written down again from the description of the behaviour.

use std::collections::BTreeSet;
use std::ops::Range;

use allocators::{
    AllocError, AllocRequest, Goal, MapChange, MemoryMap, MemoryRange, Nid, NodeChoice, Pfn, PhysAddr,
    Setting,
};
use rangemap::RangeMap;

type Attrs = (Option<Nid>, u32);
pub(crate) type Intervals = RangeMap<u64, Attrs>;

const HOTPLUG: u32 = 1;
const MIRROR: u32 = 2;
const UNTOUCHABLE: u32 = 4 | 8;
const OF_RESERVED: u32 = 0x10 | 0x20 | 0x80;
const SCRATCH: u32 = 0x40;
const KERN: u32 = 0x20;

/// A list is full.
#[derive(PartialEq, Eq, Debug, Clone, Copy)]
pub(crate) struct Full;

#[derive(Clone, Default)]
pub(crate) struct List {
    pub(crate) is: Intervals,
    pub(crate) capacity: usize,
    home: Option<Range<u64>>,
}

#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub(crate) struct Model {
    page: u64,
    max_order: u8,
    nodes: Vec<MemoryRange>,
    /// Memory, then reserved.
    pub(crate) lists: [List; 2],
    /// Words that lists may still grow into.
    spare: u64,
    bottom_up: bool,
    limit: u64,
    grows: bool,
    movable: bool,
    mark: bool,
    mirror: bool,
    scratch: bool,
    released: BTreeSet<Nid>,
}

fn range_of(range: allocators::AddrRange) -> Range<u64> {
    range.start().0..range.end().0
}

fn clip(range: &Range<u64>, to: &Range<u64>) -> Range<u64> {
    let start = range.start.max(to.start);
    start..range.end.min(to.end).max(start)
}

impl Model {
    pub(crate) fn new(map: &MemoryMap<'_>, spare: u64) -> Self {
        let list = List { capacity: 128, ..List::default() };
        let mut new = Self {
            page: map.page().bytes(),
            max_order: map.max_order().0,
            nodes: map.nodes().to_vec(),
            lists: [list.clone(), list],
            spare,
            bottom_up: false,
            limit: u64::MAX,
            grows: true,
            movable: false,
            mark: false,
            mirror: false,
            scratch: false,
            released: BTreeSet::new(),
        };
        for piece in map.start() {
            new.change(MapChange::Add(*piece)).unwrap();
        }
        new
    }

    /// All memory that is not reserved and not `skip`ped, in pieces that end where regions of `memory` do.
    fn free_in(&self, memory: &Intervals, skip: impl Fn(&Attrs) -> bool) -> Vec<(Range<u64>, Option<Nid>)> {
        let kept = memory.iter().filter(|(_, attrs)| !skip(attrs));
        kept.flat_map(|(range, attrs)| {
            self.lists[1].is.gaps(range).map(|gap| (gap, attrs.0)).collect::<Vec<_>>()
        })
        .collect()
    }

    fn skips(&self, &(nid, flags): &Attrs, asked: Option<Nid>, only: u32) -> bool {
        asked.is_some_and(|asked| nid != Some(asked))
            || (self.movable && flags & HOTPLUG != 0)
            || flags & UNTOUCHABLE != 0
            || (only != 0 && flags & only == 0)
            || nid.map_or(!self.released.is_empty(), |nid| self.released.contains(&nid))
    }

    /// Scratch memory alone while that is so; else mirrors before the rest, as soon as there are any.
    fn kinds(&self) -> &'static [u32] {
        match (self.scratch, self.mirror) {
            (true, _) => &[SCRATCH],
            (false, true) => &[MIRROR, 0],
            (false, false) => &[0],
        }
    }

    fn find(&self, size: u64, align: u64, within: Range<u64>, nid: Option<Nid>, only: u32) -> Option<u64> {
        let within = within.start.max(self.page)..within.end;
        let fits = |(gap, _): (Range<u64>, Option<Nid>)| {
            let gap = clip(&gap, &within);
            let (start, end) = (u128::from(gap.start), u128::from(gap.end));
            let (size, align) = (u128::from(size), u128::from(align));
            let lowest = start.div_ceil(align) * align;
            let highest = end.checked_sub(size)? / align * align;
            let block = if self.bottom_up { lowest } else { highest };
            (start <= block && block + size <= end).then(|| u64::try_from(block).unwrap())
        };
        let mut free = self.free_in(&self.lists[0].is, |attrs| self.skips(attrs, nid, only)).into_iter();
        if self.bottom_up { free.find_map(fits) } else { free.rev().find_map(fits) }
    }

    fn count(&self, list: usize) -> usize {
        self.lists[list].is.iter().count()
    }

    fn add(&mut self, list: usize, range: Range<u64>, attrs: Attrs) -> Result<(), Full> {
        if range.is_empty() {
            return Ok(());
        }
        self.make_room(list, self.lists[list].is.gaps(&range).count(), &range)?;
        for gap in self.lists[list].is.gaps(&range).collect::<Vec<_>>() {
            self.lists[list].is.insert(gap, attrs);
        }
        Ok(())
    }

    fn remove(&mut self, list: usize, range: Range<u64>) -> Result<(), Full> {
        if !range.is_empty() {
            self.room_to_split(list, &range)?;
            self.lists[list].is.remove(range);
        }
        Ok(())
    }

    fn room_to_split(&mut self, list: usize, range: &Range<u64>) -> Result<(), Full> {
        let done = self.make_room(list, 2, range);
        if done.is_err() && range.start <= 1 { self.make_room(list, 2, &(0..0)) } else { done }
    }

    fn make_room(&mut self, list: usize, more: usize, range: &Range<u64>) -> Result<(), Full> {
        while self.count(list) + more > self.lists[list].capacity {
            let capacity = self.lists[list].capacity * 2;
            let size = (capacity as u64 * 24).next_multiple_of(self.page);
            let avoid = if list == 1 { range.clone() } else { 0..0 };
            let around = [avoid.end..self.limit, 0..avoid.start.min(self.limit)];
            let kinds = self.kinds();
            let tries =
                around.iter().flat_map(|within| kinds.iter().map(move |&only| (within.clone(), only)));
            let found =
                tries.into_iter().find_map(|(within, only)| self.find(size, self.page, within, None, only));
            let home =
                found.filter(|_| self.grows && self.spare >= size / 8).map(|at| at..at + size).ok_or(Full)?;
            self.spare -= size / 8;
            let before = (self.lists[list].capacity, self.lists[list].home.clone());
            self.lists[list].capacity = capacity;
            let old_home = self.lists[list].home.replace(home.clone());
            if self.settle(home, old_home).is_err() {
                (self.lists[list].capacity, self.lists[list].home) = before;
                return Err(Full);
            }
        }
        Ok(())
    }

    /// What is reserved once a list has moved: all but its old place, and its new one. As long as that fits it is only a
    /// matter of sets, whatever the order; else the other list grows too, and what comes first decides to where.
    fn settle(&mut self, home: Range<u64>, old_home: Option<Range<u64>>) -> Result<(), Full> {
        let attrs = (None, if self.mark { KERN } else { 0 });
        let asked = if old_home.is_some() { 2 } else { 1 };
        if self.count(1) + asked <= self.lists[1].capacity {
            let is = &mut self.lists[1].is;
            if let Some(old) = old_home {
                is.remove(old);
            }
            for part in is.gaps(&home).collect::<Vec<_>>() {
                is.insert(part, attrs);
            }
            return Ok(());
        }
        self.add(1, home, attrs)?;
        if old_home.is_some_and(|old| self.remove(1, old).is_ok()) {
            let homes: Vec<_> = self.lists.iter().filter_map(|list| list.home.clone()).collect();
            for part in homes
                .iter()
                .flat_map(|home| self.lists[1].is.gaps(home).collect::<Vec<_>>())
                .collect::<Vec<_>>()
            {
                self.lists[1].is.insert(part, attrs);
            }
        }
        Ok(())
    }

    /// The first byte that is reserved.
    pub(crate) fn busy(&self, range: allocators::AddrRange) -> Option<PhysAddr> {
        let range = range_of(range);
        let first = self.lists[1].is.overlapping(&range).next().filter(|_| !range.is_empty())?;
        Some(PhysAddr(first.0.start.max(range.start)))
    }

    pub(crate) fn reserve(&mut self, range: allocators::AddrRange) -> Result<(), Full> {
        self.add(1, range_of(range), (None, 0))
    }

    pub(crate) fn free(&mut self, range: allocators::AddrRange) -> Result<(), Full> {
        self.remove(1, range_of(range))
    }

    pub(crate) fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        let limit = request.limit.map_or(self.limit, |limit| limit.0);
        let (starts, end) = match request.goal {
            Goal::AtLeast(start) => (vec![start.0], limit),
            Goal::Prefer(PhysAddr(0)) => (vec![0], limit.min(self.limit)),
            Goal::Prefer(goal) => (vec![goal.0, 0], limit.min(self.limit)),
        };
        let nids = match request.node {
            NodeChoice::Any => vec![None],
            NodeChoice::Exact(nid) => vec![Some(nid)],
            NodeChoice::Prefer(nid) => vec![Some(nid), None],
        };
        let mut error = AllocError::NoMemory;
        for start in starts {
            error = AllocError::NoMemory;
            for &only in self.kinds() {
                for &nid in &nids {
                    if let Some(at) = self.find(request.size, request.align, start..end, nid, only) {
                        let attrs = if self.mark { (nid, KERN) } else { (None, 0) };
                        match self.add(1, at..at + request.size, attrs) {
                            Ok(()) => return Ok(PhysAddr(at)),
                            Err(Full) => error = AllocError::MetadataFull,
                        }
                    }
                }
            }
        }
        Err(error)
    }

    pub(crate) fn change(&mut self, change: MapChange) -> Result<(), Full> {
        match change {
            MapChange::Add(piece) => {
                self.add(0, range_of(piece.range), (piece.nid, piece.flags.0))?;
                self.mirror |= piece.flags.0 & MIRROR != 0;
                Ok(())
            }
            MapChange::Remove(range) => self.remove(0, range_of(range)),
            MapChange::SetNode(range, nid) => {
                self.update(range_of(range), [true; 2], |_, attrs| (nid, attrs.1))
            }
            MapChange::SetFlags(range, flags) => {
                let of = [flags.0 & !OF_RESERVED, flags.0 & OF_RESERVED];
                self.update(range_of(range), of.map(|of| of != 0), |list, attrs| {
                    (attrs.0, attrs.1 | of[list])
                })?;
                self.mirror |= flags.0 & MIRROR != 0;
                Ok(())
            }
            MapChange::ClearFlags(range, flags) => {
                let of = [flags.0 & !OF_RESERVED, flags.0 & OF_RESERVED];
                self.update(range_of(range), of.map(|of| of != 0), |list, attrs| {
                    (attrs.0, attrs.1 & !of[list])
                })
            }
        }
    }

    fn update(
        &mut self,
        range: Range<u64>,
        on: [bool; 2],
        to: impl Fn(usize, Attrs) -> Attrs,
    ) -> Result<(), Full> {
        let lists = [0, 1].into_iter().filter(|&list| on[list] && !range.is_empty());
        for list in lists.clone() {
            self.room_to_split(list, &range)?;
        }
        for list in lists {
            let is = &mut self.lists[list].is;
            let inside: Vec<_> =
                is.overlapping(&range).map(|(part, &attrs)| (clip(part, &range), attrs)).collect();
            for (part, attrs) in inside {
                is.insert(part, to(list, attrs));
            }
        }
        Ok(())
    }

    pub(crate) fn set(&mut self, setting: Setting) {
        match setting {
            Setting::BottomUp(on) => self.bottom_up = on,
            Setting::CurrentLimit(limit) => self.limit = limit.map_or(u64::MAX, |limit| limit.0),
            Setting::AllowResize(on) => self.grows = on,
            Setting::MovableNode(on) => self.movable = on,
            Setting::MarkKernelReservations(on) => self.mark = on,
            Setting::KhoScratchOnly(on) => self.scratch = on,
        }
    }

    /// The nodes, or `None` for a node that is not known, of each free byte, in pieces as the page allocator gets them.
    fn owned(&self) -> Vec<(Range<u64>, Option<Nid>)> {
        let memory =
            self.lists[0].is.iter().map(|(range, attrs)| (range.clone(), (attrs.0, attrs.1 & !HOTPLUG)));
        let memory: Intervals = memory.collect();
        let free = self.free_in(&memory, |attrs| attrs.1 & UNTOUCHABLE != 0);
        free.into_iter()
            .flat_map(|(range, nid)| self.by_map(range, nid))
            .filter(|(range, _)| !range.is_empty())
            .collect()
    }

    fn by_map(&self, range: Range<u64>, nid: Option<Nid>) -> Vec<(Range<u64>, Option<Nid>)> {
        if nid.is_some() || self.released.is_empty() {
            return vec![(range, nid)];
        }
        // Pieces of one node that touch are one: their flags do not count here.
        let nodes: RangeMap<u64, Option<Nid>> =
            self.nodes.iter().map(|piece| (range_of(piece.range), piece.nid)).collect();
        nodes.iter().map(|(piece, &nid)| (clip(&range, piece), nid)).collect()
    }

    pub(crate) fn is_released(&self, nid: Nid) -> bool {
        self.released.contains(&nid)
    }

    pub(crate) fn all_free(&self) -> rangemap::RangeSet<u64> {
        let still = |nid: &Option<Nid>| nid.is_none_or(|nid| !self.released.contains(&nid));
        self.owned().into_iter().filter(|(_, nid)| still(nid)).map(|(range, _)| range).collect()
    }

    /// The first page of memory in `range` that was released.
    pub(crate) fn first_released(&self, range: allocators::AddrRange) -> Option<Pfn> {
        let range = range_of(range);
        let usable = self.lists[0].is.iter().filter(|(_, attrs)| attrs.1 & UNTOUCHABLE == 0);
        let owned = usable.flat_map(|(part, attrs)| self.by_map(clip(part, &range), attrs.0));
        let released =
            owned.filter(|(part, nid)| !part.is_empty() && nid.is_some_and(|nid| self.is_released(nid)));
        released.map(|(part, _)| Pfn(part.start / self.page)).min()
    }

    /// Releases `nid` and returns its blocks.
    pub(crate) fn release(&mut self, nid: Nid) -> Vec<(u64, u8)> {
        self.released.insert(nid);
        let mut blocks = Vec::new();
        for (range, _) in self.owned().into_iter().filter(|&(_, owner)| owner == Some(nid)) {
            let (mut at, end) = (range.start.div_ceil(self.page), range.end / self.page);
            while at < end {
                let fits = |&order: &u8| at.is_multiple_of(1 << order) && at + (1 << order) <= end;
                let order = (0..=self.max_order).rev().find(fits).unwrap();
                blocks.push((at, order));
                at += 1 << order;
            }
        }
        blocks
    }
}
