//! The tree as memblock's list of reservations.

use super::node::{Entry, Gap};
use super::tree::Tree;
use crate::memblock::{Attrs, Region};
use crate::{AddrRange, PhysAddr};

impl<const L: usize, const F: usize> Tree<'_, L, F> {
    /// How many stretches of `range`, which is not empty, are in no region.
    #[inline]
    pub(super) fn gaps(&self, range: AddrRange) -> usize {
        let (mut gaps, mut covered) = (0, range.start());
        let mut next = self.locate(range.start());
        while let Some(place) = next {
            let region = self.entry(place).region;
            if region.start >= range.end() {
                break;
            }
            gaps += usize::from(region.start > covered);
            covered = region.end;
            next = self.above(place);
        }
        gaps + usize::from(covered < range.end())
    }

    /// Adds what of `range` is in no region yet. There are nodes for each of its gaps.
    #[inline]
    pub(super) fn add(&mut self, range: AddrRange, attrs: Attrs) {
        let mut from = range.start();
        while let Some((_, Entry { region, .. })) = self.first_above(from) {
            let to = region.start.min(range.end());
            if from < to {
                self.fill(Region { start: from, end: to, attrs });
            }
            from = region.end;
            if region.start >= range.end() || from >= range.end() {
                return;
            }
        }
    }

    /// Adds `range`, which is not empty, if nothing of it is in any region, and says whether it did. There are nodes for one
    /// insertion.
    pub(super) fn add_alone(&mut self, range: AddrRange, attrs: Attrs) -> bool {
        let above = self.locate(range.start()).filter(|&place| self.entry(place).region.start >= range.end());
        if let Some(above) = above {
            self.fill_below(above, Region::new(range, attrs));
        }
        above.is_some()
    }

    /// Removes the bytes of `range`, which is not empty, from all regions. There are nodes for one insertion.
    #[inline]
    pub(super) fn remove(&mut self, range: AddrRange) {
        while let Some((place, Entry { region, .. })) = self.first_above(range.start()) {
            if region.start >= range.end() {
                return;
            }
            // Behind the last region there is an entry, so there is one above.
            let Some(next) = self.above(place) else { return };
            let above = self.entry(next).region.start;
            if region.start < range.start() {
                self.region_mut(place).end = range.start();
                if region.end > range.end() {
                    let rest = Region { start: range.end(), ..region };
                    self.insert(Entry { region: rest, gap: Gap::between(range.start(), range.end()) });
                    return;
                }
                self.set_gap(next, Gap::between(range.start(), above));
            } else if region.end > range.end() {
                let from = self.end_below(place);
                self.begin_higher(place, range.end(), Gap::between(from, range.end()));
                return;
            } else {
                // The gap above takes in the region before that goes, for then places change.
                self.set_gap(next, Gap::between(self.end_below(place), above));
                self.remove_at(region.start);
            }
            if above >= range.end() {
                return;
            }
        }
    }

    /// Changes the node or flags of what lies in `range`, which is not empty. There are nodes for two insertions.
    pub(super) fn change(&mut self, range: AddrRange, to: impl Fn(Attrs) -> Attrs) {
        self.part(range.start());
        self.part(range.end());
        let mut at = range.start();
        while let Some((place, Entry { region, .. })) = self.first_above(at) {
            if region.start >= range.end() {
                break;
            }
            self.region_mut(place).attrs = to(region.attrs);
            at = region.end;
        }
        // The region that ends where the range begins comes first, if there is one.
        let mut at = PhysAddr(range.start().0.saturating_sub(1));
        while let Some((place, Entry { region, .. })) = self.first_above(at) {
            if region.start >= range.end() {
                return;
            }
            match self.above(place).map(|next| self.entry(next).region) {
                Some(next) if region.continues_in(&next) => {
                    self.region_mut(place).end = next.end;
                    self.remove_at(next.start);
                }
                _ => at = region.end,
            }
        }
    }

    /// Parts the region that goes on at `addr`.
    fn part(&mut self, addr: PhysAddr) {
        if let Some((place, Entry { region, .. })) = self.first_above(addr)
            && region.start < addr
        {
            self.region_mut(place).end = addr;
            self.insert(Entry { region: Region { start: addr, ..region }, gap: Gap::NONE });
        }
    }

    /// Forgets what is known of the room in `range`: there may be more memory now.
    pub(super) fn widen(&mut self, range: AddrRange) {
        let mut at = range.start();
        while let Some((place, Entry { region, .. })) = self.first_above(at) {
            let from = self.end_below(place);
            if from >= range.end() {
                return;
            }
            self.set_gap(place, Gap::between(from, region.start));
            if region.end == PhysAddr(u64::MAX) {
                return;
            }
            at = region.end;
        }
    }

    /// Calls `visit` for each gap in `window`, ascending.
    pub(super) fn for_each_gap(&self, window: AddrRange, visit: &mut dyn FnMut(PhysAddr, PhysAddr)) {
        if window.is_empty() {
            return;
        }
        let mut floor = window.start();
        let mut next = self.locate(floor);
        while let Some(place) = next {
            let region = self.entry(place).region;
            let to = region.start.min(window.end());
            if floor < to {
                visit(floor, to);
            }
            floor = region.end;
            if floor >= window.end() {
                return;
            }
            next = self.above(place);
        }
    }
}
