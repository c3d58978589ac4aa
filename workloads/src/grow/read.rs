//! A trace from its own text or from a recipe.

use super::{GrowError, PREFIX, Recipe};
use crate::trace::{ReadError, Trace};

/// Why a text is no trace.
#[derive(Debug, thiserror::Error)]
pub enum ReadTraceError {
    /// It is a recipe, and nothing can be made from it.
    #[error(transparent)]
    Grow(#[from] GrowError),
    /// It is the text of a trace, and damaged.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// The trace that `text` is, or that the recipe in it makes. Worker processes are given the recipe: it is a few words where
/// the trace may be a hundred MiB.
///
/// # Errors
/// [`ReadTraceError`] says what is wrong with the one or the other.
pub fn read(text: &str) -> Result<Trace, ReadTraceError> {
    if text.starts_with(PREFIX) { Ok(text.parse::<Recipe>()?.trace()?) } else { Ok(text.parse()?) }
}
