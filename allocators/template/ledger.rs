//! Sorted lists of ranges, searched from the lowest address up: a strategy to start from.

use crate::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, ChangeError, Exclusive,
    FreeError, Goal, MapChange, MemFlags, MemoryMap, Metadata, Nid, NodeChoice, NodeSet, Order, PageCount,
    Pfn, PhysAddr, ReleaseError, ReserveError, Strategy,
};

/// The strategy.
#[derive(Clone, Copy, Debug)]
pub struct Ledger;

/// Its allocator for one machine.
#[derive(Debug)]
pub struct LedgerAllocator<'m> {
    map: MemoryMap<'m>,
    released: NodeSet,
    /// Why memory is not free: it is [`RESERVED`], or one of the others.
    lists: [Ranges<'m>; 4],
}

const RESERVED: usize = 0;
/// Not added yet, or removed.
const MISSING: usize = 1;
const NOMAP: usize = 2;
const DRIVER_MANAGED: usize = 3;

impl Strategy for Ledger {
    type Allocator<'m> = LedgerAllocator<'m>;

    fn name(&self) -> &'static str {
        "ledger"
    }

    fn summary(&self) -> &'static str {
        "sorted lists of ranges, searched from the lowest address up"
    }

    /// Room for 8192 ranges in each list, and for less where there are few pages to be cut.
    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        let pages = map.span().pages_touched(map.page()).count().0;
        4 * 2 * usize::try_from((16 + pages / 8).min(8192)).unwrap_or(usize::MAX)
    }

    fn reaches_outside_memory(&self) -> bool {
        true
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<LedgerAllocator<'m>, BuildError> {
        let (needed, given, own) = (self.metadata_words(&map), metadata.len(), metadata.phys());
        let small = BuildError::MetadataTooSmall { needed, given };
        let words = metadata.into_parts().0.get_mut(..needed).ok_or(small)?;
        let mut tables = words.as_chunks_mut().0.chunks_mut(needed / 8);
        let lists = [(); 4].map(|()| Ranges { table: tables.next().unwrap_or_default(), count: 0 });
        let mut new = LedgerAllocator { map, released: NodeSet::EMPTY, lists };
        let full = |done: bool| if done { Ok(()) } else { Err(small) };
        full(new.lists[MISSING].insert(AddrRange::clamped(PhysAddr(0), PhysAddr(u64::MAX))))?;
        for piece in map.start() {
            full(new.add(piece.range, piece.flags))?;
        }
        if let Some(own) = own {
            let mut outside = own.start();
            for node in map.nodes().iter().filter(|node| node.range.overlaps(own)) {
                outside = if node.range.contains(outside) { node.range.end() } else { outside };
            }
            let pages = own.pages_touched(map.page()).addrs(map.page());
            let done = outside >= own.end() && new.lists[RESERVED].insert(pages);
            done.then_some(()).ok_or(BuildError::MetadataOutsideMemory(outside))?;
        }
        Ok(new)
    }
}

impl LedgerAllocator<'_> {
    /// The first answer of `visit` to a free stretch of `wanted` on a node that is `on`; they come in ascending order.
    fn free_on<T>(
        &self,
        wanted: AddrRange,
        on: impl Fn(Nid) -> bool,
        mut visit: impl FnMut(AddrRange) -> Option<T>,
    ) -> Option<T> {
        let mut found = None;
        let mut nodes = self.map.nodes().iter().peekable();
        while let Some(node) = nodes.next() {
            let mut end = node.range.end();
            while let Some(next) = nodes.next_if(|next| next.nid == node.nid && next.range.start() == end) {
                end = next.range.end();
            }
            let here = node.nid.is_some_and(|nid| on(nid) && !self.released.contains(nid));
            let window = AddrRange::clamped(node.range.start(), end).intersection(wanted);
            let mut stop = |gap| {
                found = visit(gap);
                found.is_some()
            };
            if here && gaps(&self.lists, window, &mut stop) {
                break;
            }
        }
        found
    }

    fn add(&mut self, range: AddrRange, flags: MemFlags) -> bool {
        (!flags.has(MemFlags::NOMAP) || self.lists[NOMAP].insert(range))
            && (!flags.has(MemFlags::DRIVER_MANAGED) || self.lists[DRIVER_MANAGED].insert(range))
            && self.lists[MISSING].remove(range)
    }

    /// The lists of memory that these flags make untouchable.
    fn flagged(flags: MemFlags) -> impl Iterator<Item = usize> {
        let lists = [(MemFlags::NOMAP, NOMAP), (MemFlags::DRIVER_MANAGED, DRIVER_MANAGED)];
        lists.into_iter().filter(move |(flag, _)| flags.has(*flag)).map(|(_, list)| list)
    }
}

