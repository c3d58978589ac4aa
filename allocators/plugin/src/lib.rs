//! Strategies that are loaded from shared libraries at run time, by the ABI of `include/bootalloc_plugin.h`.
//!
//! All of the workspace's `unsafe` that reaches into foreign code is here. See `allocators/PLUGINS.md` for how to write one.

mod allocator;
mod answer;
mod behind;
mod compile;
mod ffi;
mod guard;
mod host;
mod image;
mod layout;
mod library;
mod machine;
mod sink;
mod strategy;
mod table;

pub use allocator::{List, PluginAllocator};
pub use behind::Behind;
pub use compile::{CompileError, Compiler, HEADER, KERNEL_FLAGS, digest_of};
pub use layout::{Layout, OBJECT_FLAGS};
pub use library::OpenError;
pub use strategy::{LibraryFacts, Plugin};
