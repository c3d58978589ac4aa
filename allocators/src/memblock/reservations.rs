//! What memblock's policy asks of a list of reservations.

use super::find::{Look, Search};
use super::region::{Attrs, Region};
use crate::{AddrRange, MemoryMap, Nid, PhysAddr};

/// Regions that ascend and do not overlap, of which no two that touch are alike.
pub trait Reservations<'m>: Send + Sync + Sized {
    /// Where a range would be added, and how many regions that takes before merging.
    type Place: Copy;
    /// What is kept of the place where a search found a block.
    type Found: Copy;

    /// The words of memory for as many regions as it holds at first.
    fn words(map: &MemoryMap<'_>) -> usize;

    /// A list without regions, in as many words as it [needs](Self::words), whatever those hold.
    fn new(words: &'m mut [u64], map: &MemoryMap<'_>) -> Self;

    /// The bytes of memory that so many regions take.
    fn bytes(regions: usize) -> usize;

    /// Goes on in `words`, which lie at `home` and have room for so many regions, and returns where it was if it had moved
    /// before; nothing if the words are too few.
    fn move_to(&mut self, regions: usize, words: &'m mut [u64], home: AddrRange)
    -> Option<Option<AddrRange>>;

    /// Where it lies if it has moved.
    fn home(&self) -> Option<AddrRange>;

    /// How many regions it holds before it must move.
    fn capacity(&self) -> usize;

    /// Whether `more` regions fit in.
    fn has_room(&self, more: usize) -> bool;

    /// All regions.
    fn regions(&self) -> impl ExactSizeIterator<Item = Region>;

    /// The first region that overlaps `range`, which is not empty.
    fn first_overlapping(&self, range: AddrRange) -> Option<Region>;

    /// Adds `range`, which is not empty, if nothing of it is in any region and that is soon seen and done; else changes nothing. Says
    /// which.
    #[inline]
    fn add_alone(&mut self, range: AddrRange, attrs: Attrs) -> bool {
        let _ = (range, attrs);
        false
    }

    /// Finds where `range`, which is not empty, belongs.
    fn place(&self, range: AddrRange) -> Self::Place;

    /// The same without looking at each region, in a list whose style that is.
    fn place_by_halving(&self, range: AddrRange) -> Self::Place {
        self.place(range)
    }

    /// How many regions a place takes before merging.
    fn gaps(place: Self::Place) -> usize;

    /// Adds what of `range` is in no region yet, where `place` of this very list said. There is room for the gaps.
    fn add(&mut self, place: Self::Place, range: AddrRange, attrs: Attrs);

    /// Adds a block where it was found, if that was kept and there is room.
    fn add_found(&mut self, found: Self::Found, block: AddrRange, attrs: Attrs) -> bool;

    /// Removes the bytes of `range`, which is not empty. There is room for one more region.
    fn remove(&mut self, range: AddrRange);

    /// Changes the node or flags of what lies in `range`, which is not empty. There is room for two more regions.
    fn change(&mut self, range: AddrRange, to: impl Fn(Attrs) -> Attrs);

    /// The lowest, or the highest, block that fits in `within`, in a gap between regions in memory that is looked at.
    fn find(
        &mut self,
        search: &Search,
        within: AddrRange,
        up: bool,
        look: &Look<'_>,
    ) -> Option<(PhysAddr, Self::Found)>;

    /// Calls `visit` for each gap between regions in `window`, ascending. `cursor` is 0 for the first of windows that ascend.
    fn for_each_gap(&self, cursor: &mut usize, window: AddrRange, visit: impl FnMut(PhysAddr, PhysAddr));

    /// Takes note that memory in `range` is on `nid`.
    #[inline]
    fn learn_node(&mut self, range: AddrRange, nid: Option<Nid>) {
        let _ = (range, nid);
    }

    /// Takes note that more of `range` may be handed out than before, or in larger blocks.
    #[inline]
    fn widen(&mut self, range: AddrRange) {
        let _ = range;
    }
}
