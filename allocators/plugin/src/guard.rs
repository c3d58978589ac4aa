//! Words behind what a library may write, by which it is found out when it writes more.

/// How many words: a cache line of them.
pub(crate) const WORDS: usize = 8;

/// What they hold: no address, no small number, no text.
const PATTERN: u64 = 0xb007_a110_c0de_d00d;

/// The end of some memory that a library was given.
pub(crate) struct Guard(*const u64);

// SAFETY: the words are only read through it.
unsafe impl Send for Guard {}
// SAFETY: as above.
unsafe impl Sync for Guard {}

impl Guard {
    /// Splits memory into what a library is given and the guard behind it; `None` where there is too little for a guard.
    ///
    /// The guard is checked by [`intact`](Self::intact) while the memory is still borrowed.
    pub(crate) fn split(words: &mut [u64]) -> Option<(&mut [u64], Self)> {
        let given = words.len().checked_sub(WORDS)?;
        let (given, guard) = words.split_at_mut(given);
        guard.fill(PATTERN);
        Some((given, Self(guard.as_ptr())))
    }

    /// Whether nobody has written there.
    pub(crate) fn intact(&self) -> bool {
        // SAFETY: these words were borrowed for as long as the allocator lives, which owns this guard.
        let words = unsafe { std::slice::from_raw_parts(self.0, WORDS) };
        words.iter().all(|&word| word == PATTERN)
    }
}
