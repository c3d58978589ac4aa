//! The traces that are built into the program.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::cost::{Cost, CostReadError};
use crate::trace::{ReadError, Trace};

/// The name and the packed text of every trace of the corpus, by name.
const CORPUS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/corpus.rs"));

/// The name and the packed text of what those boots paid that were counted, by name.
const COSTS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/costs.rs"));

/// The names of all traces, ascending.
pub fn names() -> impl Iterator<Item = &'static str> {
    CORPUS.iter().map(|(name, _)| *name)
}

/// The text of the trace of this name, or `None` if there is none.
///
/// # Panics
/// If the program was built wrongly: the text is packed at build time.
#[must_use]
pub fn text(name: &str) -> Option<String> {
    unpack(CORPUS, name)
}

fn unpack(all: &[(&str, &[u8])], name: &str) -> Option<String> {
    let (_, packed) = all.iter().find(|(known, _)| *known == name)?;
    let mut text = String::new();
    GzDecoder::new(*packed).read_to_string(&mut text).expect("packed at build time");
    Some(text)
}

/// What the recorded kernel paid in the boot of this name, or `None` if it was not counted.
///
/// # Errors
/// [`CostReadError`] when the file in the repository is damaged.
///
/// # Panics
/// If the program was built wrongly: the text is packed at build time.
#[must_use]
pub fn cost(name: &str) -> Option<Result<Cost, CostReadError>> {
    unpack(COSTS, name).map(|text| text.parse())
}

/// The trace of this name, or `None` if there is none.
///
/// # Errors
/// [`ReadError`] when the trace in the repository is damaged.
#[must_use]
pub fn trace(name: &str) -> Option<Result<Trace, ReadError>> {
    text(name).map(|text| text.parse())
}

/// The names of the curated traces, ascending: a few boots that differ in what matters, the default of most commands.
pub fn curated() -> impl Iterator<Item = &'static str> {
    let chosen = include_str!("../traces/curated.txt");
    names().filter(move |name| chosen.lines().any(|line| line.trim() == *name))
}
