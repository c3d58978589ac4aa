//! What the bitmap back-ends share: who owns which page, and the policy of one flat bitmap.
//!
//! A bit is 1 while its page is reserved, in use, or no memory at all; 0 while nobody has it.
//!
//! # The policy of the flat bitmap
//!
//! [`Flat`] decides *what* is searched, in which order, and what a block may share with the one before it; an
//! [`Engine`] only walks bits. So two engines give the same answers to the same requests by construction, errors
//! included. The rules are those of the rootmem RFC of 2008-05-03, corrected where its code was not well-defined:
//!
//! 1. The bitmap begins at the first page of memory, rounded down to a multiple of 64. A page of memory is one
//!    that lies on one node as a whole; bits of all other pages stay 1 for ever. Memory that is not there yet,
//!    that must not be touched ([`MemFlags::untouchable`](crate::MemFlags::untouchable)) or that was released has bits
//!    that say what of it is reserved, but is left out of every search.
//! 2. A block is ⌈size / page⌉ free pages in a row from a page that is a multiple of the alignment, below the limit
//!    rounded down to a page. So many must be free even where merging (rule 5) then needs fewer: the RFC, 2.6.26
//!    and 4.19 all ask for them.
//! 3. Without a node, blocks may begin on one node and end on the next if their pages touch; this is what the RFC
//!    advertises. A node's own search walks that node's pieces only, so its blocks never leave it, however the nodes
//!    interleave.
//! 4. The order is: the node asked for at or above the goal, any node at or above it, and if it is only preferred
//!    the node asked for below it, any node below it. (A block that begins below may cross it.) Bootmem and memblock
//!    order it so, that is, distance beats locality; the RFC has no second node. An exact node has no second either. A
//!    preferred goal counts as met on its whole page, as in the RFC; a minimum is rounded up.
//! 5. The first page found may follow the page in which the previous allocation of the same scope (that node, or
//!    any) ended, leaving it unfilled. If that page lies in the range searched and at or above the goal of this pass,
//!    the block begins there, at its alignment. Freeing or reserving that page in between parts the two.
//! 6. Hand-over gives blocks of order 6 (or the largest order, if less) where the pages from a multiple of that many
//!    are all free and on the node, and single pages elsewhere; an engine may hand over [larger](Engine::LARGEST) ones.
//!
//! Where all memory is usable, a search without a node runs over holes too, as the RFC's does: their bits are set.

mod alloc;
pub(crate) mod bitwise;
mod change;
mod engine;
mod flat;
mod flat_allocator;
mod grow;
pub(crate) mod layout;
pub(crate) mod mask;
mod node;
pub(crate) mod pieces;
pub(crate) mod release;
pub(crate) mod survey;
pub(crate) mod tail;
mod trespass;

pub use engine::{Engine, Fit, Full, Refused};
pub use flat::Flat;
