//! What can be wrong with a tree.

use std::io;
use std::path::PathBuf;

use plugin::CompileError;

/// Why a tree's code is not built.
#[derive(Debug, thiserror::Error)]
pub enum LinuxError {
    /// It is no kernel tree.
    #[error("{tree} has no {file}: is it the top folder of a kernel tree?")]
    NoFile {
        /// The tree.
        tree: String,
        /// What it should have.
        file: String,
    },
    /// Its Makefile says no version.
    #[error("Makefile of {tree} says no VERSION: is it the top folder of a kernel tree?")]
    NoVersion {
        /// The tree.
        tree: String,
    },
    /// It lacks a function that the plug-in round it calls.
    #[error(
        "{tree} has no function `{symbol}`, by which its code is called here: was it renamed? {shim} says what is wanted of it"
    )]
    Renamed {
        /// The tree.
        tree: String,
        /// The function.
        symbol: String,
        /// The file that calls it.
        shim: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {why}", .file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// A revision was asked for where there is no repository.
    #[error("{} is not a git repository, so it has no revision `{revision}`", .tree.display())]
    NoRepository {
        /// The tree.
        tree: PathBuf,
        /// What was asked for.
        revision: String,
    },
    /// There is no such revision.
    #[error("{} has no revision `{revision}`; `git -C {} log` names some", .tree.display(), .tree.display())]
    NoRevision {
        /// The tree.
        tree: PathBuf,
        /// What was asked for.
        revision: String,
    },
    /// git fails.
    #[error("`git {command}` failed: {said}")]
    Git {
        /// What it was asked.
        command: String,
        /// What it said.
        said: String,
    },
    /// The code uses something that the shim does not know.
    #[error(
        "{file}:{line} of {tree} uses `{symbol}`, which the stand-in for the kernel's headers does not have ({said}); \
         describe it in allocators/linux/shim/stand_in.h"
    )]
    Unknown {
        /// The tree.
        tree: String,
        /// The file of the tree.
        file: String,
        /// The line there.
        line: u32,
        /// The symbol.
        symbol: String,
        /// What the compiler said.
        said: String,
    },
    /// It does not compile.
    #[error("{tree} does not compile: {said}")]
    DoesNotCompile {
        /// The tree.
        tree: String,
        /// What the compiler said.
        said: String,
    },
    /// The compiler cannot be used.
    #[error(transparent)]
    Compiler(#[from] CompileError),
}
