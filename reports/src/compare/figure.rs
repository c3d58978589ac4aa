//! The exact figures that are compared.

use benches::figures::{FIGURES, Figure};

/// Those by which strategies differ, in the order of the table: all that have a better side, and two that explain others.
pub fn shown() -> impl Iterator<Item = &'static Figure> {
    FIGURES.iter().filter(|figure| figure.better.is_some() || ["blocks", "ranges"].contains(&figure.id))
}
