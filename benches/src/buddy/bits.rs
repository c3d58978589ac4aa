//! A plain set of bits.

#[derive(Clone, Debug)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Room for `count` bits, all clear.
    pub(super) fn new(count: u64) -> Self {
        let words = usize::try_from(count.div_ceil(64)).unwrap_or(usize::MAX);
        Self(vec![0; words])
    }

    /// Sets a bit, and says whether it was clear.
    #[inline]
    pub(super) fn set(&mut self, index: u64) -> bool {
        let (word, mask) = self.at(index);
        let was_clear = *word & mask == 0;
        *word |= mask;
        was_clear
    }

    /// Clears a bit, and says whether it was set.
    #[inline]
    pub(super) fn take(&mut self, index: u64) -> bool {
        let (word, mask) = self.at(index);
        let was_set = *word & mask != 0;
        *word &= !mask;
        was_set
    }

    pub(super) fn clear_all(&mut self) {
        self.0.fill(0);
    }

    /// The words that have a bit set.
    pub(super) fn words(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().filter(|(_, word)| **word != 0).map(|(index, _)| index)
    }

    pub(super) fn clear_word(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index) {
            *word = 0;
        }
    }

    #[inline]
    fn at(&mut self, index: u64) -> (&mut u64, u64) {
        let word = (index / 64) as usize;
        (&mut self.0[word], 1 << (index % 64))
    }
}
