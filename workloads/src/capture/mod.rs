//! Booting a kernel on a described machine and recording what its boot allocator says.
//!
//! Data flows one way: a [`Machine`], a few lines of `machines.toml` → a [`Kernel`], a package that apt fetched or an
//! image of the user's → a command line for QEMU → the guest's console, up to the line with which the boot allocator
//! hands over. The console is a log like any other from there on.

mod apt;
mod arch;
mod child;
mod command;
mod console;
mod error;
mod extras;
mod files;
mod initrd;
mod kernel;
mod machine;
mod machines;
mod nodes;
mod package;
mod provenance;
mod requirements;
mod size;
mod srat;

#[cfg(test)]
mod tests;

pub use arch::Arch;
pub(crate) use child::{Guarded, chunks};
pub(crate) use command::escaped;
pub use command::{Files, Watch, qemu};
pub use console::{Seen, boot};
pub use error::{CaptureError, Failure, LastWords};
pub use files::Store;
pub use kernel::Kernel;
pub use machine::{Firmware, Machine};
pub use machines::{MachineError, machine, machines};
pub use nodes::{Node, Nodes};
pub use package::Package;
pub use provenance::{describe, provenance, shell};
pub use requirements::{Missing, missing};
pub use size::Size;
