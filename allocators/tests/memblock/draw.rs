//! Machines and their state as pictures, one character a page.

use allocators::memblock::{Memblock, MemblockAllocator};
use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BumpMemory, Goal, MemFlags, MemoryMap,
    MemoryRange, Metadata, Nid, NodeChoice, Order, PageSize, Pfn, PhysAddr, Setting, Strategy,
};

pub(crate) const PAGE: u64 = 0x1000;

pub(crate) fn nid(number: u32) -> Nid {
    Nid::new(number).unwrap()
}

/// The pages from `start` up to `end`.
pub(crate) fn pages(start: u64, end: u64) -> AddrRange {
    bytes(start * PAGE, end * PAGE)
}

pub(crate) fn bytes(start: u64, end: u64) -> AddrRange {
    AddrRange::new(PhysAddr(start), PhysAddr(end)).unwrap()
}

/// The pages in a row that are drawn alike, with what they are drawn as. A `.` is nothing.
pub(crate) fn runs(picture: &str) -> Vec<(AddrRange, char)> {
    let mut runs: Vec<(AddrRange, char)> = Vec::new();
    for (page, drawn) in (0..).zip(picture.chars()).filter(|&(_, drawn)| drawn != '.') {
        match runs.last_mut() {
            Some((range, last)) if *last == drawn && range.end().0 == page * PAGE => {
                *range = bytes(range.start().0, (page + 1) * PAGE);
            }
            _ => runs.push((pages(page, page + 1), drawn)),
        }
    }
    runs
}

/// Memory as drawn: a digit is the node, `?` is memory whose node nobody knows yet.
pub(crate) fn memory(picture: &str) -> Vec<MemoryRange> {
    let piece = |(range, drawn): (AddrRange, char)| MemoryRange {
        range,
        nid: drawn.to_digit(10).map(nid),
        flags: MemFlags::NONE,
    };
    runs(picture).into_iter().map(piece).collect()
}

/// Draws ranges that lie on whole pages.
pub(crate) fn draw(ranges: impl Iterator<Item = (AddrRange, char)>, len: usize) -> String {
    let mut picture = vec!['.'; len];
    for (range, drawn) in ranges {
        let (start, end) = (range.start().0 / PAGE, range.end().0.div_ceil(PAGE));
        for page in start..end.min(len as u64) {
            picture[usize::try_from(page).unwrap()] = drawn;
        }
    }
    picture.into_iter().collect()
}

/// An allocator on the machine drawn as `nodes`, with what is drawn as `x` reserved. Its tables may grow.
pub(crate) fn boot(nodes: &str, reserved: &str) -> MemblockAllocator<'static> {
    let memory = memory(nodes);
    let known = memory.iter().map(|piece| MemoryRange { nid: piece.nid.or(Nid::new(0)), ..*piece });
    let map = MemoryMap::new(PageSize::KIB_4, Vec::leak(known.collect())).unwrap();
    let mut new = build(map.with_start(Vec::leak(memory)).unwrap(), true);
    for (range, _) in runs(reserved) {
        new.reserve(range, allocators::Exclusive::No).unwrap();
    }
    new
}

/// An allocator on `map`, whose tables may grow if `grows` says so.
pub(crate) fn build(map: MemoryMap<'static>, grows: bool) -> MemblockAllocator<'static> {
    build_with_spare(map, grows.then_some(1 << 16))
}

/// An allocator on `map`, whose tables may grow into so many words.
pub(crate) fn build_with_spare(map: MemoryMap<'static>, spare: Option<usize>) -> MemblockAllocator<'static> {
    let metadata = Metadata::new(Vec::leak(vec![0; Memblock.metadata_words(&map)]));
    let metadata = match spare {
        Some(words) => metadata.with_arrays(Box::leak(Box::new(BumpMemory::new(Vec::leak(vec![0; words]))))),
        None => metadata,
    };
    Memblock.build(map, metadata).unwrap()
}

/// The reserved pages as drawn for `boot`.
pub(crate) fn reserved(memblock: &MemblockAllocator<'_>, len: usize) -> String {
    draw(memblock.reserved().map(|region| (region.range, 'x')), len)
}

/// The free pages, drawn as `-`.
pub(crate) fn free(memblock: &MemblockAllocator<'_>, len: usize) -> String {
    let mut ranges = Vec::new();
    memblock.for_each_free(&mut |range| ranges.push((range, '-')));
    draw(ranges.into_iter(), len)
}

/// The pages of each region of memory, with its node and flags.
pub(crate) fn memory_of(memblock: &MemblockAllocator<'_>) -> Vec<(u64, u64, Option<u32>, u32)> {
    let region = |piece: MemoryRange| {
        let (start, end) = (piece.range.start().0 / PAGE, piece.range.end().0 / PAGE);
        (start, end, piece.nid.map(Nid::get), piece.flags.0)
    };
    memblock.memory().map(region).collect()
}

/// A request for `count` whole pages.
pub(crate) fn of_pages(count: u64) -> AllocRequest {
    AllocRequest::new(count * PAGE, PAGE)
}

pub(crate) fn prefer(page: u64) -> Goal {
    Goal::Prefer(PhysAddr(page * PAGE))
}

pub(crate) fn at_least(page: u64) -> Goal {
    Goal::AtLeast(PhysAddr(page * PAGE))
}

pub(crate) fn below(page: u64) -> PhysAddr {
    PhysAddr(page * PAGE)
}

pub(crate) fn exact(number: u32) -> NodeChoice {
    NodeChoice::Exact(nid(number))
}

pub(crate) fn on(number: u32) -> NodeChoice {
    NodeChoice::Prefer(nid(number))
}

/// The page that `request` is given, searching upward or downward.
pub(crate) fn page_of(
    memblock: &mut MemblockAllocator<'_>,
    bottom_up: bool,
    request: &AllocRequest,
) -> Result<u64, AllocError> {
    memblock.set(Setting::BottomUp(bottom_up));
    memblock.alloc(request).map(|addr| addr.0 / PAGE)
}

/// The blocks that are handed over for a node: first page and order.
#[derive(Default)]
pub(crate) struct Blocks(pub(crate) Vec<(u64, u8)>);

impl BlockSink for Blocks {
    fn block(&mut self, first: Pfn, order: Order) {
        self.0.push((first.0, order.0));
    }
}
