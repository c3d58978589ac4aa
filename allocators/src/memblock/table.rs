//! A sorted list of regions in memory that was handed in.
//!
//! Regions ascend and do not overlap, and no two that touch are alike in node and flags: each operation merges what it
//! made alike, so there is never anything to merge elsewhere.

use core::marker::PhantomData;
use core::mem;
use core::ops::Range;

use super::region::{Attrs, Region};
use super::style::Walk;
use crate::{AddrRange, PhysAddr};

/// The list, and where in the machine's memory it lies if it has grown.
pub struct Table<'m, S> {
    slots: &'m mut [Region],
    len: usize,
    home: Option<AddrRange>,
    style: PhantomData<S>,
}

/// Where a range would be added, and how many regions that would take before merging.
#[derive(Clone, Copy)]
pub struct Place {
    at: usize,
    pub(crate) gaps: usize,
}

impl Place {
    /// Where only that number is known.
    pub(crate) const fn of_gaps(gaps: usize) -> Self {
        Self { at: 0, gaps }
    }
}

impl<'m, S: Walk> Table<'m, S> {
    pub(crate) fn new(slots: &'m mut [Region]) -> Self {
        Self { slots, len: 0, home: None, style: PhantomData }
    }

    #[inline]
    pub(crate) fn regions(&self) -> &[Region] {
        &self.slots[..self.len]
    }

