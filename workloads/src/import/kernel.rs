//! What memblock would have answered: a model of the kernel's search, for trying out what a log does not say.
//!
//! It is written from the description and shares no code with the back-end of the same name, so that a defect of that
//! one cannot make the importer bend a trace to fit it. It is an interval model without arrays: what doubling does is
//! in the log.

use allocators::{AddrRange, MemFlags, MemoryRange, Nid, PhysAddr};

use super::dialect::{Request, RequestKind};

/// The state of a kernel's memblock, as far as its answers depend on it.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    memory: Vec<MemoryRange>,
    /// Ascending; pieces that touch are one.
    reserved: Vec<AddrRange>,
    pub(super) bottom_up: bool,
    /// Where requests without a limit end.
    pub(super) limit: Option<u64>,
    pub(super) movable_node: bool,
    /// The end of the kernel's image, below which a search upward does not go before 5.12.
    pub(super) floor: u64,
    /// Page 0 is never given.
    page: u64,
    /// What a request with alignment 0 gets.
    pub(super) cache_line: u64,
}

impl Kernel {
    pub(super) fn new(memory: Vec<MemoryRange>, page: u64) -> Self {
        let reserved = Vec::new();
        let mut kernel = Self {
            memory,
            reserved,
            bottom_up: false,
            limit: None,
            movable_node: false,
            floor: 0,
            page,
            cache_line: 64,
        };
        kernel.merge_memory();
        kernel
    }

    /// An array takes up whole pages.
    pub(super) fn whole_pages(&self, range: AddrRange) -> AddrRange {
        let end = range.end().checked_align_up(self.page.max(1)).unwrap_or(range.end());
        AddrRange::clamped(range.start(), end)
    }

    pub(super) fn memory(&self) -> &[MemoryRange] {
        &self.memory
    }

    pub(super) fn reserved(&self) -> &[AddrRange] {
        &self.reserved
    }

    /// Reserves these, and nothing else.
    pub(super) fn set_reserved(&mut self, ranges: impl Iterator<Item = AddrRange>) {
        self.reserved.clear();
        ranges.for_each(|range| self.reserve(range));
    }

    pub(super) fn reserve(&mut self, range: AddrRange) {
        if range.is_empty() {
            return;
        }
        let from = self.reserved.partition_point(|piece| piece.end() < range.start());
        let to = self.reserved.partition_point(|piece| piece.start() <= range.end());
        let touched = &self.reserved[from..to];
        let start = touched.first().map_or(range.start(), |piece| piece.start().min(range.start()));
        let end = touched.last().map_or(range.end(), |piece| piece.end().max(range.end()));
        self.reserved.splice(from..to, [AddrRange::clamped(start, end)]);
    }

    pub(super) fn free(&mut self, range: AddrRange) {
        if range.is_empty() {
            return;
        }
        let from = self.reserved.partition_point(|piece| piece.end() <= range.start());
        let to = self.reserved.partition_point(|piece| piece.start() < range.end());
        if from >= to {
            return;
        }
        let left = AddrRange::clamped(self.reserved[from].start(), range.start());
        let right = AddrRange::clamped(range.end(), self.reserved[to - 1].end());
        self.reserved.splice(from..to, [left, right].into_iter().filter(|piece| !piece.is_empty()));
    }

    /// Adds memory; what is there already keeps its node and flags.
    pub(super) fn add(&mut self, piece: MemoryRange) {
        let mut gaps = vec![piece.range];
        for known in &self.memory {
            gaps = gaps.into_iter().flat_map(|gap| without(gap, known.range)).collect();
        }
        self.memory.extend(gaps.into_iter().map(|range| MemoryRange { range, ..piece }));
        self.merge_memory();
    }

    pub(super) fn remove(&mut self, range: AddrRange) {
        let cut =
            |known: MemoryRange| without(known.range, range).map(move |range| MemoryRange { range, ..known });
        self.memory = std::mem::take(&mut self.memory).into_iter().flat_map(cut).collect();
    }

    /// Changes the node or the flags of the memory in `range`.
    pub(super) fn update(&mut self, range: AddrRange, change: impl Fn(&mut MemoryRange)) {
        let mut pieces = Vec::with_capacity(self.memory.len() + 2);
        for known in std::mem::take(&mut self.memory) {
            let inside = known.range.intersection(range);
            pieces.extend(without(known.range, range).map(|range| MemoryRange { range, ..known }));
            if !inside.is_empty() {
                let mut piece = MemoryRange { range: inside, ..known };
                change(&mut piece);
                pieces.push(piece);
            }
        }
        self.memory = pieces;
        self.merge_memory();
    }

    pub(super) fn set_node(&mut self, range: AddrRange, nid: Option<Nid>) {
        self.update(range, |piece| piece.nid = nid);
    }

    fn merge_memory(&mut self) {
        self.memory.sort_by_key(|piece| piece.range.start());
        self.memory.dedup_by(|next, piece| {
            let same =
                piece.range.end() == next.range.start() && (piece.nid, piece.flags) == (next.nid, next.flags);
            if same {
                piece.range = AddrRange::clamped(piece.range.start(), next.range.end());
            }
            same
        });
    }

