//! Bootmem as it stood from 2.6.27 to 4.19: a bitmap for each node, searched from where the last allocation ended.
//!
//! Each node has a bitmap of its own from its first page to its last, `hint_idx`, the page after its last allocation,
//! where the next search begins if that is above the goal, and the end of its last allocation, into whose page the next
//! one may be merged. Nodes are walked in the order of their first pages.
//!
//! # What is kept, because it is policy
//!
//! - The search asks for ⌈size / page⌉ free pages even where merging then needs fewer.
//! - A goal counts on a node only if it lies strictly inside; else the node is searched from its first page. So the
//!   node asked for is used below a preferred goal that lies above it, and before any other node. Otherwise any node
//!   above the goal comes before the right node below it: node and goal, any node and goal, node, any node.
//! - A preferred goal is rounded down to a page, and a block may be merged into the page before it.
//! - No block spans two nodes.
//! - Release gives blocks of order 6, or single pages.
//!
//! # What is mended, because it is a defect
//!
//! - A freed page stayed the one to merge into, though it might have a new owner. Freeing or reserving it parts the two.
//! - A node with another one inside (`0 1 0`) marked the other's pages in its own bitmap. Here the pieces of the map
//!   say whose a page is, and the bits of other nodes' pages and of holes stay 1.
//! - A range that leaves memory, a double free and a bad request stopped the machine. They are errors, and an exclusive
//!   reservation that fails on one node is undone on the nodes before it.
//! - A failed exclusive reservation lowered `hint_idx` to the first page that it had taken, so that the next block began
//!   there. A call that is refused changes nothing here.
//! - The release of a node that does not begin at a multiple of 64 pages looked into the next word of the bitmap only
//!   while 64 pages or more were left, so that the last pages of such a node were lost. All are released.
//! - The limit was dropped by the node form (`__alloc_bootmem_low_node` did not enforce it). It always holds.
//! - A limit below one page was none.
//! - A minimum did not exist: a goal was only a preference. [`Goal::AtLeast`](crate::Goal::AtLeast) is never undercut,
//!   not by merging either.
//! - The bitmap's pages were released under page numbers counted from the node's first page. They are not released at
//!   all here, since the state outlives the release; they stay reserved if the caller said where they lie.
//! - Released twice, a node was handed over twice. It is an error.

mod alloc;
mod allocator;
mod build;
mod node;

use crate::{BuildError, MemoryMap, Metadata, Strategy};

pub use build::PerNode;

/// The strategy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bootmem;

impl Strategy for Bootmem {
    type Allocator<'m> = PerNode<'m>;

    fn name(&self) -> &'static str {
        "bootmem"
    }

    fn summary(&self) -> &'static str {
        "a bitmap per node, searched from the last allocation on (2.6.27 to 4.19)"
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        build::metadata_words(map)
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<Self::Allocator<'m>, BuildError> {
        PerNode::build(map, metadata)
    }
}
