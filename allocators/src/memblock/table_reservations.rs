//! The table as a list of reservations.

use core::mem::size_of;

use super::Memblock;
use super::find::{Look, Search};
use super::region::{Attrs, Region};
use super::reservations::Reservations;
use super::style::{Found as _, Walk};
use super::table::{Place, Table};
use super::walk::gaps_up;
use crate::{AddrRange, MemoryMap, PhysAddr, records};

impl<'m, W: Walk> Reservations<'m> for Table<'m, W> {
    type Place = Place;
    type Found = W::Found;

    fn words(_: &MemoryMap<'_>) -> usize {
        Memblock::STATIC_REGIONS * size_of::<Region>() / 8
    }

    fn new(words: &'m mut [u64], _: &MemoryMap<'_>) -> Self {
        Table::new(records(words))
    }

    fn bytes(regions: usize) -> usize {
        regions * size_of::<Region>()
    }

    fn move_to(
        &mut self,
        regions: usize,
        words: &'m mut [u64],
        home: AddrRange,
    ) -> Option<Option<AddrRange>> {
        Some(Table::move_to(self, records(words).get_mut(..regions)?, home).home())
    }

    fn home(&self) -> Option<AddrRange> {
        Table::home(self)
    }

    fn capacity(&self) -> usize {
        Table::capacity(self)
    }

    #[inline]
    fn has_room(&self, more: usize) -> bool {
        Table::has_room(self, more)
    }

    fn regions(&self) -> impl ExactSizeIterator<Item = Region> {
        Table::regions(self).iter().copied()
    }

    #[inline]
    fn first_overlapping(&self, range: AddrRange) -> Option<Region> {
        self.overlapping(range).next().copied()
    }

    #[inline]
    fn add_alone(&mut self, range: AddrRange, attrs: Attrs) -> bool {
        W::HALVES && Table::has_room(self, 1) && Table::add_alone(self, range, attrs)
    }

    #[inline]
    fn place(&self, range: AddrRange) -> Place {
        Table::place(self, range)
    }

    fn place_by_halving(&self, range: AddrRange) -> Place {
        self.place_from(self.halved(range.start()), range)
    }

    #[inline]
    fn gaps(place: Place) -> usize {
        place.gaps
    }

    #[inline]
    fn add(&mut self, place: Place, range: AddrRange, attrs: Attrs) {
        Table::add(self, place, range, attrs);
    }

    #[inline]
    fn add_found(&mut self, found: W::Found, block: AddrRange, attrs: Attrs) -> bool {
        match found.index() {
            Some(index) if Table::has_room(self, 1) => {
                self.add_before(index, block, attrs);
                true
            }
            _ => false,
        }
    }

    #[inline]
    fn remove(&mut self, range: AddrRange) {
        Table::remove(self, range);
    }

    #[inline]
    fn change(&mut self, range: AddrRange, to: impl Fn(Attrs) -> Attrs) {
        Table::change(self, range, to);
    }

    #[inline]
    fn find(
        &mut self,
        search: &Search,
        within: AddrRange,
        up: bool,
        look: &Look<'_>,
    ) -> Option<(PhysAddr, W::Found)> {
        let reserved = Table::regions(self);
        if up {
            let mut cursor = 0;
            for region in look.memory {
                if !look.passes_over(region.attrs)
                    && let window = region.range().intersection(within)
                    && let Some(found) = W::lowest(reserved, &mut cursor, window, search)
                {
                    return Some(found);
                }
            }
        } else {
            let mut cursor = reserved.len();
            for region in look.memory.iter().rev() {
                if !look.passes_over(region.attrs)
                    && let window = region.range().intersection(within)
                    && let Some(found) = W::highest(reserved, &mut cursor, window, search)
                {
                    return Some(found);
                }
            }
        }
        None
    }

    #[inline]
    fn for_each_gap(&self, cursor: &mut usize, window: AddrRange, mut visit: impl FnMut(PhysAddr, PhysAddr)) {
        gaps_up::<W, _>(Table::regions(self), cursor, window, |from, to, _| {
            visit(from, to);
            None::<()>
        });
    }
}
