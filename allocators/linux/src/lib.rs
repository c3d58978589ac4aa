//! A kernel's own boot memory code as a strategy: a tree's `mm/memblock.c`, at any revision, as a plug-in.
//!
//! No code of a kernel is part of this project. A tree is read where it lies, or out of its repository, and never checked
//! out or written to; what is needed of its surroundings is in `shim`, written anew.

mod error;
mod features;
mod library;
mod source;
mod target;
mod tree;

pub use error::LinuxError;
pub use library::{Built, Recipe, Stub};
pub use source::{Code, Sources};
pub use target::Target;
pub use tree::Tree;
