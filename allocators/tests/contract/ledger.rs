//! What no allocator may do, whatever its policy: an account of bytes that shares no code with any back-end.

use std::ops::Range;

use allocators::{
    AddrRange, AllocError, AllocRequest, BootAllocator, Exclusive, FreeError, Goal, MapChange, Nid,
    NodeChoice, ReleaseError, ReserveError,
};
use rangemap::{RangeMap, RangeSet};

use crate::machine::{Facts, Machine};
use crate::ops::Op;
use crate::play::{Answer, Blocks, free, reserved};

/// The account of one boot.
pub(crate) struct Ledger<'m> {
    machine: &'m Machine,
    facts: Facts,
    /// Usable memory with its node.
    usable: RangeMap<u64, Nid>,
    /// What callers have reserved or were given, and have not freed.
    owned: RangeSet<u64>,
    released: RangeSet<u64>,
    released_nodes: Vec<Nid>,
    /// Whether bits and bytes mean the same memory: not after a change inside a page.
    whole_pages: bool,
    free: RangeSet<u64>,
    reserved: RangeSet<u64>,
}

fn span(range: AddrRange) -> Range<u64> {
    range.start().0..range.end().0
}

fn set(ranges: &[AddrRange]) -> RangeSet<u64> {
    assert!(ranges.iter().all(|range| !range.is_empty()), "an empty range is listed: {ranges:?}");
    assert!(ranges.is_sorted_by(|a, b| a.end() <= b.start()), "listed out of order: {ranges:?}");
    ranges.iter().copied().map(span).collect()
}

/// The first byte that is in both.
fn first_common(set: &RangeSet<u64>, range: AddrRange) -> Option<u64> {
    if range.is_empty() {
        return None;
    }
    set.overlapping(&span(range)).next().map(|found| found.start.max(range.start().0))
}

fn gap(set: &RangeSet<u64>, range: AddrRange) -> Option<u64> {
    if range.is_empty() {
        return None;
    }
    set.gaps(&span(range)).next().map(|gap| gap.start)
}

impl<'m> Ledger<'m> {
    pub(crate) fn new(machine: &'m Machine, facts: Facts, allocator: &dyn BootAllocator) -> Self {
        let mut usable = RangeMap::new();
        for piece in machine.start.iter().filter(|piece| !piece.flags.untouchable()) {
            usable.insert(span(piece.range), piece.nid.unwrap());
        }
        let mut ledger = Self {
            machine,
            facts,
            usable,
            owned: RangeSet::new(),
            released: RangeSet::new(),
            released_nodes: Vec::new(),
            whole_pages: true,
            free: RangeSet::new(),
            reserved: RangeSet::new(),
        };
        ledger.look(allocator);
        ledger
    }

    /// Checks `answer` to `op`, then what is free and reserved after it.
    pub(crate) fn check(&mut self, op: &Op, answer: &Answer, allocator: &dyn BootAllocator) {
        let refused = match (op, answer) {
            (_, Answer::Alloc(request, Ok(start))) => {
                let block = AddrRange::from_size(*start, request.size).expect("a block wraps");
                self.granted(request, block);
                false
            }
            (_, Answer::Alloc(request, Err(error))) => {
                let possible = matches!(error, AllocError::NoMemory | AllocError::MetadataFull);
                assert_eq!(self.impossible(request), (!possible).then_some(*error));
                // A refusal for want of room in a table may leave the table larger than it was.
                *error != AllocError::MetadataFull
            }
            (op, Answer::Reserve(range, result)) => {
                let exclusive = matches!(op, Op::Reserve(_, Exclusive::Yes));
                self.reserve(*range, exclusive, *result);
                result.is_err()
            }
            (_, Answer::Free(range, result)) => {
                self.given_back(*range, *result);
                result.is_err()
            }
            (Op::Change(change), Answer::Change(result)) => {
                if result.is_ok() {
                    self.change(change);
                }
                result.is_err()
            }
            (Op::Release(nid), Answer::Release(Ok(pages), blocks)) => {
                assert!(!self.released_nodes.contains(nid), "released twice");
                self.release(*nid, pages.0, blocks);
                false
            }
            (Op::Release(nid), Answer::Release(Err(error), blocks)) => {
                assert_eq!(blocks, &Blocks::default());
                assert_eq!(
                    *error,
                    if self.machine.nids().contains(nid) {
                        assert!(self.released_nodes.contains(nid));
                        ReleaseError::AlreadyReleased(*nid)
                    } else {
                        ReleaseError::UnknownNode(*nid)
                    }
                );
                true
            }
            _ => false,
        };
        let before = (self.free.clone(), self.reserved.clone());
        self.look(allocator);
        if refused {
            assert_eq!(
                before,
                (self.free.clone(), self.reserved.clone()),
                "a refused call has changed something"
            );
        }
    }

