//! The gaps between reserved regions, within a window of memory.
//!
//! ```text
//! window       |----------------------------------|
//! reserved  xxxxxx      xxx  xxx              xxxxxxxxx   xxx
//! gaps            ------   --   --------------
//! ```
//!
//! Memory regions are walked one after the other, and a cursor into the reserved regions carries over from one window
//! to the next: a whole walk passes each region of both lists once. The loops call back instead of being iterators,
//! whose state would be kept in memory between two steps.

use super::region::Region;
use super::style::Walk;
use crate::{AddrRange, PhysAddr};

/// Offers the gaps within `window`, ascending, until one is taken, each with the index of the first region above. `cursor` is the index of a region that ends no lower
/// than all below the window; zero to begin with, and windows ascend.
#[inline]
pub(super) fn gaps_up<S: Walk, T>(
    reserved: &[Region],
    cursor: &mut usize,
    window: AddrRange,
    mut take: impl FnMut(PhysAddr, PhysAddr, usize) -> Option<T>,
) -> Option<T> {
    let mut floor = window.start();
    let mut at = *cursor;
    if S::HALVES && reserved.get(at).is_some_and(|region| region.end <= floor) {
        at += reserved[at..].partition_point(|region| region.end <= floor);
    }
    let taken = loop {
        let Some(region) = reserved.get(at).filter(|region| region.start < window.end()) else {
            break if floor < window.end() { take(floor, window.end(), at) } else { None };
        };
        if region.start > floor
            && let Some(taken) = take(floor, region.start, at)
        {
            break Some(taken);
        }
        floor = floor.max(region.end);
        if region.end > window.end() {
            // It may reach into the next window.
            break None;
        }
        at += 1;
    };
    *cursor = at;
    taken
}

/// Offers the gaps within `window`, descending, until one is taken. `cursor` is one more than the index of the topmost
/// region that may reach into the window; the number of regions to begin with, and windows descend.
#[inline]
pub(super) fn gaps_down<T>(
    reserved: &[Region],
    cursor: &mut usize,
    window: AddrRange,
    mut take: impl FnMut(PhysAddr, PhysAddr) -> Option<T>,
) -> Option<T> {
    let mut ceiling = window.end();
    let mut at = *cursor;
    let taken = loop {
        let Some(region) = reserved[..at].last().filter(|region| region.end > window.start()) else {
            break if ceiling > window.start() { take(window.start(), ceiling) } else { None };
        };
        if region.end < ceiling
            && let Some(taken) = take(region.end, ceiling)
        {
            break Some(taken);
        }
        ceiling = ceiling.min(region.start);
        if region.start < window.start() {
            // It may reach into the next window.
            break None;
        }
        at -= 1;
    };
    *cursor = at;
    taken
}
