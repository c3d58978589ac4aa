//! What strategies with memblock's lists and policy do each in its own way.

use super::find::Search;
use super::region::Region;
use super::reservations::Reservations;
use super::walk::{gaps_down, gaps_up};
use crate::{AddrRange, PhysAddr};

/// What list of reservations there is, how the list of memory is walked, and how much is taken.
pub trait Style: Send + Sync + 'static {
    /// The name of the strategy.
    const NAME: &'static str;
    /// One line on how it works.
    const SUMMARY: &'static str;
    /// How the list of memory is walked.
    type Walk: Walk;
    /// The list of reservations.
    type Reserved<'m>: Reservations<'m>;

    /// The bytes that are taken for a request of so many.
    fn taken(size: u64, align: u64) -> u64;
}

/// How a table is walked.
pub trait Walk: Send + Sync + 'static {
    /// Whether the list is halved where the kernel looks at each region from the first on.
    const HALVES: bool;
    /// What is kept of the place where a search found its block.
    type Found: Found;

    /// The lowest block that fits between two of `reserved` in `window`. `cursor` is the index of a region that ends no lower than
    /// all below the window; zero to begin with, and windows ascend.
    fn lowest(
        reserved: &[Region],
        cursor: &mut usize,
        window: AddrRange,
        search: &Search,
    ) -> Option<(PhysAddr, Self::Found)>;

    /// The highest. `cursor` is one more than the index of the topmost region that may reach into the window; the number of
    /// regions to begin with, and windows descend.
    fn highest(
        reserved: &[Region],
        cursor: &mut usize,
        window: AddrRange,
        search: &Search,
    ) -> Option<(PhysAddr, Self::Found)>;
}

/// Each region is looked at, and what a search found is forgotten, as in the kernel.
pub struct Through;

impl Walk for Through {
    const HALVES: bool = false;
    type Found = Forgotten;

    #[inline]
    fn lowest(
        reserved: &[Region],
        cursor: &mut usize,
        window: AddrRange,
        search: &Search,
    ) -> Option<(PhysAddr, Forgotten)> {
        let found = |from, to, _| Some((search.lowest(from, to)?, Forgotten));
        gaps_up::<Self, _>(reserved, cursor, window, found)
    }

    #[inline]
    fn highest(
        reserved: &[Region],
        cursor: &mut usize,
        window: AddrRange,
        search: &Search,
    ) -> Option<(PhysAddr, Forgotten)> {
        gaps_down(reserved, cursor, window, |from, to| Some((search.highest(from, to)?, Forgotten)))
    }
}

/// The place of a block among the reserved regions.
pub trait Found: Copy + Send + Sync {
    /// Before the region with this index.
    fn before(index: usize) -> Self;

    /// The index, if it was kept.
    fn index(self) -> Option<usize>;
}

/// The place is looked for again when the block is reserved, as in the kernel.
#[derive(Clone, Copy)]
pub struct Forgotten;

/// The block is inserted where the search ended.
#[derive(Clone, Copy)]
pub struct Kept(pub(crate) usize);

impl Found for Forgotten {
    #[inline]
    fn before(_: usize) -> Self {
        Self
    }

    #[inline]
    fn index(self) -> Option<usize> {
        None
    }
}

impl Found for Kept {
    #[inline]
    fn before(index: usize) -> Self {
        Self(index)
    }

    #[inline]
    fn index(self) -> Option<usize> {
        Some(self.0)
    }
}