    /// What is impossible about a request, in the order in which it is told.
    fn impossible(&self, request: &AllocRequest) -> Option<AllocError> {
        // A preferred goal makes nothing impossible.
        let goal = if let Goal::AtLeast(min) = request.goal { min } else { allocators::PhysAddr(0) };
        let size = request.size;
        let end = u128::from(goal.0) + u128::from(size);
        if size == 0 {
            return Some(AllocError::ZeroSize);
        }
        if request.align.count_ones() != 1 {
            return Some(AllocError::AlignNotPowerOfTwo(request.align));
        }
        if end > u128::from(u64::MAX) {
            return Some(AllocError::Wraps { goal, size });
        }
        if let Some(limit) = request.limit
            && end > u128::from(limit.0)
        {
            return Some(AllocError::LimitBelowGoal { goal, size, limit });
        }
        let nid = request.node.nid()?;
        (!self.machine.nids().contains(&nid)).then_some(AllocError::UnknownNode(nid))
    }

    fn granted(&mut self, request: &AllocRequest, block: AddrRange) {
        assert_eq!(self.impossible(request), None, "granted the impossible");
        let start = block.start();
        assert!(start.0.is_multiple_of(request.align), "{start} is not aligned");
        assert!(request.limit.is_none_or(|limit| block.end() <= limit), "{block} is above the limit");
        if let Goal::AtLeast(least) = request.goal {
            assert!(start >= least, "{start} is below the minimum");
        }
        let mut at = start.0;
        for (piece, nid) in self.usable.overlapping(&span(block)) {
            assert!(piece.start <= at, "{block} is not all memory");
            assert!(!self.released_nodes.contains(nid), "{block} was released");
            if let NodeChoice::Exact(exact) = request.node {
                assert_eq!(*nid, exact, "{block} leaves the node");
            }
            at = piece.end;
        }
        assert!(at >= block.end().0, "{block} is not all memory");
        assert_eq!(first_common(&self.owned, block), None, "{block} is in use");
        self.owned.insert(span(block));
    }

    fn reserve(&mut self, range: AddrRange, exclusive: bool, result: Result<(), ReserveError>) {
        let touched = if self.facts.byte_granular {
            range
        } else {
            range.pages_touched(self.machine.page).addrs(self.machine.page)
        };
        match result {
            Ok(()) if range.is_empty() => {}
            Ok(()) => {
                assert!(
                    !exclusive || first_common(&self.reserved, touched).is_none(),
                    "{range} was not free"
                );
                self.owned.insert(span(range));
            }
            Err(ReserveError::Busy(at)) => {
                assert!(exclusive, "who does not insist cannot be refused");
                let first = first_common(&self.reserved, touched).expect("nothing there is reserved");
                assert_eq!(at.0, first.max(range.start().0));
            }
            Err(ReserveError::OutsideMemory(_) | ReserveError::Released(_)) => {
                assert!(!self.facts.byte_granular);
            }
            Err(ReserveError::MetadataFull) => assert!(self.facts.byte_granular),
            Err(error) => panic!("{error}"),
        }
    }

    fn given_back(&mut self, range: AddrRange, result: Result<(), FreeError>) {
        let page = self.machine.page;
        match result {
            Ok(()) => {
                let freed =
                    if self.facts.byte_granular { range } else { range.pages_inside(page).addrs(page) };
                if !freed.is_empty() {
                    assert!(
                        self.facts.byte_granular || gap(&self.reserved, freed).is_none(),
                        "{range} was free"
                    );
                    self.owned.remove(span(freed));
                }
            }
            Err(FreeError::AlreadyFree(pfn)) => {
                let first = gap(&self.reserved, range.pages_inside(page).addrs(page));
                assert_eq!(Some(page.addr(pfn).0), first);
            }
            Err(FreeError::OutsideMemory(_) | FreeError::Released(_)) => assert!(!self.facts.byte_granular),
            Err(FreeError::MetadataFull) => assert!(self.facts.byte_granular),
            Err(error) => panic!("{error}"),
        }
    }

