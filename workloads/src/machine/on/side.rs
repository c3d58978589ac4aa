//! The nodes and the memory of a machine, as the rules need them.

use std::collections::BTreeMap;

use allocators::{AddrRange, MemoryRange, Nid, PhysAddr};

use crate::beyond::Sections;
use crate::ranges::Ranges;
use crate::trace::{Machine, Trace};

/// One of the two machines.
pub(super) struct Side {
    /// The nodes that own memory, ascending, with it.
    pub(super) nodes: Vec<(Nid, Ranges)>,
    /// All memory.
    pub(super) memory: Ranges,
    /// Bytes of a page.
    pub(super) page: u64,
    /// Bytes of a section, in which a kernel keeps struct pages; `None` where it keeps them for all pages up to the last.
    section: Option<u64>,
}

impl Side {
    /// The machine that `boot` was recorded on.
    pub(super) fn recorded(boot: &Trace) -> Self {
        Self::new(&Machine::of(boot).nodes, boot)
    }

    /// A machine with this memory and the kernel of `boot`.
    pub(super) fn new(memory: &[MemoryRange], boot: &Trace) -> Self {
        let page = boot.header.page_size.bytes();
        let mut nodes: BTreeMap<Nid, Ranges> = BTreeMap::new();
        for piece in memory {
            if let Some(nid) = piece.nid.or(Nid::new(0)) {
                nodes.entry(nid).or_default().insert(piece.range);
            }
        }
        let section = match Sections::usual(&boot.header.arch, page) {
            Some(Sections::Of(bytes)) => Some(bytes),
            Some(Sections::Flat) => None,
            // Most have this size, and what is in proportion to sections hardly depends on it.
            None => Some(128 << 20),
        };
        Self {
            nodes: nodes.into_iter().collect(),
            memory: memory.iter().map(|piece| piece.range).collect(),
            page,
            section,
        }
    }

    /// The place of a node among those with memory.
    pub(super) fn rank(&self, nid: Nid) -> Option<usize> {
        self.nodes.iter().position(|(known, _)| *known == nid)
    }

    /// The first byte of memory, rounded down to where a boot loader would put a kernel.
    pub(super) fn base(&self) -> u64 {
        self.memory.as_slice().first().map_or(0, |piece| piece.start().0) >> 24 << 24
    }

    /// The first byte after all memory.
    pub(super) fn end(&self) -> u64 {
        self.memory.as_slice().last().map_or(0, |piece| piece.end().0)
    }

    pub(super) fn section(&self) -> u64 {
        self.section.unwrap_or(128 << 20)
    }

    /// How much of a node takes struct pages: sections that have memory, or pages from its first to its last.
    pub(super) fn units(&self, rank: usize) -> u64 {
        let Some((_, memory)) = self.nodes.get(rank) else { return 0 };
        let units = self.section.map_or_else(
            || {
                let (first, last) = (memory.as_slice().first(), memory.as_slice().last());
                let span = first.zip(last).map_or(0, |(first, last)| last.end().0 - first.start().0);
                span.div_ceil(self.page)
            },
            |section| touched(memory, section),
        );
        units.max(1)
    }

    /// The same of all nodes.
    pub(super) fn all_units(&self) -> u64 {
        (0..self.nodes.len()).map(|rank| self.units(rank)).sum::<u64>().max(1)
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> u64 {
        self.memory.iter().map(AddrRange::size).sum()
    }

    /// Whether any memory lies between these addresses.
    pub(super) fn has_memory(&self, from: u64, to: u64) -> bool {
        let window = AddrRange::clamped(PhysAddr(from), PhysAddr(to));
        self.memory.iter().any(|piece| piece.overlaps(window))
    }
}

/// How many windows of `size` bytes have any of this memory in them.
pub(super) fn touched(memory: &Ranges, size: u64) -> u64 {
    let (mut count, mut next) = (0, 0);
    for piece in memory.iter() {
        let first = (piece.start().0 / size).max(next);
        let end = piece.end().0.div_ceil(size);
        count += end.saturating_sub(first);
        next = next.max(end);
    }
    count
}
