//! The memory of a machine: which addresses are usable, and which node owns them.

use crate::runs::coalesce;
use crate::{AddrRange, MapError, Nid, NodeSet, Order, PageSize, PfnRange, PhysAddr};

/// What memblock notes about a range of memory; the bits are the kernel's own.
///
/// Source: `enum memblock_flags` of 6.1; the last four came with 6.7, with 6.16 (two of them), and with 7.3.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
#[repr(transparent)]
pub struct MemFlags(pub u32);

impl MemFlags {
    /// Ordinary memory.
    pub const NONE: Self = Self(0);
    /// May be unplugged later; skipped while `movable_node` is on.
    pub const HOTPLUG: Self = Self(1);
    /// Mirrored: preferred while any such memory exists.
    pub const MIRROR: Self = Self(2);
    /// Not to be mapped by the kernel, so never handed out.
    pub const NOMAP: Self = Self(4);
    /// Added by a driver after boot, so never handed out.
    pub const DRIVER_MANAGED: Self = Self(8);
    /// On reserved ranges: their page descriptors stay uninitialised.
    pub const RSRV_NOINIT: Self = Self(0x10);
    /// On reserved ranges: taken by the kernel's own allocation.
    pub const RSRV_KERN: Self = Self(0x20);
    /// What the kernel that handed over by kexec promised never to preserve anything in: the only memory that is given
    /// out while [`Setting::KhoScratchOnly`](crate::Setting::KhoScratchOnly) is on.
    pub const KHO_SCRATCH: Self = Self(0x40);
    /// On reserved ranges, beside [`RSRV_KERN`](Self::RSRV_KERN): huge pages set aside for user space.
    pub const RSRV_HUGETLB: Self = Self(0x80);
    /// Those that are noted on reserved ranges; all others are of memory.
    pub const OF_RESERVED: Self = Self(Self::RSRV_NOINIT.0 | Self::RSRV_KERN.0 | Self::RSRV_HUGETLB.0);

    /// What an allocator must never hand out.
    pub const UNTOUCHABLE: Self = Self(Self::NOMAP.0 | Self::DRIVER_MANAGED.0);

    /// Whether all bits of `other` are set.
    #[must_use]
    #[inline]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any bit of `other` is set.
    #[must_use]
    #[inline]
    pub const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether an allocator must never hand this memory out.
    #[must_use]
    #[inline]
    pub const fn untouchable(self) -> bool {
        self.any(Self::UNTOUCHABLE)
    }

    /// These bits and those of `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These bits without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// One contiguous piece of memory. `nid` is `None` only where the kernel did not know the node yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct MemoryRange {
    /// Its bytes; not necessarily whole pages.
    pub range: AddrRange,
    /// The node that owns it.
    pub nid: Option<Nid>,
    /// What else is known of it.
    pub flags: MemFlags,
}

/// A machine's memory, as an allocator is given it.
///
/// [`nodes`](Self::nodes) is all memory that the machine ever has, each piece with its node: a node may own several,
/// and those of different nodes may interleave. What lies in none of them is a hole. [`start`](Self::start) is what of
/// it is usable, and free, at the beginning; it differs from `nodes` when a boot adds memory late or learns its node
/// ids late, which a range list lives through and a bitmap, sized once, does not see.
///
/// Both lists ascend and do not overlap. Pieces of one node that touch count as one; a page that is not all on one node
/// belongs to none.
#[derive(Clone, Copy, Debug)]
pub struct MemoryMap<'m> {
    page: PageSize,
    max_order: Order,
    nodes: &'m [MemoryRange],
    start: &'m [MemoryRange],
    nids: NodeSet,
}

impl<'m> MemoryMap<'m> {
    /// The order of the largest block that the page allocator takes on most machines (`MAX_PAGE_ORDER`).
    pub const DEFAULT_MAX_ORDER: Order = Order(10);
    /// The largest order that a page allocator may be said to take.
    pub const LARGEST_ORDER: Order = Order(31);

    /// A machine whose memory is `nodes`, all of it usable from the start.
    ///
    /// # Errors
    /// [`MapError`] names the first piece that is empty, out of order, overlapping, or of no node.
    pub fn new(page: PageSize, nodes: &'m [MemoryRange]) -> Result<Self, MapError> {
        ascending(nodes)?;
        let mut nids = NodeSet::EMPTY;
        for piece in nodes {
            nids.insert(piece.nid.ok_or(MapError::NoNode(piece.range))?);
        }
        Ok(Self { page, max_order: Self::DEFAULT_MAX_ORDER, nodes, start: nodes, nids })
    }

    /// The same machine, of whose memory only `start` is usable at the beginning; node ids may be missing there.
    ///
    /// # Errors
    /// [`MapError`] as for [`new`](Self::new), and for a piece of which any byte belongs to no node.
    pub fn with_start(mut self, start: &'m [MemoryRange]) -> Result<Self, MapError> {
        ascending(start)?;
        if let Some(piece) = start.iter().find(|piece| self.first_outside(piece.range).is_some()) {
            return Err(MapError::OutsideNodes(piece.range));
        }
        self.start = start;
        Ok(self)
    }

