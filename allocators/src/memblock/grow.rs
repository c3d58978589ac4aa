//! Making room in the tables, whose memory comes from the machine like any other.

use super::allocator::MemblockAllocator;
use super::find::{FoundBy, Search};
use super::region::{Attrs, Region};
use super::reservations::Reservations;
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

/// Does the same with either list.
macro_rules! with {
    ($self:ident.$list:expr, |$it:ident| $do:expr) => {
        match $list {
            List::Memory => {
                let $it = &mut $self.memory;
                $do
            }
            List::Reserved => {
                let $it = &mut $self.reserved;
                $do
            }
        }
    };
}

impl<'m, S: Style> MemblockAllocator<'m, S> {
    #[inline]
    fn has_room(&mut self, list: List, more: usize) -> bool {
        with!(self.list, |it| it.has_room(more))
    }

    /// Adds what of `range` is not in `list` yet.
    #[inline]
    pub(super) fn add(&mut self, list: List, range: AddrRange, attrs: Attrs) -> Result<(), Full> {
        match list {
            List::Memory => self.add_to(|this| &mut this.memory, list, range, attrs),
            List::Reserved => self.add_to(|this| &mut this.reserved, list, range, attrs),
        }
    }

    #[inline]
    fn add_to<R: Reservations<'m>>(
        &mut self,
        of: impl Fn(&mut Self) -> &mut R,
        list: List,
        range: AddrRange,
        attrs: Attrs,
    ) -> Result<(), Full> {
        if range.is_empty() {
            return Ok(());
        }
        if of(self).add_alone(range, attrs) {
            return Ok(());
        }
        let mut place = of(self).place(range);
        let gaps = R::gaps(place);
        if !of(self).has_room(gaps) {
            self.make_room(list, gaps, range)?;
            // The list's new memory is a region of its own that may lie below.
            place = of(self).place(range);
        }
        of(self).add(place, range, attrs);
        Ok(())
    }

    /// Adds what of `range` is not reserved yet, as [`add`](Self::add) does, but finds its place by halving whatever the style.
    pub(super) fn add_by_halving(&mut self, range: AddrRange, attrs: Attrs) -> Result<(), Full> {
        if range.is_empty() {
            return Ok(());
        }
        let place = self.reserved.place_by_halving(range);
        if !self.reserved.has_room(S::Reserved::gaps(place)) {
            return self.add(List::Reserved, range, attrs);
        }
        self.reserved.add(place, range, attrs);
        Ok(())
    }

    /// Removes what of `range` is in `list`.
    #[inline]
    pub(super) fn remove(&mut self, list: List, range: AddrRange) -> Result<(), Full> {
        if !range.is_empty() {
            self.make_room_to_split(list, range)?;
            with!(self.list, |it| it.remove(range));
        }
        Ok(())
    }

    /// Sees to it that two regions can be split off at the ends of `range`. As in the kernel, that is asked for even
    /// where nothing needs to be split: a list with fewer than two free slots grows for each free.
    #[inline]
    pub(super) fn make_room_to_split(&mut self, list: List, range: AddrRange) -> Result<(), Full> {
        if self.has_room(list, 2) {
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
        while !self.has_room(list, more) {
            self.double(list, range)?;
        }
        Ok(())
    }

    fn double(&mut self, list: List, range: AddrRange) -> Result<(), Full> {
        let attrs = self.reserved_attrs(None);
        if list == List::Reserved {
            // It must not move into the very range that is being reserved.
            let count = self.reserved.capacity() * 2;
            let (home, words) = self.new_array(S::Reserved::bytes(count), range).ok_or(Full)?;
            let old_home = self.reserved.move_to(count, words, home).ok_or(Full)?;
            if let Some(old_home) = old_home {
                // As in the kernel the old array is freed before the new one is reserved: whoever had freed the old one
                // before may have let the new one lie in it.
                self.reserved.remove(old_home);
            }
            return self.add(List::Reserved, home, attrs);
        }
        let count = self.memory.capacity() * 2;
        let size = count * size_of::<Region>();
        let (home, words) = self.new_array(size, AddrRange::default()).ok_or(Full)?;
        let slots = records(words).get_mut(..count).ok_or(Full)?;
        let old = self.memory.move_to(slots, home);
        match old.home() {
            // A free leaves at least one slot of the two that it asks for.
            Some(old_home) if self.reserved.has_room(2) => {
                self.reserved.remove(old_home);
                self.add(List::Reserved, home, attrs)
            }
            Some(old_home) => self.swap_arrays(old, old_home, home),
            None => self.add(List::Reserved, home, attrs).inspect_err(|_| self.memory = old),
        }
    }

    /// Reserves the new array of the list of memory and frees the old one while the list of reservations is full too.
    ///
    /// The kernel frees first, so that the list of reservations is moved while the new array is nobody's, and finds the
    /// very same place for itself: two lists in the same memory. Here the new array is reserved first.
    fn swap_arrays(
        &mut self,
        old: Table<'m, S::Walk>,
        old_home: AddrRange,
        home: AddrRange,
    ) -> Result<(), Full> {
        let attrs = self.reserved_attrs(None);
        if let Err(full) = self.add(List::Reserved, home, attrs) {
            self.memory = old;
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

    /// Finds so many bytes of memory: above `avoid` if possible, else below.
    fn new_array(&mut self, bytes: usize, avoid: AddrRange) -> Option<(AddrRange, &'m mut [u64])> {
        if !self.can_resize {
            return None;
        }
        let PageCount(pages) = self.map.page().pages_for(bytes as u64);
        let size = pages << self.map.page().shift();
        let (limit, below) = (self.current_limit, avoid.start().min(self.current_limit));
        let above = self.find_on_any_node(size, avoid.end(), limit);
        let (addr, _) = above.or_else(|| self.find_on_any_node(size, PhysAddr(0), below))?;
        let home = AddrRange::from_size(addr, size)?;
        Some((home, self.arrays.as_mut()?.at(home)?))
    }

    /// A page-aligned block, of the first kind of memory that has one.
    fn find_on_any_node(&mut self, size: u64, start: PhysAddr, end: PhysAddr) -> Option<FoundBy<'m, S>> {
        let align = self.map.page().bytes();
        let (only, then) = self.kinds();
        let search = Search { size, align, start, end, nid: None, only };
        self.find(&search).or_else(|| self.find(&Search { only: then?, ..search }))
    }

    /// What is noted about memory that this allocator takes itself, asked for on `nid`.
    #[inline]
    pub(super) fn reserved_attrs(&self, nid: Option<Nid>) -> Attrs {
        if self.mark_kernel { Attrs::new(nid, MemFlags::RSRV_KERN) } else { Attrs::PLAIN }
    }
}
