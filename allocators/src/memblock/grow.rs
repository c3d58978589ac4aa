//! Making room in the tables, whose memory comes from the machine like any other.

use super::allocator::MemblockAllocator;
use super::find::Search;
use super::region::{Attrs, Region};
use super::table::Table;
use crate::{AddrRange, MemFlags, Nid, PageCount, PhysAddr, records};

/// Which of the two lists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Memory,
    Reserved,
}

/// A list is full and cannot grow. Nothing has changed, except that a list which doubled on the way stays so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Full;

impl<'m> MemblockAllocator<'m> {
    #[inline]
    pub(super) fn list(&mut self, list: List) -> &mut Table<'m> {
        match list {
            List::Memory => &mut self.memory,
            List::Reserved => &mut self.reserved,
        }
    }

    /// Adds what of `range` is not in `list` yet.
    #[inline]
    pub(super) fn add(&mut self, list: List, range: AddrRange, attrs: Attrs) -> Result<(), Full> {
        if range.is_empty() {
            return Ok(());
        }
        let mut place = self.list(list).place(range);
        if !self.list(list).has_room(place.gaps) {
            self.make_room(list, place.gaps, range)?;
            // The list's new memory is a region of its own that may lie below.
            place = self.list(list).place(range);
        }
        self.list(list).add(place, range, attrs);
        Ok(())
    }

    /// Removes what of `range` is in `list`.
    #[inline]
    pub(super) fn remove(&mut self, list: List, range: AddrRange) -> Result<(), Full> {
        if !range.is_empty() {
            self.make_room_to_split(list, range)?;
            self.list(list).remove(range);
        }
        Ok(())
    }

    /// Sees to it that two regions can be split off at the ends of `range`. As in the kernel, that is asked for even
    /// where nothing needs to be split: a list with fewer than two free slots grows for each free.
    #[inline]
    pub(super) fn make_room_to_split(&mut self, list: List, range: AddrRange) -> Result<(), Full> {
        if self.list(list).has_room(2) {
            return Ok(());
        }
        match self.make_room(list, 2, range) {
            // To the kernel's second search, an end of 0 means the current limit, so that it looks everywhere.
            Err(Full) if range.start() == PhysAddr(0) => self.make_room(list, 2, AddrRange::default()),
            done => done,
        }
    }

    /// Doubles `list` until `more` regions fit in. `range` is what room is made for.
    #[cold]
    fn make_room(&mut self, list: List, more: usize, range: AddrRange) -> Result<(), Full> {
        while !self.list(list).has_room(more) {
            self.double(list, range)?;
        }
        Ok(())
    }

    fn double(&mut self, list: List, range: AddrRange) -> Result<(), Full> {
        // Only a list of reservations must not move into the very range that is being reserved.
        let avoid = if list == List::Reserved { range } else { AddrRange::default() };
        let count = self.list(list).capacity() * 2;
        let (home, slots) = self.new_array(count, avoid).ok_or(Full)?;
        let old = self.list(list).move_to(slots, home);
        let old_home = old.home();
        if let Err(full) = self.add(List::Reserved, home, self.reserved_attrs(None)) {
            *self.list(list) = old;
            return Err(full);
        }
        if let Some(old_home) = old_home {
            // Where this cannot be noted, the old memory stays reserved, as in the kernel. The kernel frees it before
            // it reserves the new, and if the reserved list doubles in between, that may move into the new memory.
            let _ = self.remove(List::Reserved, old_home);
        }
        Ok(())
    }

    /// Finds memory for `count` regions: above `avoid` if possible, else below.
    fn new_array(&mut self, count: usize, avoid: AddrRange) -> Option<(AddrRange, &'m mut [Region])> {
        if !self.can_resize {
            return None;
        }
        let PageCount(pages) = self.map.page().pages_for((count * size_of::<Region>()) as u64);
        let size = pages << self.map.page().shift();
        let below = avoid.start().min(self.current_limit);
        let addr = self
            .find_on_any_node(size, avoid.end(), self.current_limit)
            .or_else(|| self.find_on_any_node(size, PhysAddr(0), below))?;
        let home = AddrRange::from_size(addr, size)?;
        let slots = records(self.arrays.as_mut()?.at(home)?).get_mut(..count)?;
        Some((home, slots))
    }

    /// A page-aligned block, in mirrored memory if there is any.
    fn find_on_any_node(&self, size: u64, start: PhysAddr, end: PhysAddr) -> Option<PhysAddr> {
        let search = Search { size, align: self.map.page().bytes(), start, end, nid: None, mirror: true };
        let mirrored = if self.has_mirror { self.find(&search) } else { None };
        mirrored.or_else(|| self.find(&Search { mirror: false, ..search }))
    }

    /// What is noted about memory that this allocator takes itself, asked for on `nid`.
    #[inline]
    pub(super) fn reserved_attrs(&self, nid: Option<Nid>) -> Attrs {
        if self.mark_kernel { Attrs::new(nid, MemFlags::RSRV_KERN) } else { Attrs::PLAIN }
    }
}