impl BootAllocator for LedgerAllocator<'_> {
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        let reserved = &mut self.lists[RESERVED];
        if exclusive == Exclusive::Yes
            && let Some(&[busy, _]) = reserved.meeting(range).first()
        {
            return Err(ReserveError::Busy(PhysAddr(busy).max(range.start())));
        }
        if reserved.insert(range) { Ok(()) } else { Err(ReserveError::MetadataFull) }
    }

    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        if self.lists[RESERVED].remove(range) { Ok(()) } else { Err(FreeError::MetadataFull) }
    }

    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        request.check(&self.map)?;
        let limit = request.limit.unwrap_or(PhysAddr(u64::MAX));
        let fits = |gap: AddrRange| {
            let start = PhysAddr(gap.start().0.checked_next_multiple_of(request.align)?);
            AddrRange::from_size(start, request.size).filter(|block| block.end() <= gap.end())
        };
        let below = matches!(request.goal, Goal::Prefer(_)).then_some(PhysAddr(0));
        let elsewhere = matches!(request.node, NodeChoice::Prefer(_)).then_some(None);
        let block = [Some(request.goal.addr()), below].into_iter().flatten().find_map(|from| {
            let nodes = [Some(request.node.nid()), elsewhere];
            nodes.into_iter().flatten().find_map(|wanted| {
                let on = |nid| wanted.is_none_or(|wanted| nid == wanted);
                self.free_on(AddrRange::clamped(from, limit), on, fits)
            })
        });
        let block = block.ok_or(AllocError::NoMemory)?;
        if self.lists[RESERVED].insert(block) { Ok(block.start()) } else { Err(AllocError::MetadataFull) }
    }

    fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        let (MapChange::Remove(range)
        | MapChange::SetNode(range, _)
        | MapChange::SetFlags(range, _)
        | MapChange::ClearFlags(range, _)) = change
        else {
            let MapChange::Add(piece) = change else { return Ok(()) };
            let page = self.map.page();
            let nodes = || self.map.nodes().iter().map(|node| (node, node.range.intersection(piece.range)));
            if nodes().map(|(_, part)| part.size()).sum::<u64>() < piece.range.size() {
                return Err(ChangeError::OutsideMemory(page.pfn_down(piece.range.start())));
            }
            let released = |node: Option<Nid>| node.is_some_and(|nid| self.released.contains(nid));
            return match nodes().find(|(node, part)| !part.is_empty() && released(node.nid)) {
                Some((_, part)) => Err(ChangeError::Released(page.pfn_down(part.start()))),
                None if self.add(piece.range, piece.flags) => Ok(()),
                None => Err(ChangeError::MetadataFull),
            };
        };
        let done = match change {
            MapChange::Remove(_) => self.lists[MISSING].insert(range),
            MapChange::SetFlags(_, flags) => Self::flagged(flags).all(|list| self.lists[list].insert(range)),
            MapChange::ClearFlags(_, flags) => {
                Self::flagged(flags).all(|list| self.lists[list].remove(range))
            }
            MapChange::Add(_) | MapChange::SetNode(..) => true,
        };
        if done { Ok(()) } else { Err(ChangeError::MetadataFull) }
    }

    fn nids(&self) -> &NodeSet {
        self.map.nids()
    }

    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        if !self.map.nids().contains(nid) {
            return Err(ReleaseError::UnknownNode(nid));
        }
        if self.released.contains(nid) {
            return Err(ReleaseError::AlreadyReleased(nid));
        }
        let mut count = 0;
        self.free_on(
            self.map.span(),
            |owner| owner == nid,
            |gap| {
                let pages = gap.pages_inside(self.map.page());
                let (mut at, end) = (pages.start().0, pages.end().0);
                count += end - at;
                while at < end {
                    // The largest block that is aligned here and fits.
                    let most = u32::from(self.map.max_order().0);
                    let order = at.trailing_zeros().min(most).min((end - at).ilog2());
                    #[expect(clippy::cast_possible_truncation, reason = "at most the largest order")]
                    sink.block(Pfn(at), Order(order as u8));
                    at += 1 << order;
                }
                None::<()>
            },
        );
        Ok(PageCount(count))
    }

    fn retire(&mut self, nid: Nid) {
        self.released.insert(nid);
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.free_on(
            self.map.span(),
            |_| true,
            |gap| {
                visit(gap);
                None::<()>
            },
        );
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        for &[start, end] in &self.lists[RESERVED].table[..self.lists[RESERVED].count] {
            visit(AddrRange::clamped(PhysAddr(start), PhysAddr(end)));
        }
    }

    fn metadata_bytes(&self) -> usize {
        self.lists.iter().map(|list| core::mem::size_of_val(list.table)).sum()
    }
}

