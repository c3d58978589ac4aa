//! What a real boot pays for its boot allocator, in instructions.
//!
//! A replay shows what an allocator's calls cost one after another. This shows what the recorded kernel itself spent, and
//! out of how much: a machine boots in QEMU under a plugin that counts every instruction by function until the boot
//! allocator has handed over. Data flows one way: a kernel's image → its symbols ([`crate::ksyms`]), named by
//! one table of names → a boot → a [`Cost`] → a file beside the trace (`NAME.cost`, described in FORMAT.md). There is
//! no `memblock=debug` in that boot, whose printing costs many times what the allocator does, and no console.
//!
//! Instructions are exact and are not time.

mod boot;
mod difference;
mod error;
mod held;
mod model;
mod names;
mod raw;
mod read;
mod symbols;
mod write;

#[cfg(test)]
mod tests;

pub use boot::{Watched, boot};
pub use difference::{Difference, differences};
pub use error::CostError;
pub use held::{Held, Tally, doubt, held};
pub use model::{Call, Cost, Function, Kind, Part, Spent, Work};
pub use names::is_allocators;
pub use read::CostReadError;
pub use symbols::{Symbols, symbols};
