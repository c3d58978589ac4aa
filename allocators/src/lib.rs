#![doc = include_str!("../README.md")]
#![no_std]

#[cfg(test)]
extern crate std;

mod allocator;
pub mod bitmap;
mod blocks;
pub mod bootmem;
mod error;
pub mod freetree;
mod map;
pub mod memblock;
pub mod memquick;
pub mod memround;
mod metadata;
mod node_set;
mod range;
pub mod registry;
mod request;
pub mod rootmem;
mod runs;
mod sink;
mod units;
pub mod wordscan;
pub mod wordtree;

pub use allocator::{BootAllocator, Exclusive, Strategy};
pub use error::{AllocError, BuildError, ChangeError, FreeError, MapError, ReleaseError, ReserveError};
pub use map::{MemFlags, MemoryMap, MemoryRange};
pub use metadata::{ArrayMemory, BumpMemory, Metadata, Record, records};
pub use node_set::NodeSet;
pub use range::{AddrRange, PfnRange};
pub use request::{AllocRequest, Goal, MapChange, NodeChoice, Setting};
pub use sink::{BlockSink, CountingSink};
pub use units::{Nid, Order, PageCount, PageSize, Pfn, PhysAddr};
