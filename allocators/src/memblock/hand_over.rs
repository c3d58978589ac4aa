//! What is free goes to the page allocator in the largest aligned blocks.

use super::allocator::MemblockAllocator;
use super::region::{Attrs, Region};
use super::reservations::Reservations as _;
use super::style::Style;
use crate::blocks::one_by_one;
use crate::runs::coalesce;
use crate::{AddrRange, BlockSink, MemFlags, Nid, PageCount, PhysAddr};

/// Memory that may be unplugged is ordinary memory from here on.
fn without_hotplug(attrs: Attrs) -> Attrs {
    attrs.with_flags(attrs.flags().without(MemFlags::HOTPLUG))
}

impl<S: Style> MemblockAllocator<'_, S> {
    /// Calls `visit` for each stretch of memory on nodes that are `wanted`, ascending, that free ranges are not cut in.
    ///
    /// Memory whose node was never learnt belongs to the node that the machine's map names.
    fn windows(&self, wanted: impl Fn(Option<Nid>) -> bool, visit: &mut dyn FnMut(AddrRange)) {
        let usable = |region: &&Region| !region.attrs.flags().untouchable();
        let mut regions = self.memory.regions().iter().filter(usable).peekable();
        while let Some(first) = regions.next() {
            let attrs = without_hotplug(first.attrs);
            let mut end = first.end;
            while let Some(next) =
                regions.next_if(|next| next.start == end && without_hotplug(next.attrs) == attrs)
            {
                end = next.end;
            }
            let stretch = AddrRange::clamped(first.start, end);
            if wanted(attrs.nid()) {
                visit(stretch);
            } else if attrs.nid().is_none() {
                let pieces = self.map.nodes().iter().filter(|piece| wanted(piece.nid));
                let parts = pieces.map(|piece| (piece.range.intersection(stretch), piece.nid));
                let parts = parts.filter(|(part, _)| !part.is_empty());
                // Pieces of one node that touch differ in flags, which do not count here.
                let joined = coalesce(parts, |(part, nid), (next, other)| nid == other && part.absorb(*next));
                joined.for_each(|(part, _)| visit(part));
            }
        }
    }

    /// Calls `visit` for each free range on nodes that are `wanted`, ascending, cut where windows are.
    pub(super) fn free_on(&self, wanted: impl Fn(Option<Nid>) -> bool, visit: &mut dyn FnMut(AddrRange)) {
        let mut cursor = 0;
        self.windows(wanted, &mut |window| {
            self.reserved.for_each_gap(&mut cursor, window, |from, to| visit(AddrRange::clamped(from, to)));
        });
    }

    /// The first byte of `range` on a node that was handed over.
    pub(super) fn first_released(&self, range: AddrRange) -> Option<PhysAddr> {
        let released = |nid: Option<Nid>| nid.is_some_and(|nid| self.retired.contains(nid));
        let mut first = None;
        if self.any_retired && !range.is_empty() {
            self.windows(released, &mut |window| {
                first = first.or(window.overlaps(range).then(|| window.start().max(range.start())));
            });
        }
        first
    }

    /// Hands over what is free on the nodes that are `wanted`, in one walk, as the kernel does for all.
    pub(super) fn hand_over_on(&self, wanted: impl Fn(Nid) -> bool, sink: &mut dyn BlockSink) -> PageCount {
        let mut count = 0;
        self.free_on(|owner| owner.is_some_and(&wanted), &mut |free| {
            let pages = free.pages_inside(self.map.page());
            one_by_one(pages, self.map.max_order(), sink);
            count += pages.count().0;
        });
        PageCount(count)
    }
}
