//! What became of each block that the recorded kernel had: for frees, which speak of parts of them.

use std::collections::BTreeMap;

use allocators::{AddrRange, PhysAddr};
use rangemap::RangeMap;

use crate::trace::{Op, Trace};

/// What made a block: a record by its index, or a reservation of the start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Source {
    Start(usize),
    Record(usize),
}

/// Some bytes of a recorded block, counted from its beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Part {
    pub(super) source: Source,
    from: u64,
    to: u64,
}

/// A block on the new machine that stands for a recorded one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Copy {
    /// The node that it was made for, by rank; `None` if it was made once.
    rank: Option<usize>,
    block: AddrRange,
}

/// All blocks.
pub(super) struct Blocks {
    /// For each record what it frees.
    frees: Vec<Vec<Part>>,
    copies: BTreeMap<Source, (u64, Vec<Copy>)>,
    page: u64,
}

impl Blocks {
    /// Those of a recorded boot, of which there are no copies yet.
    pub(super) fn of(boot: &Trace) -> Self {
        let mut live: RangeMap<u64, (Source, u64)> = RangeMap::new();
        let mut copies = BTreeMap::new();
        let mut begin = |live: &mut RangeMap<u64, (Source, u64)>, range: AddrRange, source| {
            if !range.is_empty() {
                live.insert(range.start().0..range.end().0, (source, range.start().0));
                copies.insert(source, (range.size(), Vec::new()));
            }
        };
        for (index, start) in boot.reserved.iter().enumerate() {
            begin(&mut live, start.range, Source::Start(index));
        }
        let mut frees = Vec::with_capacity(boot.records.len());
        for (index, record) in boot.records.iter().enumerate() {
            let mut parts = Vec::new();
            match &record.op {
                Op::Reserve(range) => begin(&mut live, *range, Source::Record(index)),
                Op::Alloc(request, Some(at)) => {
                    if let Some(range) = AddrRange::from_size(*at, request.size) {
                        begin(&mut live, range, Source::Record(index));
                    }
                }
                Op::Free(range) if !range.is_empty() => {
                    let bytes = range.start().0..range.end().0;
                    parts.extend(live.overlapping(&bytes).map(|(piece, &(source, base))| Part {
                        source,
                        from: piece.start.max(bytes.start) - base,
                        to: piece.end.min(bytes.end) - base,
                    }));
                    live.remove(bytes);
                }
                _ => {}
            }
            frees.push(parts);
        }
        Self { frees, copies, page: boot.header.page_size.bytes() }
    }

    /// What the record of this index frees.
    pub(super) fn freed(&self, index: usize) -> &[Part] {
        self.frees.get(index).map_or(&[], Vec::as_slice)
    }

    pub(super) fn copy(&mut self, source: Source, rank: Option<usize>, block: AddrRange) {
        if let Some((_, copies)) = self.copies.get_mut(&source) {
            copies.push(Copy { rank, block });
        }
    }

    /// The parts that are freed with the record of this index, of all copies or of one node's.
    pub(super) fn parts(&self, index: usize, rank: Option<usize>) -> Vec<AddrRange> {
        let mut parts = Vec::new();
        for part in self.freed(index) {
            let Some((size, copies)) = self.copies.get(&part.source) else { continue };
            let wanted = copies.iter().filter(|copy| rank.is_none() || copy.rank == rank);
            parts.extend(wanted.map(|copy| scale(copy.block, *size, part, self.page)));
        }
        parts.retain(|part| !part.is_empty());
        parts
    }
}

/// What a part of a block of `size` bytes is of `block`: the same where that has the same size, else in proportion and in
/// whole pages.
fn scale(block: AddrRange, size: u64, part: &Part, page: u64) -> AddrRange {
    let at = |offset: u64| match offset {
        0 => 0,
        _ if block.size() == size => offset,
        _ if offset == size => block.size(),
        _ => super::counts::scaled(offset, size, block.size()).min(block.size()) / page * page,
    };
    let place = |offset: u64| PhysAddr(block.start().0 + at(offset));
    AddrRange::clamped(place(part.from), place(part.to))
}