    /// The first byte of `range` that is never memory.
    pub(crate) fn first_outside(&self, range: AddrRange) -> Option<PhysAddr> {
        let mut at = range.start();
        for piece in meeting(self.nodes, range) {
            if piece.range.start() > at {
                break;
            }
            at = piece.range.end();
        }
        (at < range.end()).then_some(at)
    }

    /// The same machine with `nid` on line, though it may own no memory.
    #[must_use]
    pub fn with_node(mut self, nid: Nid) -> Self {
        self.nids.insert(nid);
        self
    }

    /// The same machine, whose page allocator takes blocks of at most `order`, or
    /// [`LARGEST_ORDER`](Self::LARGEST_ORDER) if that is less.
    #[must_use]
    pub fn with_max_order(mut self, order: Order) -> Self {
        self.max_order = order.min(Self::LARGEST_ORDER);
        self
    }

    /// The size of its pages.
    #[must_use]
    #[inline]
    pub const fn page(&self) -> PageSize {
        self.page
    }

    /// The order of the largest block that its page allocator takes.
    #[must_use]
    pub const fn max_order(&self) -> Order {
        self.max_order
    }

    /// All memory that it ever has, ascending, each piece with its node.
    #[must_use]
    #[inline]
    pub const fn nodes(&self) -> &'m [MemoryRange] {
        self.nodes
    }

    /// The memory that is usable at the beginning, ascending.
    #[must_use]
    pub const fn start(&self) -> &'m [MemoryRange] {
        self.start
    }

    /// The nodes that are on line, those without memory included.
    #[must_use]
    #[inline]
    pub const fn nids(&self) -> &NodeSet {
        &self.nids
    }

    /// The whole pages of each node, ascending; where two touch, their nodes differ.
    pub fn owned_pages(&self) -> impl Iterator<Item = (PfnRange, Nid)> + use<'m> {
        let page = self.page;
        let pieces = self.nodes.iter().filter_map(|piece| Some((piece.range, piece.nid?)));
        let joined = coalesce(pieces, |(range, nid), (next, owner)| nid == owner && range.absorb(*next));
        joined.map(move |(range, nid)| (range.pages_inside(page), nid)).filter(|(pages, _)| !pages.is_empty())
    }

    /// From the first byte of memory to the last; empty when there is none.
    #[must_use]
    pub fn span(&self) -> AddrRange {
        match (self.nodes.first(), self.nodes.last()) {
            (Some(first), Some(last)) => AddrRange::clamped(first.range.start(), last.range.end()),
            _ => AddrRange::clamped(PhysAddr(0), PhysAddr(0)),
        }
    }
}

/// Those of `pieces`, which ascend, that have bytes in `range`.
pub(crate) fn meeting(pieces: &[MemoryRange], range: AddrRange) -> impl Iterator<Item = &MemoryRange> {
    let first = pieces.partition_point(|piece| piece.range.end() <= range.start());
    pieces[first..].iter().take_while(move |piece| piece.range.start() < range.end())
}

/// Checks that pieces are not empty, ascend and do not overlap.
fn ascending(pieces: &[MemoryRange]) -> Result<(), MapError> {
    let mut end = PhysAddr(0);
    for piece in pieces {
        if piece.range.is_empty() {
            return Err(MapError::Empty(piece.range));
        }
        if piece.range.start() < end {
            return Err(MapError::NotAscending(piece.range));
        }
        end = piece.range.end();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(start: u64, end: u64, nid: u32) -> MemoryRange {
        let range = AddrRange::new(PhysAddr(start), PhysAddr(end)).unwrap();
        MemoryRange { range, nid: Nid::new(nid), flags: MemFlags::NONE }
    }

    /// ```text
    /// nid  1       0       1
    ///      +-------+-------+-------+
    /// MiB  0       1       2       3
    /// ```
    #[test]
    fn nodes_may_interleave_but_not_overlap() {
        let mib = 1 << 20;
        let pieces = [piece(0, mib, 1), piece(mib, 2 * mib, 0), piece(2 * mib, 3 * mib, 1)];
        let map = MemoryMap::new(PageSize::KIB_4, &pieces).unwrap();
        assert!(map.nids().iter().eq([0, 1].map(|nid| Nid::new(nid).unwrap())));
        assert_eq!(map.span().size(), 3 * mib);

        let twice = [piece(0, mib, 0), piece(mib - 1, 2 * mib, 1)];
        assert_eq!(
            MemoryMap::new(PageSize::KIB_4, &twice).unwrap_err(),
            MapError::NotAscending(twice[1].range)
        );
    }

    #[test]
    fn what_is_usable_at_the_start_must_belong_to_a_node() {
        let pieces = [piece(0, 0x1000, 0), piece(0x1000, 0x2000, 1), piece(0x3000, 0x4000, 1)];
        let map = MemoryMap::new(PageSize::KIB_4, &pieces).unwrap();
        let across_nodes = [MemoryRange { nid: None, ..piece(0x800, 0x1800, 0) }];
        assert!(map.with_start(&across_nodes).is_ok());
        for bad in [[piece(0x1800, 0x2001, 0)], [piece(0x2000, 0x3000, 0)], [piece(0x1000, 0x4000, 0)]] {
            assert_eq!(map.with_start(&bad).unwrap_err(), MapError::OutsideNodes(bad[0].range));
        }
    }
}