    /// Where the kernel would put this request; nothing is reserved yet.
    pub(super) fn answer(&self, request: &Request) -> Option<PhysAddr> {
        if request.size == 0 || !(request.align == 0 || request.align.is_power_of_two()) {
            return None;
        }
        let align = if request.align == 0 { self.cache_line } else { request.align };
        let limit = self.limit.unwrap_or(u64::MAX);
        let end = match (request.max_addr, request.kind) {
            (0 | 1, _) => limit,
            (max, RequestKind::Phys) => max,
            (max, _) => max.min(limit),
        };
        let minima: &[u64] = match request.kind {
            RequestKind::Phys => &[request.from],
            _ if request.from == 0 => &[0],
            _ => &[request.from, 0],
        };
        let nid = request.nid.and_then(Nid::new);
        let mirrored = self.memory.iter().any(|piece| piece.flags.has(MemFlags::MIRROR));
        for &from in minima {
            for mirror in [true, false] {
                if mirror && !mirrored {
                    continue;
                }
                let search = Search { size: request.size, align, from, end, nid, mirror };
                let found = self.find(search).or_else(|| {
                    let other_nodes = nid.is_some() && request.kind != RequestKind::ExactNode;
                    if other_nodes { self.find(Search { nid: None, ..search }) } else { None }
                });
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    fn find(&self, search: Search) -> Option<PhysAddr> {
        let from = search.from.max(self.page);
        let end = search.end.max(from);
        let usable = |piece: &&MemoryRange| {
            let hotplug = piece.flags.has(MemFlags::HOTPLUG) && self.movable_node;
            (search.nid.is_none() || piece.nid == search.nid)
                && !hotplug
                && !piece.flags.untouchable()
                && (!search.mirror || piece.flags.has(MemFlags::MIRROR))
        };
        if self.bottom_up && end > self.floor {
            let window = AddrRange::clamped(PhysAddr(from.max(self.floor)), PhysAddr(end));
            let fits = |gap: AddrRange| {
                let at = gap.start().checked_align_up(search.align)?;
                (at < gap.end() && gap.end().0 - at.0 >= search.size).then_some(at)
            };
            let mut pieces = self.memory.iter().filter(usable);
            let found =
                pieces.find_map(|piece| self.gaps_up(piece.range.intersection(window)).find_map(fits));
            // Before 5.12 the kernel then searches downward, without the floor.
            if found.is_some() || self.floor == 0 {
                return found;
            }
        }
        let window = AddrRange::clamped(PhysAddr(from), PhysAddr(end));
        let fits = |gap: AddrRange| {
            let at = PhysAddr(gap.end().0.checked_sub(search.size)?).align_down(search.align);
            (at >= gap.start()).then_some(at)
        };
        let mut pieces = self.memory.iter().rev().filter(usable);
        pieces.find_map(|piece| self.gaps_down(piece.range.intersection(window)).find_map(fits))
    }

    /// What is free in `window`, ascending.
    fn gaps_up(&self, window: AddrRange) -> impl Iterator<Item = AddrRange> + '_ {
        let first = self.reserved.partition_point(|piece| piece.end() <= window.start());
        let last = self.reserved.partition_point(|piece| piece.start() < window.end()).max(first);
        (first..=last).map(move |at| self.gap(window, first, last, at)).filter(|gap| !gap.is_empty())
    }

    /// What is free in `window`, descending.
    fn gaps_down(&self, window: AddrRange) -> impl Iterator<Item = AddrRange> + '_ {
        let first = self.reserved.partition_point(|piece| piece.end() <= window.start());
        let last = self.reserved.partition_point(|piece| piece.start() < window.end()).max(first);
        (first..=last).rev().map(move |at| self.gap(window, first, last, at)).filter(|gap| !gap.is_empty())
    }

    /// The gap of `window` ahead of the reserved piece `at`, of which `first..last` meet it.
    fn gap(&self, window: AddrRange, first: usize, last: usize, at: usize) -> AddrRange {
        let start = if at == first { window.start() } else { self.reserved[at - 1].end() };
        let end = if at == last { window.end() } else { self.reserved[at].start() };
        AddrRange::clamped(start.max(window.start()), end.min(window.end()))
    }
}

#[derive(Clone, Copy)]
struct Search {
    size: u64,
    align: u64,
    from: u64,
    end: u64,
    nid: Option<Nid>,
    mirror: bool,
}

/// What of `range` is not in `hole`: up to two pieces.
pub(super) fn without(range: AddrRange, hole: AddrRange) -> impl Iterator<Item = AddrRange> + use<> {
    let left = AddrRange::clamped(range.start(), range.end().min(hole.start()));
    let right = AddrRange::clamped(range.start().max(hole.end()), range.end());
    let apart = hole.is_empty() || !range.overlaps(hole);
    let pieces = if apart { [range, AddrRange::default()] } else { [left, right] };
    pieces.into_iter().filter(|piece| !piece.is_empty())
}
