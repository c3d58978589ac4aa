//! The exact figures that are compared.

use benches::figures::{FIGURES, Figure};

/// Those by which strategies differ, in the order of the table: all that have a better side, and some that explain others.
pub fn shown() -> impl Iterator<Item = &'static Figure> {
    FIGURES.iter().filter(|figure| figure.better.is_some() || EXPLAIN.contains(&figure.id))
}

const EXPLAIN: [&str; 4] = ["blocks", "ranges", "struct-pages-never", "reserved-calls"];

/// Whether what two have of a figure is worth a row: of what should not happen and did not, and of what is equal and explains
/// others, there is nothing to say.
pub(crate) fn is_told(figure: &Figure, baseline: u64, candidate: u64) -> bool {
    baseline != candidate || (figure.better.is_some() && baseline > 0) || NEVER.contains(&figure.id)
}

/// What a reader looks for even where it is nothing.
const NEVER: [&str; 2] = ["failed", "violations"];
