//! Why a boot was not counted.

use crate::capture::{CaptureError, Failure, LastWords};
use crate::ksyms::NoSymbols;

/// Why a boot was not counted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CostError {
    /// A file, a program, or a machine that contradicts itself.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// The kernel's image has no symbols.
    #[error("{image}: {why}")]
    Symbols {
        /// The image.
        image: String,
        /// Why.
        why: NoSymbols,
    },
    /// The kernel has no boot allocator of this kind.
    #[error(
        "the kernel {release} has no memblock_free_all, at whose return counting stops: kernels before 4.20 call it otherwise"
    )]
    NoHandOver {
        /// The kernel.
        release: String,
    },
    /// QEMU was built without plugins.
    #[error(
        "{qemu} was built without plugins: take one that was configured with --enable-plugins, as Debian's are since bookworm"
    )]
    NoPlugins {
        /// Its name.
        qemu: String,
    },
    /// QEMU's plugin API is one that is not known.
    #[error("{qemu} does not take the plugin, which is for QEMU 7.2 to 10: {said}")]
    Api {
        /// Its name.
        qemu: String,
        /// What it said.
        said: String,
    },
    /// The guest ended before the boot allocator had handed over.
    #[error(
        "the kernel ended before it handed over; `cargo xtask capture` of the same machine shows its console\n{words}"
    )]
    Ended {
        /// What QEMU said.
        words: LastWords,
    },
    /// It took too long, or somebody asked to stop.
    #[error("{0}")]
    Stopped(Failure),
    /// What the plugin wrote is not what it writes.
    #[error("the plugin's file, line {line}: {why}")]
    Raw {
        /// The line.
        line: usize,
        /// What is wrong.
        why: String,
    },
}
