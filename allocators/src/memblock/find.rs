//! Which memory a search passes over, and where in the rest a block fits.

use super::allocator::MemblockAllocator;
use super::region::Attrs;
use super::style::{Found as _, Style};
use super::walk::{gaps_down, gaps_up};
use crate::{AddrRange, MemFlags, Nid, PhysAddr};

/// A block that is looked for, and where.
#[derive(Clone, Copy)]
pub(super) struct Search {
    pub(super) size: u64,
    /// A power of two.
    pub(super) align: u64,
    pub(super) start: PhysAddr,
    pub(super) end: PhysAddr,
    /// The only node to be searched, if any.
    pub(super) nid: Option<Nid>,
    /// Whether only mirrored memory will do.
    pub(super) mirror: bool,
}

impl<S: Style> MemblockAllocator<'_, S> {
    /// The address of the first block that fits, from the top or from the bottom.
    ///
    /// Page 0 is never given: an address of 0 meant failure to the kernel.
    pub(super) fn find(&self, search: &Search) -> Option<(PhysAddr, S::Found)> {
        let start = search.start.max(PhysAddr(self.map.page().bytes()));
        let within = AddrRange::clamped(start, search.end);
        if self.bottom_up { self.find_up(search, within) } else { self.find_down(search, within) }
    }

    fn find_up(&self, search: &Search, within: AddrRange) -> Option<(PhysAddr, S::Found)> {
        let mut cursor = 0;
        let memory = self.memory.regions().iter();
        memory.filter(|region| !self.passes_over(search, region.attrs)).find_map(|region| {
            let window = region.range().intersection(within);
            gaps_up::<S, _>(self.reserved.regions(), &mut cursor, window, |from, to, index| {
                let block = from.checked_align_up(search.align)?;
                (block < to && to.0 - block.0 >= search.size).then_some((block, S::Found::before(index)))
            })
        })
    }

    fn find_down(&self, search: &Search, within: AddrRange) -> Option<(PhysAddr, S::Found)> {
        let mut cursor = self.reserved.regions().len();
        let memory = self.memory.regions().iter().rev();
        memory.filter(|region| !self.passes_over(search, region.attrs)).find_map(|region| {
            let window = region.range().intersection(within);
            gaps_down::<S, _>(self.reserved.regions(), &mut cursor, window, |from, to, index| {
                let block = PhysAddr(to.0.checked_sub(search.size)?).align_down(search.align);
                (block >= from).then_some((block, S::Found::before(index)))
            })
        })
    }

    /// Whether a search leaves memory like this alone.
    #[inline]
    fn passes_over(&self, search: &Search, memory: Attrs) -> bool {
        let flags = memory.flags();
        search.nid.is_some_and(|nid| memory.nid() != Some(nid))
            || (search.mirror && !flags.has(MemFlags::MIRROR))
            || (flags != MemFlags::NONE
                && (flags.untouchable() || (self.movable_node && flags.has(MemFlags::HOTPLUG))))
            || self.is_retired(memory)
    }

    /// Whether memory like this was handed over. Nobody can tell for memory of no node, so once any node was, it counts.
    #[inline]
    pub(super) fn is_retired(&self, memory: Attrs) -> bool {
        self.any_retired && memory.nid().is_none_or(|nid| self.retired.contains(nid))
    }
}
