//! Copies of memory that are written back to where they came from.

use std::mem::MaybeUninit;
use std::ptr;

/// Copies of pieces of memory, each with the place that it came from.
#[derive(Default)]
pub(super) struct Copies(Vec<(*mut MaybeUninit<u8>, Vec<MaybeUninit<u8>>)>);

impl Copies {
    /// Copies so many bytes.
    ///
    /// # Safety
    /// They are allocated, and nobody writes to them meanwhile.
    pub(super) unsafe fn add(&mut self, at: *mut u8, bytes: usize) {
        let at: *mut MaybeUninit<u8> = at.cast();
        let mut copy: Vec<MaybeUninit<u8>> = Vec::with_capacity(bytes);
        // SAFETY: the caller promises that so many bytes are there; as bytes that may be uninitialised, any are valid, and the
        // list has room for them.
        unsafe {
            ptr::copy_nonoverlapping(at, copy.as_mut_ptr(), bytes);
            copy.set_len(bytes);
        }
        self.0.push((at, copy));
    }

    /// All bytes of them.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|(_, copy)| copy.len()).sum()
    }

    /// Writes all of them back.
    ///
    /// # Safety
    /// What they were copied from is still allocated and may be written, and nobody uses it meanwhile.
    pub(super) unsafe fn put_back(&self) {
        for (at, copy) in &self.0 {
            // SAFETY: the caller promises that the place is there, and it is as large as its copy.
            unsafe { ptr::copy_nonoverlapping(copy.as_ptr(), *at, copy.len()) };
        }
    }
}
