//! The memory that an allocator keeps its own state in, handed in by the caller.

use core::mem;

use crate::{AddrRange, PhysAddr};

/// Memory for an allocator's state.
///
/// In a kernel this is memory that the architecture set aside; in a measurement it is a part of the host's.
pub struct Metadata<'m> {
    words: &'m mut [u64],
    phys: Option<PhysAddr>,
    arrays: Option<&'m mut (dyn ArrayMemory<'m> + 'm)>,
}

/// Finds memory for a table that has outgrown the one handed in at the start.
pub trait ArrayMemory<'m>: Send + Sync {
    /// The memory at `range`, which the allocator has just reserved for itself, or `None` if there is none to be had.
    ///
    /// A kernel answers with the mapping of those very addresses; a measurement with host memory of that size.
    fn at(&mut self, range: AddrRange) -> Option<&'m mut [u64]>;
}

/// Host memory that is given out piece by piece, whatever the address.
pub struct BumpMemory<'m> {
    rest: &'m mut [u64],
}

impl<'m> BumpMemory<'m> {
    /// Gives out `words`.
    #[must_use]
    pub fn new(words: &'m mut [u64]) -> Self {
        Self { rest: words }
    }

    /// How many words are left.
    #[must_use]
    pub fn left(&self) -> usize {
        self.rest.len()
    }
}

impl<'m> ArrayMemory<'m> for BumpMemory<'m> {
    fn at(&mut self, range: AddrRange) -> Option<&'m mut [u64]> {
        let words = usize::try_from(range.size().div_ceil(8)).ok()?;
        self.rest.split_off_mut(..words)
    }
}

impl<'m> Metadata<'m> {
    /// Keeps state in `words`; tables cannot grow.
    #[must_use]
    pub fn new(words: &'m mut [u64]) -> Self {
        Self { words, phys: None, arrays: None }
    }

    /// The same, at this physical address: the allocator reserves its own pages there, so that it cannot hand them out.
    #[must_use]
    pub fn at(self, phys: PhysAddr) -> Self {
        Self { phys: Some(phys), ..self }
    }

    /// The same with tables that grow into `arrays`.
    #[must_use]
    pub fn with_arrays(self, arrays: &'m mut (dyn ArrayMemory<'m> + 'm)) -> Self {
        Self { arrays: Some(arrays), ..self }
    }

    /// The physical bytes that the metadata takes up, if it lies in the machine's own memory: some at least, though past
    /// the end of the address space there are none.
    #[must_use]
    pub fn phys(&self) -> Option<AddrRange> {
        let start = self.phys?.min(PhysAddr(u64::MAX - 1));
        Some(AddrRange::clamped(start, PhysAddr(start.0.saturating_add(mem::size_of_val(self.words) as u64))))
    }

    /// The words handed in.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether no words were handed in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Takes the memory apart.
    #[must_use]
    pub fn into_parts(self) -> (&'m mut [u64], Option<&'m mut (dyn ArrayMemory<'m> + 'm)>) {
        (self.words, self.arrays)
    }
}

/// A plain record that may be laid over zeroed or stale words.
///
/// # Safety
/// The type is `repr(C)` or `repr(transparent)`, needs no more alignment than `u64`, its size is a multiple of 8, it
/// has no padding, and every bit pattern is a value of it.
pub unsafe trait Record: Copy {}

/// Lays as many `T` over `words` as fit.
#[must_use]
pub fn records<T: Record>(words: &mut [u64]) -> &mut [T] {
    const {
        assert!(
            mem::size_of::<T>().is_multiple_of(8) && mem::size_of::<T>() > 0 && mem::align_of::<T>() <= 8
        );
    };
    let count = mem::size_of_val(words) / mem::size_of::<T>();
    // SAFETY: `Record` promises that any words are valid `T`s and that they are aligned; `count` of them lie within
    // `words`, whose borrow the result takes over.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grown_tables_do_not_overlap() {
        let mut words = [0; 8];
        let mut bump = BumpMemory::new(&mut words);
        let of = |size| AddrRange::from_size(PhysAddr(0x1000), size).unwrap();
        let first = bump.at(of(24)).unwrap();
        let second = bump.at(of(33)).unwrap();
        first.fill(1);
        second.fill(2);
        assert!(bump.at(of(1)).is_none());
        assert_eq!(words, [1, 1, 1, 2, 2, 2, 2, 2]);
    }
}
