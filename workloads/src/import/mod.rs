//! Turning the log of a boot into a trace, and saying how much of the boot was recovered.
//!
//! Data flows one way: bytes, unpacked → lines that matter, whole and clean → what they say → boots → steps, each
//! request with its answer → records, with all that the log does not say recovered and marked → a [`Trace`] and an
//! [`Account`].

mod account;
mod anonymize;
mod boots;
pub(crate) mod dialects;
mod error;
mod header;
pub(crate) mod text;

use std::io::Read;

pub use account::{Account, NotUnderstood};
pub use anonymize::anonymize;
pub use error::ImportError;

use crate::trace::Trace;

/// What the caller knows and the log does not say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// The machine in words, in place of what the log calls it.
    pub machine: Option<String>,
    /// How the log was recorded.
    pub captured: Option<String>,
}

/// A boot that was imported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Imported {
    /// The boot.
    pub trace: Trace,
    /// How much of it was recovered.
    pub account: Account,
}

/// Imports every boot in the log that `reader` gives, plain or packed, as its first bytes say, by
/// gzip, bzip2, xz, lzma, lz4 or zstd, or in a tar or zip archive.
///
/// `source_name` stands in errors and in the traces' headers. Memory use does not depend on the length of the log, only
/// on that of the longest boot in it.
///
/// # Errors
/// [`ImportError::NoBoot`] when no line is a boot allocator's, with what to put on the kernel's command line;
/// [`ImportError::Read`] when the log cannot be read to its end; [`ImportError::TooLong`] when a boot has no end.
pub fn import(reader: impl Read, source_name: &str, options: &Options) -> Result<Vec<Imported>, ImportError> {
    let boots = boots::read(text::open(reader, source_name)?, source_name)?;
    Ok(boots.iter().map(|boot| dialects::recover(boot, source_name, options)).collect())
}
