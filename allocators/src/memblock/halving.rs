//! Walking a list by halves, and keeping the place where a search ended.

use super::find::Search;
use super::region::Region;
use super::style::{Found as _, Kept, Walk};
use super::walk::gaps_up;
use crate::{AddrRange, PhysAddr};

/// The list is halved, and a block is inserted where the search for it ended.
pub struct Halving;

impl Walk for Halving {
    const HALVES: bool = true;
    type Found = Kept;

    #[inline]
    fn lowest(
        reserved: &[Region],
        cursor: &mut usize,
        window: AddrRange,
        search: &Search,
    ) -> Option<(PhysAddr, Kept)> {
        gaps_up::<Self, _>(reserved, cursor, window, |from, to, index| {
            Some((search.lowest(from, to)?, Kept::before(index)))
        })
    }

    // Most gaps are too small, and are seen to be from one difference: what of them is in the window, and where in it a block
    // could begin, is only asked of others.
    #[inline]
    fn highest(
        reserved: &[Region],
        cursor: &mut usize,
        window: AddrRange,
        search: &Search,
    ) -> Option<(PhysAddr, Kept)> {
        let (floor, mut ceiling) = (window.start(), window.end());
        if window.is_empty() {
            return None;
        }
        let mut below = reserved.get(..*cursor)?;
        if below.last().is_some_and(|region| region.start >= ceiling) {
            below = &below[..below.partition_point(|region| region.start < ceiling)];
        }
        if let Some((region, rest)) = below.split_last()
            && region.end >= ceiling
        {
            if region.start <= floor {
                *cursor = below.len();
                return None;
            }
            (ceiling, below) = (region.start, rest);
        }
        for (index, region) in below.iter().enumerate().rev() {
            if ceiling.0 - region.end.0 >= search.size
                && let Some(block) = search.highest(region.end.max(floor), ceiling)
            {
                return Some((block, Kept::before(index + 1)));
            }
            if region.start <= floor {
                // It may reach into the next window.
                *cursor = index + 1;
                return None;
            }
            ceiling = region.start;
        }
        *cursor = 0;
        Some((search.highest(floor, ceiling)?, Kept::before(0)))
    }
}
