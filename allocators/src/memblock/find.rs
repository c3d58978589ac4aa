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
    /// What a region must have in those bits of its attributes that matter.
    wanted: Attrs,
    matter: u64,
    /// Nodes that were handed over, if any was.
    retired: Option<&'a NodeSet>,
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

impl<'a> Look<'a> {
    /// Looks at memory in which `search` may find a block, and that is not hot-pluggable if the kernel keeps off that.
    #[inline]
    pub(crate) fn new(memory: &'a [Region], search: &Search, movable_node: bool) -> Self {
        let mut matter = MemFlags::UNTOUCHABLE.with(search.only);
        if movable_node {
            matter = matter.with(MemFlags::HOTPLUG);
        }
        let node = if search.nid.is_some() { Attrs::NODE } else { 0 };
        let matter = Attrs::new(None, matter).bits() & !Attrs::NODE | node;
        Self { memory, wanted: Attrs::new(search.nid, search.only), matter, retired: None }
    }

    /// Whether the search leaves memory like this alone.
    #[inline]
    pub(crate) fn passes_over(&self, memory: Attrs) -> bool {
        (memory.bits() ^ self.wanted.bits()) & self.matter != 0
            || self.retired.is_some_and(|retired| is_retired(retired, memory))
    }
}

/// Whether memory like this was handed over. Nobody can tell for memory of no node, so once any node was, it counts.
#[cold]
fn is_retired(retired: &NodeSet, memory: Attrs) -> bool {
    memory.nid().is_none_or(|nid| retired.contains(nid))
}

impl<'m, S: Style> MemblockAllocator<'m, S> {
    /// The address of the first block that fits, from the top or from the bottom.
    ///
    /// Page 0 is never given: an address of 0 meant failure to the kernel.
    pub(super) fn find(&mut self, search: &Search) -> Option<FoundBy<'m, S>> {
        let start = search.start.max(PhysAddr(self.map.page().bytes()));
        let within = AddrRange::clamped(start, search.end);
        let mut look = Look::new(self.memory.regions(), search, self.movable_node);
        look.retired = self.any_retired.then_some(&self.retired);
        self.reserved.find(search, within, self.bottom_up, &look)
    }
}
