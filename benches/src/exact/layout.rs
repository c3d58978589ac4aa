//! What lies where at the end of a boot.

mod pieces;
mod track;

#[cfg(test)]
mod tests;

use allocators::{AddrRange, PageSize, PfnRange, PhysAddr};
use rangemap::RangeMap;
use serde::{Deserialize, Serialize};
use workloads::replay::Program;
use workloads::trace::Trace;

use crate::bounded;

pub use pieces::{Piece, Pieces, PiecesError};
pub(super) use track::{FirstOwner, Track};

/// What lies where at the end of a boot, page by page, and what the machine's addresses belong to. All of it is exact.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Layout {
    /// The size of a page in bytes.
    pub page_bytes: u64,
    /// From page 0 to the end of memory, without gaps.
    pub pieces: Pieces,
    /// Which node owns which pages, ascending; a node may own several stretches.
    #[serde(deserialize_with = "bounded::list::<_, _, { bounded::STRETCHES }>")]
    pub nodes: Vec<Stretch>,
    /// The kernel's zones, ascending, if the log names them.
    #[serde(deserialize_with = "bounded::list::<_, _, { bounded::STRETCHES }>")]
    pub zones: Vec<Stretch>,
}

/// A named stretch of pages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stretch {
    /// The node's number, or the zone's name.
    pub name: String,
    /// Its first page.
    pub first: u64,
    /// The page behind its last.
    pub end: u64,
}

/// What a page holds. Where several things share a page, the last of this list counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Content {
    /// No memory.
    Hole,
    /// Memory that may never be handed out, or was taken away during the boot.
    Untouchable,
    /// Free, and handed over to the page allocator.
    Free,
    /// Not free, though nobody asked for it: the allocator's own tables, and what is left of partly used pages.
    Own,
    /// Reserved where it lies: the kernel's image, firmware tables, the initrd.
    Fixed,
    /// Allocated in a request of 1 GiB or more.
    Alloc1g,
    /// Allocated in a request of 2 MiB or more, below 1 GiB.
    Alloc2m,
    /// Allocated in a request of 64 KiB or more, below 2 MiB.
    Alloc64k,
    /// Allocated in a request of 4 KiB or more, below 64 KiB.
    Alloc4k,
    /// Allocated in a request of less than 4 KiB.
    AllocBelow4k,
}

impl Content {
    /// All of them, in order.
    pub const ALL: [Self; 10] = [
        Self::Hole,
        Self::Untouchable,
        Self::Free,
        Self::Own,
        Self::Fixed,
        Self::Alloc1g,
        Self::Alloc2m,
        Self::Alloc64k,
        Self::Alloc4k,
        Self::AllocBelow4k,
    ];

    /// What an allocation of so many bytes leaves.
    #[must_use]
    pub const fn of_size(bytes: u64) -> Self {
        match bytes {
            0..0x1000 => Self::AllocBelow4k,
            0x1000..0x1_0000 => Self::Alloc4k,
            0x1_0000..0x20_0000 => Self::Alloc64k,
            0x20_0000..0x4000_0000 => Self::Alloc2m,
            _ => Self::Alloc1g,
        }
    }
}

impl Layout {
    /// What lies where at the end of `program`, which is `trace` made ready: what is free then, and whose the rest is.
    pub(super) fn of(trace: &Trace, program: &Program, free: &[AddrRange], owners: &Track) -> Self {
        let page = program.machine.page;
        Self {
            page_bytes: page.bytes(),
            pieces: Pieces::of(&paint(program, free, owners)),
            nodes: nodes(program),
            zones: zones(trace, page),
        }
    }
}

/// Paints what is known coarsely first, so that the finer stays on top.
fn paint(program: &Program, free: &[AddrRange], owners: &Track) -> RangeMap<u64, Content> {
    let page = program.machine.page;
    let mut canvas = RangeMap::new();
    for piece in &program.machine.nodes {
        let content = if piece.flags.untouchable() { Content::Untouchable } else { Content::Own };
        fill(&mut canvas, piece.range.pages_inside(page), content);
    }
    let memory = canvas.clone();
    let over = |canvas: &mut RangeMap<u64, Content>, pages: PfnRange, content| {
        let wanted = pages.start().0..pages.end().0;
        if !wanted.is_empty() {
            for (part, _) in memory.overlapping(&wanted) {
                canvas.insert(part.start.max(wanted.start)..part.end.min(wanted.end), content);
            }
        }
    };
    for range in free {
        over(&mut canvas, range.pages_inside(page), Content::Free);
    }
    for range in owners.removed() {
        over(&mut canvas, range.pages_touched(page), Content::Untouchable);
    }
    for content in Content::ALL {
        for range in owners.owned_as(content) {
            over(&mut canvas, range.pages_touched(page), content);
        }
    }
    canvas
}

fn fill(canvas: &mut RangeMap<u64, Content>, pages: PfnRange, content: Content) {
    if !pages.is_empty() {
        canvas.insert(pages.start().0..pages.end().0, content);
    }
}

fn nodes(program: &Program) -> Vec<Stretch> {
    let page = program.machine.page;
    let mut nodes: Vec<Stretch> = Vec::new();
    for piece in &program.machine.nodes {
        let Some(nid) = piece.nid else { continue };
        let (name, pages) = (nid.to_string(), piece.range.pages_inside(page));
        match nodes.last_mut() {
            // Holes inside a node are seen from the pieces.
            Some(last) if last.name == name => last.end = pages.end().0,
            _ => nodes.push(Stretch { name, first: pages.start().0, end: pages.end().0 }),
        }
    }
    nodes
}

fn zones(trace: &Trace, page: PageSize) -> Vec<Stretch> {
    let stretch = |name: &str, range: AddrRange| {
        let pages = range.pages_touched(page);
        Stretch { name: name.into(), first: pages.start().0, end: pages.end().0 }
    };
    trace.zones.iter().map(|zone| stretch(&zone.name, zone.range)).collect()
}

/// The bytes of a range as the interval sets take them; `None` when there are none.
fn bytes(range: AddrRange) -> Option<std::ops::Range<u64>> {
    (!range.is_empty()).then(|| range.start().0..range.end().0)
}

fn addrs(range: &std::ops::Range<u64>) -> AddrRange {
    AddrRange::clamped(PhysAddr(range.start), PhysAddr(range.end))
}
