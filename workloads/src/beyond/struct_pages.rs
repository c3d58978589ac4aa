//! How many struct pages are initialised when.
//!
//! Every page has a struct page. While zones are set up, the kernel walks memory region by region and zone by zone and
//! initialises what it meets; holes within sections that have memory get theirs, too. With deferred initialisation it stops in
//! the last zone of each node after a section's worth, at the next section; the rest waits for threads after the hand-over.
//! What is reserved there cannot wait: the hand-over initialises it page by page, each with a look-up of its node.
//!
//! Source: `memmap_init`, `defer_init`, `init_unavailable_range` and `reserve_bootmem_region` of 6.1 to 7.3, described in
//! words of ours. Held against the kernel itself: the number is that of the calls of `__init_single_page` in each counted boot.

use std::collections::BTreeMap;

use allocators::{AddrRange, MemFlags, Nid};
use rangemap::RangeMap;

use crate::trace::{Header, Trace};

use super::state::State;

/// The granularity in which a kernel keeps struct pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sections {
    /// Of sections of so many bytes, a power of two, those that have memory (SPARSEMEM).
    Of(u64),
    /// Of all pages up to the last one of memory (FLATMEM).
    Flat,
}

/// Whether struct pages of the last zone of a node wait for after the hand-over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Defer {
    /// They do (`CONFIG_DEFERRED_STRUCT_PAGE_INIT`).
    Yes,
    /// They do, but those of a region that does not end where its node does are all initialised early, as in 5.8 to 5.10: the
    /// kernel then asked for the end of the region where it had asked for that of the zone. Mended in 5.11, and in 5.10.6.
    ///
    /// Source: `mm: memmap_init: iterate over memblock regions rather that check each PFN` (5.8), `mm: memmap defer init doesn't
    /// work as expected` (5.11).
    ByRegion,
    /// They do not.
    No,
}

/// Struct pages of one node in one zone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NodeZone {
    /// The node.
    pub nid: Nid,
    /// The zone.
    pub zone: String,
    /// Initialised while zones are set up.
    pub early: u64,
    /// Left for after the hand-over, those of `one_by_one` and `never` among them.
    pub deferred: u64,
}

/// Struct pages of a boot, by when they are initialised.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Initialised {
    /// By node and zone, in the order of the kernel's walk.
    pub node_zones: Vec<NodeZone>,
    /// Of holes in sections that have memory.
    pub holes: u64,
    /// One by one in the hand-over, because they are reserved and were deferred. A page that two reservations share counts
    /// for each, as the kernel does its work.
    pub one_by_one: u64,
    /// Reserved and never initialised (NOINIT).
    pub never: u64,
    /// Regions of memory that the walk visits for each zone of each node.
    pub region_visits: u64,
    /// Calls to initialise what is reserved: one for each reserved region, and for each that may not be mapped.
    pub reserved_calls: u64,
}

impl Sections {
    /// The usual size of an architecture with pages of `page` bytes, if it is known.
    ///
    /// Source: `SECTION_SIZE_BITS` of each.
    #[must_use]
    pub fn usual(arch: &str, page: u64) -> Option<Self> {
        let bits = match (arch, page) {
            ("i386" | "i686", _) => return Some(Self::Flat),
            ("arm64" | "aarch64", 65536) => 29,
            ("x86_64" | "arm64" | "aarch64", _) => 27,
            ("s390" | "s390x", _) => 28,
            ("powerpc" | "ppc64el" | "ppc64le" | "ppc64", _) => 24,
            _ => return None,
        };
        Some(Self::Of(1 << bits))
    }
}

impl Sections {
    fn pages(self, page: u64) -> Option<u64> {
        match self {
            Self::Of(bytes) => Some((bytes / page).max(1)),
            Self::Flat => None,
        }
    }
}

impl Defer {
    /// What the recorded kernel does, if it is configured as Debian's are: its 64-bit ones that can defer do.
    #[must_use]
    pub fn usual(header: &Header) -> Self {
        let by_region = header.kernel_at_least(5, 8) && !header.kernel_at_least(5, 10);
        match header.arch.as_str() {
            "x86_64" | "arm64" | "aarch64" | "s390" | "s390x" | "powerpc" | "ppc64el" | "ppc64le"
            | "ppc64" => {
                if by_region {
                    Self::ByRegion
                } else {
                    Self::Yes
                }
            }
            _ => Self::No,
        }
    }
}

impl Initialised {
    /// Initialised while zones are set up, in memory.
    #[must_use]
    pub fn early(&self) -> u64 {
        self.node_zones.iter().map(|part| part.early).sum()
    }