    fn change(&mut self, change: &MapChange) {
        let (MapChange::Add(allocators::MemoryRange { range, .. })
        | MapChange::Remove(range)
        | MapChange::SetNode(range, _)
        | MapChange::SetFlags(range, _)
        | MapChange::ClearFlags(range, _)) = *change;
        let page = self.machine.page.bytes();
        self.whole_pages &= range.start().0.is_multiple_of(page) && range.end().0.is_multiple_of(page);
        if range.is_empty() {
            return;
        }
        match *change {
            MapChange::Add(piece) => {
                for gap in self.usable.gaps(&span(range)).collect::<Vec<_>>() {
                    self.usable.insert(gap, piece.nid.unwrap());
                }
            }
            MapChange::Remove(_) => self.usable.remove(span(range)),
            MapChange::SetFlags(_, flags) if flags.untouchable() => self.usable.remove(span(range)),
            // Whether another flag still holds it is not in this account, nor whether it was added by then.
            MapChange::ClearFlags(_, flags) if flags.untouchable() => {
                for piece in &self.machine.nodes {
                    let part = piece.range.intersection(range);
                    if !part.is_empty() {
                        self.usable.insert(span(part), piece.nid.unwrap());
                    }
                }
                self.whole_pages = false;
            }
            _ => {}
        }
        // Nor which flags memory had that was untouchable when it was added.
        self.whole_pages &= !matches!(change, MapChange::Add(_));
    }

    fn release(&mut self, nid: Nid, pages: u64, blocks: &Blocks) {
        let page = self.machine.page.bytes();
        let mut total = 0;
        let mut end = 0;
        for &(first, order) in &blocks.0 {
            let block = first * page..(first + (1 << order)) * page;
            assert!(first >= end, "blocks descend");
            end = first + (1 << order);
            assert!(first.is_multiple_of(1 << order), "a block of order {order} at pfn {first:#x}");
            assert!(order <= self.machine.max_order, "a block of order {order}");
            assert!(self.free.gaps(&block).next().is_none(), "pfn {first:#x} was not free");
            assert!(!self.released.overlaps(&block), "pfn {first:#x} is handed over twice");
            let on = |(_, owner): (&Range<u64>, &Nid)| *owner == nid;
            assert!(self.usable.overlapping(&block).all(on), "pfn {first:#x} is on another node");
            self.released.insert(block);
            total += 1 << order;
        }
        assert_eq!(total, pages);
        self.released_nodes.push(nid);
    }

    /// Looks at what is free and reserved now.
    fn look(&mut self, allocator: &dyn BootAllocator) {
        self.free = set(&free(allocator));
        self.reserved = set(&reserved(allocator));
        for range in self.free.iter() {
            assert!(!self.reserved.overlaps(range), "{range:x?} is free and reserved");
            assert!(!self.owned.overlaps(range), "{range:x?} is free and owned");
            assert!(!self.released.overlaps(range), "{range:x?} is free and released");
            let live = |(_, nid): (&Range<u64>, &Nid)| !self.released_nodes.contains(nid);
            assert!(self.usable.gaps(range).next().is_none(), "{range:x?} is free, but no memory");
            assert!(
                self.usable.overlapping(range).all(live),
                "{range:x?} is free on a node that was released"
            );
        }
        if self.whole_pages {
            self.check_all_there();
        }
    }

    /// Each whole page of usable memory is free, reserved or released.
    fn check_all_there(&self) {
        let page = self.machine.page;
        let mut known = self.free.clone();
        known.extend(self.reserved.iter().cloned());
        known.extend(self.released.iter().cloned());
        for piece in &self.machine.nodes {
            for (usable, nid) in self.usable.overlapping(&span(piece.range)) {
                // A byte-granular strategy lets go of what is freed after the release, and nobody has it.
                if self.facts.byte_granular && self.released_nodes.contains(nid) {
                    continue;
                }
                let usable = crate::machine::bytes(usable.start, usable.end).intersection(piece.range);
                let pages = usable.pages_inside(page);
                for pfn in pages.start().0..pages.end().0 {
                    let bytes = pfn * page.bytes()..(pfn + 1) * page.bytes();
                    // Of a page that is reserved in part, the rest is lost when a byte-granular strategy hands over.
                    let lost = self.facts.byte_granular && self.reserved.overlaps(&bytes);
                    assert!(lost || known.gaps(&bytes).next().is_none(), "pfn {pfn:#x} is lost");
                }
            }
        }
    }
}
