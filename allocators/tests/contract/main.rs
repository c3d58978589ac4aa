//! What every strategy of the registry promises, and what the bitmaps do in particular.
//!
//! A strategy that is added to the registry is tested by all of this. Only the addresses that a picture expects of a
//! family by name are not expected of a newcomer; that each of its blocks is legal is.

mod boot;
mod change;
mod defects;
mod goal;
mod heap;
mod ledger;
mod limit;
mod machine;
mod merge;
mod metadata;
mod naive;
mod node;
mod ops;
mod play;
mod random;
mod range;
mod refuse;
mod release;

/// What `cargo xtask new-strategy` begins with is held to the same as the built-in ones.
#[path = "../../template/ledger.rs"]
#[allow(unreachable_pub, reason = "it is written to be a part of the crate")]
mod template;

#[rustfmt::skip]
use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, ChangeError, Exclusive,
    FreeError, Goal, MapChange, MemFlags, MemoryMap, Metadata, Nid, NodeChoice, NodeSet, Order, PageCount,
    Pfn, PhysAddr, ReleaseError, ReserveError, Strategy,
};
