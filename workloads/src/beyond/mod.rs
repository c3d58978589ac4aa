//! What a boot's calls cost beyond the allocator: struct pages, arrays that run full, page tables, memory that is lost.
//!
//! All of it follows exactly from a trace and its state at the end; nothing is replayed, and the addresses are the kernel's
//! own.

mod head_room;
mod lost;
mod page_tables;
mod state;
mod struct_pages;

#[cfg(test)]
mod tests;

pub use head_room::{HeadRoom, head_room};
pub use lost::{Lost, lost, lost_parts_with};
pub use page_tables::{PageTables, page_tables};
pub use state::State;
pub use struct_pages::{Defer, Initialised, NodeZone, Sections, struct_pages, struct_pages_with};
