//! Which memory a search passes over, and where in the rest a block fits.

use super::allocator::MemblockAllocator;
use super::region::{Attrs, Region};
use super::reservations::Reservations;
use super::style::Style;
use crate::{AddrRange, MemFlags, Nid, NodeSet, PhysAddr};

/// What is found: where a block begins, and what the list keeps of the place.
pub(super) type FoundBy<'m, S> = (PhysAddr, <<S as Style>::Reserved<'m> as Reservations<'m>>::Found);

/// A block that is looked for, and where.
#[derive(Clone, Copy)]
pub struct Search {
    pub(crate) size: u64,
    /// A power of two.
    pub(crate) align: u64,
    pub(super) start: PhysAddr,
    pub(super) end: PhysAddr,
    /// The only node to be searched, if any.
    pub(crate) nid: Option<Nid>,
    /// The flags that memory must have: of mirrors, of scratch memory, or none.
    pub(crate) only: MemFlags,
}

/// Memory, and what of it is looked at.
pub struct Look<'a> {
    pub(crate) memory: &'a [Region],
    pub(crate) movable_node: bool,
    pub(super) any_retired: bool,
    pub(super) retired: &'a NodeSet,
}

impl Search {
    /// A search anywhere, or on a node.
    #[cfg(test)]
    pub(crate) fn new(size: u64, align: u64, nid: Option<Nid>) -> Self {
        Self { size, align, start: PhysAddr(0), end: PhysAddr(u64::MAX), nid, only: MemFlags::NONE }
    }

    /// The lowest block between two addresses, if it fits.
    #[inline]
    pub(crate) fn lowest(&self, from: PhysAddr, to: PhysAddr) -> Option<PhysAddr> {
        let block = from.checked_align_up(self.align)?;
        (block < to && to.0 - block.0 >= self.size).then_some(block)
    }

    /// The highest.
    #[inline]
    pub(crate) fn highest(&self, from: PhysAddr, to: PhysAddr) -> Option<PhysAddr> {
        let block = PhysAddr(to.0.checked_sub(self.size)?).align_down(self.align);
        (block >= from).then_some(block)
    }
}

#[cfg(test)]
impl<'a> Look<'a> {
    /// All of `memory`, but for what is on nodes that are `retired`.
    pub(crate) fn new(memory: &'a [Region], retired: &'a NodeSet) -> Self {
        Self { memory, movable_node: false, any_retired: false, retired }
    }
}

impl Look<'_> {
    /// Whether a search leaves memory like this alone.
    #[inline]
    pub(crate) fn passes_over(&self, search: &Search, memory: Attrs) -> bool {
        let flags = memory.flags();
        search.nid.is_some_and(|nid| memory.nid() != Some(nid))
            || !flags.has(search.only)
            || (flags != MemFlags::NONE
                && (flags.untouchable() || (self.movable_node && flags.has(MemFlags::HOTPLUG))))
            || self.is_retired(memory)
    }

    /// Whether memory like this was handed over. Nobody can tell for memory of no node, so once any node was, it counts.
    #[inline]
    fn is_retired(&self, memory: Attrs) -> bool {
        self.any_retired && memory.nid().is_none_or(|nid| self.retired.contains(nid))
    }
}

impl<'m, S: Style> MemblockAllocator<'m, S> {
    /// The address of the first block that fits, from the top or from the bottom.
    ///
    /// Page 0 is never given: an address of 0 meant failure to the kernel.
    pub(super) fn find(&mut self, search: &Search) -> Option<FoundBy<'m, S>> {
        let start = search.start.max(PhysAddr(self.map.page().bytes()));
        let within = AddrRange::clamped(start, search.end);
        let look = Look {
            memory: self.memory.regions(),
            movable_node: self.movable_node,
            any_retired: self.any_retired,
            retired: &self.retired,
        };
        self.reserved.find(search, within, self.bottom_up, &look)
    }
}