    pub(super) fn capacity(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn home(&self) -> Option<AddrRange> {
        self.home
    }

    /// Whether `more` regions fit in.
    #[inline]
    pub(crate) fn has_room(&self, more: usize) -> bool {
        more <= self.slots.len() - self.len
    }

    /// Goes on in `slots`, which lie at `home`, and returns the list as it was.
    pub(super) fn move_to(&mut self, slots: &'m mut [Region], home: AddrRange) -> Self {
        slots[..self.len].copy_from_slice(self.regions());
        let len = self.len;
        mem::replace(self, Self { slots, len, home: Some(home), style: PhantomData })
    }

    /// The index of the first region that ends above `addr`.
    // In memblock's own style each region is looked at, as in the kernel. The compiler unrolls
    // eight of them, which made a free among ten thousand regions a third faster.
    #[inline]
    fn first_ending_above(&self, addr: PhysAddr) -> usize {
        const UNROLLED: usize = 8;
        if S::HALVES {
            return self.halved(addr);
        }
        let above = |region: &Region| region.end > addr;
        let (eights, rest) = self.regions().as_chunks::<UNROLLED>();
        for (passed, eight) in eights.iter().enumerate() {
            if let Some(inside) = eight.iter().position(above) {
                return passed * UNROLLED + inside;
            }
        }
        eights.len() * UNROLLED + rest.iter().position(above).unwrap_or(rest.len())
    }

    /// The same by halving, whatever the style.
    #[inline]
    pub(super) fn halved(&self, addr: PhysAddr) -> usize {
        self.regions().partition_point(|region| region.end <= addr)
    }

    /// The regions that overlap `range`, which is not empty.
    pub(super) fn overlapping(&self, range: AddrRange) -> impl Iterator<Item = &Region> {
        let from = self.first_ending_above(range.start());
        self.regions()[from..].iter().take_while(move |region| region.start < range.end())
    }

    /// Finds where `range`, which is not empty, belongs.
    #[inline]
    pub(crate) fn place(&self, range: AddrRange) -> Place {
        self.place_from(self.first_ending_above(range.start()), range)
    }

    /// The same where `at` is the index of the first region that ends above its start.
    #[inline]
    pub(super) fn place_from(&self, at: usize, range: AddrRange) -> Place {
        let mut gaps = 0;
        let mut covered = range.start();
        for region in &self.regions()[at..] {
            if region.start >= range.end() {
                break;
            }
            gaps += usize::from(region.start > covered);
            covered = region.end;
        }
        Place { at, gaps: gaps + usize::from(covered < range.end()) }
    }

    /// Adds what of `range` is in no region yet, where `place` of this very list said; regions that are there stay as
    /// they are. There is room for the gaps.
    #[inline]
    pub(crate) fn add(&mut self, place: Place, range: AddrRange, attrs: Attrs) {
        let mut at = place.at;
        let mut from = range.start();
        loop {
            let next = self.regions().get(at).map_or(range.end(), |region| region.start);
            if next > from {
                at = self.fill(at, Region::new(AddrRange::clamped(from, next.min(range.end())), attrs));
            }
            match self.regions().get(at) {
                Some(region) if region.start < range.end() => from = region.end,
                _ => return,
            }
            if from >= range.end() {
                return;
            }
            at += 1;
        }
    }

    /// Adds `range` if nothing of it is in any region, and says whether it did. There is room for one region.
    #[inline]
    pub(crate) fn add_alone(&mut self, range: AddrRange, attrs: Attrs) -> bool {
        let at = self.first_ending_above(range.start());
        let alone = self.regions().get(at).is_none_or(|above| above.start >= range.end());
        if alone {
            self.fill(at, Region::new(range, attrs));
        }
        alone
    }

    /// Puts `gap`, which overlaps nothing, before the region at `at`, merged with the neighbours that it continues.
    /// Returns the index of the first region that ends above `gap`.
    #[inline]
    fn fill(&mut self, at: usize, gap: Region) -> usize {
        let regions = &mut self.slots[..self.len];
        let above = regions.get(at).is_some_and(|next| gap.continues_in(next));
        match at.checked_sub(1).and_then(|below| regions.get_mut(below)) {
            Some(below) if below.continues_in(&gap) => {
                below.end = gap.end;
                if above { self.join(at - 1) } else { at }
            }
            _ if above => {
                regions[at].start = gap.start;
                at
            }
            _ => {
                self.insert(at, gap);
                at + 1
            }
        }
    }

    /// Makes one of the region at `at` and the next, which it continues in. Returns its index.
    fn join(&mut self, at: usize) -> usize {
        self.slots[at].end = self.slots[at + 1].end;
        self.delete(at + 1..at + 2);
        at
    }

    /// Adds `block`, of which nothing is in any region, before the region with index `at`, which is the first above. There is
    /// room for one region.
    #[inline]
    pub(crate) fn add_before(&mut self, at: usize, block: AddrRange, attrs: Attrs) {
        self.fill(at, Region::new(block, attrs));
    }

    /// Removes the bytes of `range`, which is not empty, from all regions. There is room for one more region.
    pub(crate) fn remove(&mut self, range: AddrRange) {
        let mut first = self.first_ending_above(range.start());
        if let Some(region) = self.slots[..self.len].get_mut(first)
            && region.start < range.start()
        {
            let rest = Region { start: range.end(), ..*region };
            region.end = range.start();
            first += 1;
            if rest.end > rest.start {
                self.insert(first, rest);
                return;
            }
        }
        let mut last = first;
        while let Some(region) = self.slots[..self.len].get_mut(last)
            && region.start < range.end()
        {
            if region.end > range.end() {
                region.start = range.end();
                break;
            }
            last += 1;
        }
        self.delete(first..last);
    }

    /// Changes the node or flags of what lies in `range`, which is not empty. There is room for two more regions.
    pub(crate) fn change(&mut self, range: AddrRange, to: impl Fn(Attrs) -> Attrs) {
        let inside = self.isolate(range);
        for region in &mut self.slots[inside.clone()] {
            region.attrs = to(region.attrs);
        }
        self.merge(inside.start.saturating_sub(1)..self.len.min(inside.end + 1));
    }

    /// Splits regions at both ends of `range` and returns which ones lie inside.
    fn isolate(&mut self, range: AddrRange) -> Range<usize> {
        let first = self.split(self.first_ending_above(range.start()), range.start());
        let last = if S::HALVES {
            first + self.slots[first..self.len].partition_point(|region| region.end <= range.end())
        } else {
            (first..self.len).find(|&at| self.slots[at].end > range.end()).unwrap_or(self.len)
        };
        first..self.split(last, range.end())
    }

    /// Splits the region at `at` if `addr` lies within, and returns the index of the first region not below `addr`.
    fn split(&mut self, at: usize, addr: PhysAddr) -> usize {
        match self.slots[..self.len].get_mut(at) {
            Some(region) if region.start < addr => {
                let rest = Region { start: addr, ..*region };
                region.end = addr;
                self.insert(at + 1, rest);
                at + 1
            }
            _ => at,
        }
    }

    /// Merges neighbours among the regions at `among`.
    fn merge(&mut self, among: Range<usize>) {
        if among.is_empty() {
            return;
        }
        let mut kept = among.start;
        for next in among.start + 1..among.end {
            if self.slots[kept].continues_in(&self.slots[next]) {
                self.slots[kept].end = self.slots[next].end;
            } else {
                kept += 1;
                self.slots[kept] = self.slots[next];
            }
        }
        self.delete(kept + 1..among.end);
    }

    // A call of its own: those who merge need not save registers for it.
    #[inline(never)]
    fn insert(&mut self, at: usize, region: Region) {
        self.slots.copy_within(at..self.len, at + 1);
        self.slots[at] = region;
        self.len += 1;
    }

    // A piece at a time: for a longer one the C library takes `rep movsb` on many machines, which moves memory down by a few
    // bytes at a byte or so per cycle. With a thousand regions that made a free two to three times as slow.
    fn delete(&mut self, which: Range<usize>) {
        const PIECE: usize = 64;
        if which.is_empty() {
            return;
        }
        for from in (which.end..self.len).step_by(PIECE) {
            self.slots.copy_within(from..self.len.min(from + PIECE), from - which.len());
        }
        self.len -= which.len();
    }
}
