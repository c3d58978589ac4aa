//! Bits that stand for words, and bits that stand for words of those.

/// The first clear bit from `at` on.
#[inline]
pub(super) fn next_clear(bits: &[u64], at: usize) -> Option<usize> {
    next(bits, at, |word| !word)
}

/// The first set bit from `at` on.
#[inline]
pub(super) fn next_set(bits: &[u64], at: usize) -> Option<usize> {
    next(bits, at, |word| word)
}

#[inline]
fn next(bits: &[u64], at: usize, wanted: impl Fn(u64) -> u64) -> Option<usize> {
    let rest = wanted(*bits.get(at / 64)?) >> (at % 64);
    if rest != 0 {
        return Some(at + rest.trailing_zeros() as usize);
    }
    let more = bits[at / 64 + 1..].iter().position(|&word| wanted(word) != 0)?;
    let word = at / 64 + 1 + more;
    Some(word * 64 + wanted(bits[word]).trailing_zeros() as usize)
}

/// The last set bit below `end`.
#[inline]
pub(super) fn last_set(bits: &[u64], end: usize) -> Option<usize> {
    if !end.is_multiple_of(64) {
        let rest = bits[end / 64] << (64 - end % 64);
        if rest != 0 {
            return Some(end - 1 - rest.leading_zeros() as usize);
        }
    }
    let word = bits[..end / 64].iter().rposition(|&word| word != 0)?;
    Some(word * 64 + 63 - bits[word].leading_zeros() as usize)
}

/// A bitmap with two levels above it, in which a bit is set where the word below is full: the next clear bit is found in a
/// handful of steps among a million.
pub(super) struct Summarised<'m> {
    bits: &'m mut [u64],
    above: &'m mut [u64],
    top: &'m mut [u64],
}

impl<'m> Summarised<'m> {
    /// The words that so many words of bits need, with those above.
    pub(super) const fn words(words: usize) -> usize {
        words + words.div_ceil(64) + words.div_ceil(64 * 64)
    }

    /// A bitmap of so many words, all ones, in as many as it [needs](Self::words).
    pub(super) fn new(memory: &'m mut [u64], words: usize) -> Self {
        memory.fill(!0);
        let (bits, rest) = memory.split_at_mut(words);
        let (above, top) = rest.split_at_mut(words.div_ceil(64));
        Self { bits, above, top }
    }

    #[inline]
    pub(super) fn bits(&self) -> &[u64] {
        self.bits
    }

    /// Changes words `first` to `last` by `change`, and what stands for them.
    #[inline]
    pub(super) fn update(&mut self, first: usize, last: usize, change: impl FnOnce(&mut [u64])) {
        change(self.bits);
        Self::stand_for(self.bits, self.above, first, last);
        Self::stand_for(self.above, self.top, first / 64, last / 64);
    }

    #[inline]
    fn stand_for(below: &[u64], above: &mut [u64], first: usize, last: usize) {
        for (at, &word) in below.iter().enumerate().take(last + 1).skip(first) {
            let bit = 1 << (at % 64);
            above[at / 64] = if word == !0 { above[at / 64] | bit } else { above[at / 64] & !bit };
        }
    }

    #[inline]
    pub(super) fn is_set(&self, bit: usize) -> bool {
        self.bits[bit / 64] >> (bit % 64) & 1 != 0
    }

    /// Sets a bit, or clears it. Most of the time nothing changes above.
    #[inline]
    pub(super) fn change(&mut self, bit: usize, set: bool) {
        let mut at = bit;
        for level in [&mut *self.bits, &mut *self.above, &mut *self.top] {
            let Some(word) = level.get_mut(at / 64) else { return };
            let was = *word == !0;
            *word = *word & !(1 << (at % 64)) | u64::from(set) << (at % 64);
            if (*word == !0) == was {
                return;
            }
            at /= 64;
        }
    }

    /// The first clear bit from `at` on.
    #[inline]
    pub(super) fn next_clear(&self, at: usize) -> Option<usize> {
        let word = at / 64;
        let rest = !*self.bits.get(word)? >> (at % 64);
        if rest != 0 {
            return Some(at + rest.trailing_zeros() as usize);
        }
        self.next_clear_above(word + 1)
    }

    /// The first clear bit in the words from `word` on.
    #[cold]
    fn next_clear_above(&self, word: usize) -> Option<usize> {
        let above = word / 64;
        let rest = !*self.above.get(above)? >> (word % 64);
        let word = if rest != 0 {
            word + rest.trailing_zeros() as usize
        } else {
            let above = next_clear(self.top, above + 1)?;
            above * 64 + (!self.above[above]).trailing_zeros() as usize
        };
        Some(word * 64 + (!self.bits[word]).trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    /// Expect the same of a bitmap with levels as of one without, wherever its clear bits are, to three levels up.
    #[test]
    fn levels_change_no_answer() {
        const WORDS: usize = 64 * 64 * 2 + 65;
        let mut memory = vec![0; Summarised::words(WORDS)];
        let mut tree = Summarised::new(&mut memory, WORDS);
        assert_eq!(tree.next_clear(0), None);
        let places = [0, 63, 64, 4095, 4096, 262_143, 262_144, 300_000, 524_287, 524_288, WORDS * 64 - 1];
        for (index, &place) in places.iter().enumerate() {
            for &other in &places[index..] {
                let flip = |tree: &mut Summarised<'_>, bit: usize| {
                    tree.update(bit / 64, bit / 64, |bits| bits[bit / 64] ^= 1 << (bit % 64));
                };
                flip(&mut tree, place);
                if other != place {
                    flip(&mut tree, other);
                }
                for from in
                    [0, 1, 62, 63, 64, 65, 4095, 4096, 200_000, 262_144, 299_999, 524_288, WORDS * 64 - 1]
                {
                    assert_eq!(
                        tree.next_clear(from),
                        next_clear(tree.bits(), from),
                        "{place} {other} {from}"
                    );
                }
                assert_eq!(tree.next_clear(WORDS * 64), None);
                flip(&mut tree, place);
                if other != place {
                    flip(&mut tree, other);
                }
            }
        }
        assert_eq!(tree.next_clear(0), None);
    }
}