    /// Left for after the hand-over while zones are set up.
    #[must_use]
    pub fn deferred(&self) -> u64 {
        self.node_zones.iter().map(|part| part.deferred).sum()
    }

    /// Initialised up to the end of the hand-over, one at a time.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.early() + self.holes + self.one_by_one
    }
}

/// A piece of memory in page frames.
struct Piece {
    nid: Nid,
    start: u64,
    end: u64,
}

/// The walk over zones.
struct Walk {
    /// Pages of a section; `None` if there are none.
    section: Option<u64>,
    defer: Defer,
    /// The end of each node.
    ends: BTreeMap<Nid, u64>,
    /// From where on each node's struct pages are deferred.
    first_deferred: BTreeMap<Nid, u64>,
    /// The end of the zone of a node that was last initialised, and how many pages of it were.
    counted: (u64, u64),
}

/// The struct pages of the boot that `trace` is of; `None` if its log did not name the zones.
#[must_use]
pub fn struct_pages(trace: &Trace, sections: Sections, defer: Defer) -> Option<Initialised> {
    let state = State::end(trace);
    let reserved = state.reserved.iter().map(|(bytes, (_, flags))| (bytes.clone(), *flags));
    of(trace, &state, reserved, sections, defer)
}

/// The same, had an allocator left these ranges reserved at the end, ascending, as one of another kind does; the struct pages of
/// `noinit` are not to be initialised.
#[must_use]
pub fn struct_pages_with(
    trace: &Trace,
    reserved: &[AddrRange],
    noinit: &[AddrRange],
    sections: Sections,
    defer: Defer,
) -> Option<Initialised> {
    of(trace, &State::end(trace), marked(reserved, noinit).into_iter(), sections, defer)
}

/// The ranges that are reserved, cut where those begin and end that are marked.
fn marked(reserved: &[AddrRange], noinit: &[AddrRange]) -> Vec<(std::ops::Range<u64>, MemFlags)> {
    let mut marks: RangeMap<u64, ()> = RangeMap::new();
    for range in noinit.iter().filter(|range| !range.is_empty()) {
        marks.insert(range.start().0..range.end().0, ());
    }
    let mut pieces = Vec::new();
    for range in reserved.iter().filter(|range| !range.is_empty()) {
        let whole = range.start().0..range.end().0;
        let first = pieces.len();
        pieces.extend(marks.gaps(&whole).map(|piece| (piece, MemFlags::NONE)));
        pieces.extend(
            marks.overlapping(&whole).map(|(mark, ())| {
                (mark.start.max(whole.start)..mark.end.min(whole.end), MemFlags::RSRV_NOINIT)
            }),
        );
        pieces[first..].sort_by_key(|(piece, _)| piece.start);
    }
    pieces
}

fn of(
    trace: &Trace,
    state: &State,
    reserved: impl Iterator<Item = (std::ops::Range<u64>, MemFlags)>,
    sections: Sections,
    defer: Defer,
) -> Option<Initialised> {
    if trace.zones.is_empty() {
        return None;
    }
    let page = trace.header.page_size.bytes();
    let pieces: Vec<Piece> = state
        .memory
        .iter()
        .filter_map(|(bytes, (nid, _))| {
            // Memory of no node belongs to node 0, where a kernel without NUMA puts it.
            let nid = nid.or(Nid::new(0))?;
            Some(Piece { nid, start: bytes.start.div_ceil(page), end: bytes.end / page })
        })
        .filter(|piece| piece.start < piece.end)
        .collect();
    let mut walk = Walk::new(&pieces, sections.pages(page), defer);
    let mut found = Initialised::default();
    let zones: Vec<(&str, u64, u64)> = trace
        .zones
        .iter()
        .map(|zone| (zone.name.as_str(), zone.range.start().0 / page, zone.range.end().0.div_ceil(page)))
        .collect();
    let mut hole = 0;
    for piece in &pieces {
        for (name, zone_start, zone_end) in &zones {
            let (start, end) = (piece.start.max(*zone_start), piece.end.min(*zone_end));
            if start >= end {
                continue;
            }
            found.region_visits += 1;
            let early = walk.early(piece.nid, *zone_end, start, end);
            found.count(piece.nid, name, early, end - start - early);
            found.holes += walk.present(&pieces, hole, start);
            hole = end;
        }
    }
    if let Some(section) = walk.section {
        found.holes += walk.present(&pieces, hole, hole.next_multiple_of(section));
    }
    let skips = trace.header.kernel_at_least(6, 5);
    for (bytes, flags) in reserved {
        let (start, end) = (bytes.start / page, bytes.end.div_ceil(page));
        let late = walk.deferred(&pieces, start, end);
        if skips && flags.has(MemFlags::RSRV_NOINIT) {
            found.never += late;
        } else {
            found.reserved_calls += 1;
            found.one_by_one += late;
        }
    }
    for (bytes, _) in state.memory.iter().filter(|(_, (_, flags))| flags.has(MemFlags::NOMAP)) {
        found.reserved_calls += 1;
        found.one_by_one += walk.deferred(&pieces, bytes.start / page, bytes.end.div_ceil(page));
    }
    Some(found)
}