/// Visits each stretch of `window` that is in none of the lists, until `stop` says so; then `true`.
fn gaps(lists: &[Ranges<'_>], window: AddrRange, stop: &mut dyn FnMut(AddrRange) -> bool) -> bool {
    let Some((list, others)) = lists.split_last() else { return !window.is_empty() && stop(window) };
    let mut at = window.start();
    for &[start, end] in list.meeting(window) {
        if gaps(others, AddrRange::clamped(at, PhysAddr(start)), stop) {
            return true;
        }
        at = PhysAddr(end);
    }
    gaps(others, AddrRange::clamped(at, window.end()), stop)
}

/// Ranges in ascending order, no two of which touch: the first byte of each and the byte after its last.
#[derive(Debug, Default)]
struct Ranges<'m> {
    table: &'m mut [[u64; 2]],
    /// How many there are; what follows them in the table means nothing.
    count: usize,
}

impl Ranges<'_> {
    /// The ranges that overlap `wanted`.
    fn meeting(&self, wanted: AddrRange) -> &[[u64; 2]] {
        if wanted.is_empty() { &[] } else { &self.table[self.places(wanted.start().0, wanted.end().0)] }
    }

    /// The places of the ranges that end above `low` and begin below `high`.
    fn places(&self, low: u64, high: u64) -> core::ops::Range<usize> {
        let known = &self.table[..self.count];
        let first = known.partition_point(|&[_, end]| end <= low);
        first..known.partition_point(|&[start, _]| start < high).max(first)
    }

    /// Adds a range, joined with those that it overlaps or touches; `false` if the table is full, and nothing changes.
    fn insert(&mut self, range: AddrRange) -> bool {
        let (start, end) = (range.start().0, range.end().0);
        let joined = self.places(start.saturating_sub(1), end.saturating_add(1));
        let low = self.table[joined.clone()].first().map_or(start, |first| first[0].min(start));
        let high = self.table[joined.clone()].last().map_or(end, |last| last[1].max(end));
        range.is_empty() || self.replace(joined, &[[low, high]])
    }

    /// Takes a range away; `false` if that cuts another in two and the table is full, and nothing changes.
    fn remove(&mut self, range: AddrRange) -> bool {
        let (start, end) = (range.start().0, range.end().0);
        let cut = self.places(start, end);
        let ([[low, _], ..], [.., [_, high]]) = (&self.table[cut.clone()], &self.table[cut.clone()]) else {
            return true;
        };
        // What sticks out of it on either side stays.
        let parts = [[*low, start], [end, *high]];
        let kept = &parts[usize::from(*low >= start)..2 - usize::from(*high <= end)];
        range.is_empty() || self.replace(cut, kept)
    }

    fn replace(&mut self, places: core::ops::Range<usize>, new: &[[u64; 2]]) -> bool {
        let count = self.count - places.len() + new.len();
        if count > self.table.len() {
            return false;
        }
        self.table.copy_within(places.end..self.count, places.start + new.len());
        self.table[places.start..places.start + new.len()].copy_from_slice(new);
        self.count = count;
        true
    }
}
