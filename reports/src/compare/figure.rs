//! The exact figures that are compared: those by which strategies differ.

use benches::figures::{Figure, figure};

const SHOWN: [&str; 17] = [
    "instructions",
    "instructions-calls",
    "instructions-hand-over",
    "instructions-build",
    "failed",
    "conflicts",
    "violations",
    "elsewhere",
    "intact-2m",
    "intact-1g",
    "small-blocks",
    "dma",
    "released",
    "blocks",
    "rounding",
    "metadata",
    "ranges",
];

/// The figures that are shown, in this order.
pub fn shown() -> impl Iterator<Item = &'static Figure> {
    SHOWN.iter().filter_map(|id| figure(id))
}