impl Initialised {
    fn count(&mut self, nid: Nid, zone: &str, early: u64, deferred: u64) {
        let known = self.node_zones.iter_mut().find(|part| part.nid == nid && part.zone == zone);
        if let Some(part) = known {
            part.early += early;
            part.deferred += deferred;
        } else {
            self.node_zones.push(NodeZone { nid, zone: zone.into(), early, deferred });
        }
    }
}

impl Walk {
    fn new(pieces: &[Piece], section: Option<u64>, defer: Defer) -> Self {
        let mut ends = BTreeMap::new();
        for piece in pieces {
            let end = ends.entry(piece.nid).or_insert(piece.end);
            *end = piece.end.max(*end);
        }
        Self { section, defer, ends, first_deferred: BTreeMap::new(), counted: (0, 0) }
    }

    /// How many of the pages from `start` to `end`, of a node's zone that ends at `zone_end` or with the node, are initialised.
    fn early(&mut self, nid: Nid, zone_end: u64, start: u64, end: u64) -> u64 {
        let node_end = self.ends.get(&nid).copied().unwrap_or(end);
        let zone_end = zone_end.min(node_end);
        // Lower zones are for those who can use no other memory.
        let last = match self.defer {
            Defer::Yes => zone_end == node_end,
            Defer::ByRegion => end == node_end,
            Defer::No => false,
        };
        let (Some(section), true) = (self.section, last) else {
            return end - start;
        };
        if self.first_deferred.contains_key(&nid) {
            return 0;
        }
        if self.counted.0 != zone_end {
            self.counted = (zone_end, 0);
        }
        // The first page beyond a section's worth that begins a section.
        let first = (start + section.saturating_sub(self.counted.1)).next_multiple_of(section);
        if first < end {
            self.first_deferred.insert(nid, first);
            self.counted.1 += first - start + 1;
            return first - start;
        }
        self.counted.1 += end - start;
        end - start
    }

    /// How many pages from `start` to `end` lie in sections that have memory.
    fn present(&self, pieces: &[Piece], start: u64, end: u64) -> u64 {
        self.sections_of(pieces, start, end).map(|(start, end)| end - start).sum()
    }

    /// The parts of the pages from `start` to `end` that lie in sections that have memory.
    fn sections_of<'p>(
        &self,
        pieces: &'p [Piece],
        start: u64,
        end: u64,
    ) -> impl Iterator<Item = (u64, u64)> + 'p {
        let section = self.section.unwrap_or(1 << 40);
        // Without sections, all is as one that is never left. Pieces ascend, so that those before are skipped, not walked, and
        // two may share a section.
        let first = pieces.partition_point(|piece| piece.end.next_multiple_of(section) <= start);
        let mut from = start;
        let near = pieces[first..].iter().take_while(move |piece| piece.start / section * section < end);
        near.filter_map(move |piece| {
            let first = (piece.start / section * section).max(from);
            let last = piece.end.next_multiple_of(section).min(end);
            (first < last).then(|| {
                from = last;
                (first, last)
            })
        })
    }

    /// How many pages from `start` to `end` have struct pages that were deferred.
    fn deferred(&self, pieces: &[Piece], start: u64, end: u64) -> u64 {
        if self.first_deferred.is_empty() {
            return 0;
        }
        let mut sum = 0;
        for (first, last) in self.sections_of(pieces, start, end) {
            let mut at = first;
            while at < last {
                let (nid, stop) = node_at(pieces, at, last);
                let from = self.first_deferred.get(&nid).map_or(stop, |deferred| at.max(*deferred).min(stop));
                sum += stop - from;
                at = stop;
            }
        }
        sum
    }
}

/// The node that the kernel takes the page `at` to be on, and up to where, at most `end`: in holes the first one.
fn node_at(pieces: &[Piece], at: u64, end: u64) -> (Nid, u64) {
    let next = pieces.partition_point(|piece| piece.end <= at);
    match pieces.get(next) {
        Some(piece) if piece.start <= at => (piece.nid, piece.end.min(end)),
        Some(piece) => (pieces[0].nid, piece.start.min(end)),
        None => (pieces[0].nid, end),
    }
}
