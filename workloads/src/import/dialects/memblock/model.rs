//! What memblock would have answered: a model of the kernel's search, for trying out what a log does not say.
//!
//! It is written from the description and shares no code with the back-end of the same name, so that a defect of that
//! one cannot make the importer bend a trace to fit it. It is an interval model without arrays of regions: what doubling
//! them does is in the log.

use allocators::{
    AddrRange, AllocRequest, Goal, MapChange, MemFlags, MemoryRange, Nid, NodeChoice, PhysAddr, Setting,
};

use super::{Request, RequestKind};
use crate::ranges::{Ranges, without};
use crate::trace::{Array, Op};

/// The state of a kernel's memblock, as far as its answers depend on it.
#[derive(Clone, Debug)]
pub(super) struct Model {
    memory: Vec<MemoryRange>,
    reserved: Ranges,
    /// Where the arrays lie that were doubled: of memory, and of reservations.
    arrays: [Option<AddrRange>; 2],
    pub(super) bottom_up: bool,
    /// Where requests without a limit end.
    pub(super) limit: Option<u64>,
    pub(super) movable_node: bool,
    /// Whether only what is marked as scratch is given.
    pub(super) scratch_only: bool,
    /// The end of the kernel's image, below which a search upward does not go before 5.12.
    pub(super) floor: u64,
    /// Page 0 is never given.
    page: u64,
    /// What a request with alignment 0 gets.
    pub(super) cache_line: u64,
}

impl Model {
    pub(super) fn new(memory: Vec<MemoryRange>, page: u64) -> Self {
        let mut model = Self {
            memory,
            reserved: Ranges::default(),
            arrays: [None; 2],
            bottom_up: false,
            limit: None,
            movable_node: false,
            scratch_only: false,
            floor: 0,
            page,
            cache_line: 64,
        };
        model.merge_memory();
        model
    }

    /// The size of a page.
    pub(super) fn page(&self) -> u64 {
        self.page
    }

    pub(super) fn memory(&self) -> &[MemoryRange] {
        &self.memory
    }

    pub(super) fn reserved(&self) -> &Ranges {
        &self.reserved
    }

    /// Reserves these, and nothing else.
    pub(super) fn set_reserved(&mut self, ranges: Ranges) {
        self.reserved = ranges;
    }

    pub(super) fn reserve(&mut self, range: AddrRange) {
        self.reserved.insert(range);
    }

    pub(super) fn free(&mut self, range: AddrRange) {
        self.reserved.remove(range);
    }

    /// Does what `op` says.
    pub(super) fn apply(&mut self, op: &Op) {
        match op {
            Op::Reserve(range) => self.reserve(*range),
            Op::Free(range) => self.free(*range),
            Op::Alloc(request, Some(at)) => {
                if let Some(range) = AddrRange::from_size(*at, request.size) {
                    self.reserve(range);
                }
            }
            Op::Alloc(_, None)
            | Op::Dump(_)
            | Op::Set(Setting::AllowResize(_) | Setting::MarkKernelReservations(_)) => {}
            Op::Change(MapChange::Add(piece)) => self.add(*piece),
            Op::Change(MapChange::Remove(range)) => self.remove(*range),
            Op::Change(MapChange::SetNode(range, nid)) => self.update(*range, |piece| piece.nid = *nid),
            Op::Change(MapChange::SetFlags(range, flags)) => {
                let flags = flags.without(MemFlags::OF_RESERVED);
                self.update(*range, |piece| piece.flags = piece.flags.with(flags));
            }
            Op::Change(MapChange::ClearFlags(range, flags)) => {
                self.update(*range, |piece| piece.flags = piece.flags.without(*flags));
            }
            Op::Set(Setting::BottomUp(on)) => self.bottom_up = *on,
            Op::Set(Setting::CurrentLimit(limit)) => self.limit = limit.map(|limit| limit.0),
            Op::Set(Setting::MovableNode(on)) => self.movable_node = *on,
            Op::Set(Setting::KhoScratchOnly(on)) => self.scratch_only = *on,
            Op::Doubled { array, at, .. } => {
                // An array takes up whole pages, and the one before it is given back.
                let end = at.end().checked_align_up(self.page.max(1)).unwrap_or(at.end());
                let whole = AddrRange::clamped(at.start(), end);
                self.reserve(whole);
                if let Some(old) = self.arrays[usize::from(*array == Array::Reserved)].replace(whole) {
                    self.free(old);
                }
            }
        }
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
        let kinds: &[MemFlags] = match (self.scratch_only, mirrored && !request.hugetlb) {
            (true, _) => &[MemFlags::KHO_SCRATCH],
            (false, true) => &[MemFlags::MIRROR, MemFlags::NONE],
            (false, false) => &[MemFlags::NONE],
        };
        for &from in minima {
            for &only in kinds {
                let search = Search { size: request.size, align, from, end, nid, only };
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

    /// Where an allocator that is given this request puts it: it has no floor but what the request says.
    pub(super) fn replay(&self, request: &AllocRequest) -> Option<PhysAddr> {
        let (kind, from) = match (request.goal, request.node) {
            (Goal::AtLeast(from), _) => (RequestKind::Phys, from),
            (Goal::Prefer(from), NodeChoice::Exact(_)) => (RequestKind::ExactNode, from),
            (Goal::Prefer(from), _) => (RequestKind::Any, from),
        };
        let written = Request {
            kind,
            size: request.size,
            align: request.align,
            nid: request.node.nid().map(Nid::get),
            from: from.0,
            max_addr: request.limit.map_or(0, |limit| limit.0),
            hugetlb: false,
            caller: String::new(),
        };
        if self.floor == 0 {
            return self.answer(&written);
        }
        Self { floor: 0, ..self.clone() }.answer(&written)
    }

    fn find(&self, search: Search) -> Option<PhysAddr> {
        let from = search.from.max(self.page);
        let end = search.end.max(from);
        let usable = |piece: &&MemoryRange| {
            let hotplug = piece.flags.has(MemFlags::HOTPLUG) && self.movable_node;
            (search.nid.is_none() || piece.nid == search.nid)
                && !hotplug
                && !piece.flags.untouchable()
                && piece.flags.has(search.only)
        };
        if self.bottom_up && end > self.floor {
            let window = AddrRange::clamped(PhysAddr(from.max(self.floor)), PhysAddr(end));
            let fits = |gap: AddrRange| {
                let at = gap.start().checked_align_up(search.align)?;
                (at < gap.end() && gap.end().0 - at.0 >= search.size).then_some(at)
            };
            let mut pieces = self.memory.iter().filter(usable);
            let found =
                pieces.find_map(|piece| self.reserved.gaps(piece.range.intersection(window)).find_map(fits));
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
        pieces.find_map(|piece| self.reserved.gaps(piece.range.intersection(window)).rev().find_map(fits))
    }
}

#[derive(Clone, Copy)]
struct Search {
    size: u64,
    align: u64,
    from: u64,
    end: u64,
    nid: Option<Nid>,
    /// The flags that memory must have.
    only: MemFlags,
}
