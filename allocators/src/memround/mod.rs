//! `memquick` with sizes rounded up, so that blocks leave no gaps that nobody can use.
//!
//! ```text
//! memblock    [xxxxxx]..[xxxxx]...[xxxx]....[xxxxx]...     blocks of 40 to 60 bytes, aligned to 64: a region each
//! memround    [xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]     one region
//! ```
//!
//! A block of *n* bytes that is aligned to *a* takes a multiple of *a*, or of [`LINE`] if that is less. Whoever asks for 40
//! bytes on a cache line gets the line: what is left of it is useless to every request that is aligned as well, which nearly
//! all are (`SMP_CACHE_BYTES` is the default), and is lost with the page anyway when it is handed over.
//!
//! # Invariants
//!
//! Those of [`memblock`](crate::memblock), and one more: a block that was given owns its bytes up to the next multiple of its
//! alignment, or of [`LINE`]. A free gives back what it names; the rest of the last line stays reserved, for nobody can say
//! whose it is.
//!
//! # Why this and not the obvious
//!
//! *Merging across gaps* when a region is inserted (if less than a line is between) does the same to the list, and takes
//! bytes from nobody; but then a list says of bytes that they are reserved which no call reserved, and a free of them, or an
//! exclusive reservation, has to be wrong. With rounding the bytes were the caller's from the start.
//!
//! *Rounding to the alignment whatever it is* would give a block of 100 bytes that is aligned to a page the whole page: those
//! are the gaps that small blocks fill. *Rounding to the line of the machine* needs to know it; the alignment says it, and
//! no architecture's is longer than 256 bytes (s390x).
//!
//! Where it does not help: blocks of a power of two that are aligned to it leave no gap to begin with, such as page tables,
//! and reservations of the firmware are where they are.

use crate::memblock::{Halving, Style, Table, in_style};

/// The strategy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memround;

/// Halves lists, keeps places and rounds sizes.
pub struct Round;

/// What sizes are rounded up to where the alignment is larger: the longest cache line that there is, in bytes.
pub const LINE: u64 = 256;

impl Style for Round {
    const NAME: &'static str = "memround";
    const SUMMARY: &'static str =
        "memquick with sizes rounded up to their alignment, so that regions merge; other addresses";
    type Walk = Halving;
    type Reserved<'m> = Table<'m, Halving>;

    #[inline]
    fn taken(size: u64, align: u64) -> u64 {
        let unit = align.min(LINE);
        // An alignment is a power of two.
        size.checked_add(unit - 1).map_or(size, |sum| sum & !(unit - 1))
    }
}

in_style!(Memround, Round);
