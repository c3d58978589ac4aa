//! wordtree on machines that no bitmap of one bit a page would fit: its answers are those of a list of free pages.

mod cost;
mod dense;
mod grown;
mod random;
