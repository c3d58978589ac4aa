//! The function whose instructions are counted.

use std::hint::black_box;

use workloads::replay::Frame;

/// The pattern by which callgrind finds [`counted_region`], whatever it is made for.
pub const ENTRY_POINT: &str = "*counted_region*";

/// Does `work`, and is never inlined, so that its name stays in the program.
#[inline(never)]
pub fn counted_region<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}

/// Counts what it is put around.
pub(crate) struct Counted;

impl Frame for Counted {
    fn around<T>(&mut self, work: impl FnOnce() -> T) -> T {
        counted_region(work)
    }
}
