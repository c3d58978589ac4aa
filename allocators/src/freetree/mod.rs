#![doc = include_str!("README.md")]

mod edit;
mod list;
mod node;
mod reservations;
mod search;
mod tree;

#[cfg(test)]
mod tests;

pub use reservations::FreeGaps;

use crate::memblock::{Halving, Style, in_style};

/// The strategy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Freetree;

/// Reservations in a tree that knows the room between them.
pub struct InTree;

impl Style for InTree {
    const NAME: &'static str = "freetree";
    const SUMMARY: &'static str =
        "memblock with reservations, and the gaps between them, in a B-tree; the same addresses";
    type Walk = Halving;
    type Reserved<'m> = FreeGaps<'m, LEAF, FAN>;

    #[inline]
    fn taken(size: u64, _: u64) -> u64 {
        size
    }
}

/// Regions in a leaf, and children of an inner node.
const LEAF: usize = 64;
const FAN: usize = 64;

in_style!(Freetree, InTree);
