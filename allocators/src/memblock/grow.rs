//! Making room in the tables, whose memory comes from the machine like any other.

use super::allocator::MemblockAllocator;
use super::find::Search;
use super::region::{Attrs, Region};
use super::style::Style;
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

impl<'m, S: Style> MemblockAllocator<'m, S> {
    #[inline]
    pub(super) fn list(&mut self, list: List) -> &mut Table<'m, S> {
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
            // To the kernel's second search, an end of 0 or 1 means the current limit, so that it looks everywhere.
            Err(Full) if range.start() <= PhysAddr(1) => self.make_room(list, 2, AddrRange::default()),
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
        let attrs = self.reserved_attrs(None);
        match old.home() {
            // As in the kernel the old array is freed before the new one is reserved: whoever had freed the old one before
            // may have let the new one lie in it. A free leaves at least one slot of the two that it asks for.
            Some(old_home) if self.reserved.has_room(2) => {
                self.reserved.remove(old_home);
                self.add(List::Reserved, home, attrs)
            }
            Some(old_home) => self.swap_arrays(list, old, old_home, home),
            None => self.add(List::Reserved, home, attrs).inspect_err(|_| *self.list(list) = old),
        }
    }

    /// Reserves the new array of a list of memory and frees the old one while the list of reservations is full too.
    ///
    /// The kernel frees first, so that the list of reservations is moved while the new array is nobody's, and finds the
    /// very same place for itself: two lists in the same memory. Here the new array is reserved first.
    fn swap_arrays(
        &mut self,
        list: List,
        old: Table<'m, S>,
        old_home: AddrRange,
        home: AddrRange,
    ) -> Result<(), Full> {
        let attrs = self.reserved_attrs(None);
        if let Err(full) = self.add(List::Reserved, home, attrs) {
            *self.list(list) = old;
            return Err(full);
        }
        // Where this cannot be noted, the old array stays reserved.
        if self.remove(List::Reserved, old_home).is_ok() {
            // What the caller had freed of the old array may hold either list by now; each is a part of one region.
            for own in [Some(home), self.reserved.home()].into_iter().flatten() {
                let noted = self.add(List::Reserved, own, attrs);
                debug_assert!(noted.is_ok(), "the free that went before leaves a slot");
            }
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
            .or_else(|| self.find_on_any_node(size, PhysAddr(0), below))?
            .0;
        let home = AddrRange::from_size(addr, size)?;
        let slots = records(self.arrays.as_mut()?.at(home)?).get_mut(..count)?;
        Some((home, slots))
    }

    /// A page-aligned block, in mirrored memory if there is any.
    fn find_on_any_node(&self, size: u64, start: PhysAddr, end: PhysAddr) -> Option<(PhysAddr, S::Found)> {
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
