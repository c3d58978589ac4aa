//! memblock: two sorted lists of byte ranges, what is memory and what of it is reserved.
//!
//! ```text
//! memory    +------------ nid 0 ------------+- nid 1 -------+      +--- nid 1 ---+
//! reserved       xxxx        xxxxxxx               xxxxxxxxxxxxxxxxxxx
//! free      -----    --------       --------+------                   -----------
//! ```
//!
//! What is free is not stored: a search walks memory against the gaps between the reserved regions, downward from the
//! top by default, and takes the first gap that is large enough. So a free range ends wherever a memory region ends,
//! and no allocation spans two of them, though they may touch.
//!
//! | file | what |
//! |---|---|
//! | `region` | one range with its node and flags |
//! | `style` | what `memquick` and others do in their own way |
//! | `reservations` | what is asked of a list of reservations |
//! | `table` | a sorted list of regions: add, remove, change |
//! | `table_reservations` | the table as a list of reservations |
//! | `walk` | the gaps between reserved regions, upward and downward |
//! | `halving` | the same by halves, for `memquick` and others |
//! | `find` | which memory a search passes over, and where a block fits |
//! | `grow` | doubling a full table into memory that it reserves for itself |
//! | `alloc` | the order in which places are tried |
//! | `hand_over` | whole blocks for the page allocator |
//! | `change` | what happens to the memory map |
//! | `allocator` | the state, and what it is made from |
//! | `contract` | the crate's contract on top of it |
//!
//! Each walk is linear and begins at the end of the list, as in the kernel: a binary search, or keeping the place that
//! a search found for the reservation after it, would be faster, and another [`Style`]: [`memquick`](crate::memquick).
//!
//! # Where the kernel leaves a choice
//!
//! - The lists may grow from the start if memory for that was handed in; [`Setting::AllowResize`](crate::Setting)
//!   changes it. Without, a full list refuses, and since a free asks for two slots, a list with one left refuses frees.
//! - The kernel releases all nodes at once. Here a node that was released is passed over by every search, and its memory
//!   cannot be changed any more.
//! - Memory whose node was never learnt is released with the node that the machine's map names, and given to nobody once
//!   any node was released. Memory outside the map is taken as it comes, and released only if its node is known.
//! - A reservation or a request may find its list full, and the list's new place too many for the other list. Then
//!   nothing changes; the kernel would stop.
//! - Where the list of memory doubles for a second time and fewer than two slots of the list of reservations are free, the
//!   kernel moves both lists to the same place. Here the first is reserved before the second moves.
//! - A reservation that begins at address 0 cannot move the full list of reservations into its own range: to the kernel's
//!   second search, whose end is 0, that means the current limit, and it does. Here it is refused if there is no room above.
//! - Before it hands over, the kernel clears the flag of memory that may be unplugged, for which the list of memory needs
//!   two free slots: it may double for that, or fail, and what the array takes is not handed over. Since 6.12 every
//!   reservation learns its node then, for which the list of reservations may double. Here handing over changes nothing.
//! - A limit of 1 is a limit. To the kernel 1 means the current limit, and 0 too.
//!
//! Source: `mm/memblock.c` of 6.1, and held against the code of 6.1 and 6.12 by random operations. Since 6.16 the kernel
//! marks what it allocates ([`Setting::MarkKernelReservations`](crate::Setting)): lists are longer then and double earlier,
//! so that later addresses may differ.

mod alloc;
mod allocator;
mod change;
mod contract;
mod find;
mod grow;
mod halving;
mod hand_over;
mod region;
mod reservations;
mod style;
mod table;
mod table_reservations;
mod walk;

pub use allocator::MemblockAllocator;
pub use find::{Look, Search};
pub use halving::Halving;
pub use region::{Attrs, Region};
pub use reservations::Reservations;
pub use style::{Forgotten, Found, Kept, Style, Through, Walk};
pub use table::{Place, Table};

/// Sorted lists of byte ranges.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memblock;

impl Memblock {
    /// How many regions each list holds before it must grow, unless the memory map has more to begin with.
    pub const STATIC_REGIONS: usize = 128;
}

/// As the kernel does it.
pub struct ByTheKernel;

impl Style for ByTheKernel {
    const NAME: &'static str = "memblock";
    const SUMMARY: &'static str =
        "sorted lists of memory and reserved byte ranges, searched from the top (Linux since 2010)";
    type Walk = Through;
    type Reserved<'m> = Table<'m, Through>;

    #[inline]
    fn taken(size: u64, _: u64) -> u64 {
        size
    }
}

/// A strategy with memblock's lists and policy, in a style of its own.
macro_rules! in_style {
    ($strategy:ty, $style:ty) => {
        impl crate::Strategy for $strategy {
            type Allocator<'m> = crate::memblock::MemblockAllocator<'m, $style>;

            fn name(&self) -> &'static str {
                <$style as crate::memblock::Style>::NAME
            }

            fn summary(&self) -> &'static str {
                <$style as crate::memblock::Style>::SUMMARY
            }

            fn metadata_words(&self, map: &crate::MemoryMap<'_>) -> usize {
                Self::Allocator::words(map)
            }

            fn reaches_outside_memory(&self) -> bool {
                true
            }

            fn build<'m>(
                &'m self,
                map: crate::MemoryMap<'m>,
                metadata: crate::Metadata<'m>,
            ) -> Result<Self::Allocator<'m>, crate::BuildError> {
                Self::Allocator::build(map, metadata)
            }
        }
    };
}
pub(crate) use in_style;

in_style!(Memblock, ByTheKernel);
