//! memblock's lists, policy and addresses, with each list halved and the place of a search kept.
//!
//! # Invariants
//!
//! Those of [`memblock`](crate::memblock), whose code it is: two lists of regions that ascend, do not overlap and are merged
//! where they touch and are alike. In addition, when a search offers a gap it says which region is the first above. Nothing
//! changes between the search and the reservation of its block, so that the block belongs before that very region.
//!
//! # Why this and not the obvious
//!
//! The kernel looks for the place of a reservation from the first region on, and an allocation looks twice: downward for a
//! gap, then upward for the place of the block that it has just found. On a boot of a hundred regions the second walk is
//! most of the work, and its end was known.
//!
//! *Halving alone* would do for reservations and frees. It saves less on an allocation than keeping the place does, which
//! costs nothing: the cursor of the walk is in a register.
//!
//! *Keeping the place for the next allocation* as well (a hint from where on the search goes) would change addresses where
//! something above was freed, or need a check of each free.
//!
//! *A tree* is flat among many regions. Among a hundred, which is what boots have, moving half a list of 2.4 KiB costs as much
//! as a tree's first step.
//!
//! What it does not change: a search still passes each gap that is too small, and a list of *n* regions is moved by *n* / 2 on
//! average for an insertion. Both are linear; the kernel's own cost is linear three times.

use crate::memblock::{Halving, Style, Table, in_style};

/// The strategy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memquick;

/// Halves lists and keeps places.
pub struct Quick;

impl Style for Quick {
    const NAME: &'static str = "memquick";
    const SUMMARY: &'static str =
        "memblock with its lists halved and the place of a search kept; the same addresses";
    type Walk = Halving;
    type Reserved<'m> = Table<'m, Halving>;

    #[inline]
    fn taken(size: u64, _: u64) -> u64 {
        size
    }
}

in_style!(Memquick, Quick);
