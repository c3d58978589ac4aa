//! Machines that are known by a memory map alone.
//!
//! Whoever has no log of the allocator has at least a memory map: what a kernel printed of E820, EFI and SRAT,
//! `/proc/iomem`, a device tree, `numactl -H`, U-Boot's `bdinfo`. [`Maps`] reads them, several together where each says a
//! part, and makes a [`Hardware`] of them, whose text form `workloads/FORMAT.md` describes. [`on`](on::on) makes a recorded
//! boot's requests on it.
//!
//! | file | what |
//! |---|---|
//! | `model`, `read`, `write`, `error` | the machine, and its text |
//! | `maps` | from files to what each of their lines adds; containers and prefixes are the importer's text layer |
//! | `lines/` | maps that are printed a line at a time, a file for each kind |
//! | `tree/` | device trees, as a blob and as source |
//! | `found`, `e820`, `resources`, `sizes` | what was found, and what the kinds mean |
//! | `choose` | one machine of all that was found |
//! | `on/` | a recorded boot's requests on such a machine |
//! | `recipe` | both in one word |

mod choose;
mod e820;
mod error;
mod found;
mod lines;
mod maps;
mod model;
pub mod on;
mod read;
mod recipe;
mod resources;
mod sizes;
mod tree;
mod write;

use allocators::PhysAddr;

pub use error::{MachineError, ReadMachineError};
pub use maps::Maps;
pub use model::{Hardware, Kept, Memory, Said};
pub use read::MAGIC;
pub use recipe::{MachineRecipe, PREFIX};

use crate::trace::MOST_MEMORY;

/// The version of the text format that this crate reads and writes.
pub const VERSION: u32 = 1;

/// Where the memory of every machine ends: no processor has more physical address bits.
const END_OF_MEMORY: PhysAddr = PhysAddr(1 << 52);
