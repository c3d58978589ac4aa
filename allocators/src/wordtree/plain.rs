//! A map that is small enough to be walked as it is.

use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::leaf::BITS;
use super::lowest::Lowest;
use super::search::WHOLE_WORD;
use crate::bitmap::bitwise::word_of;
use crate::bitmap::{Engine as _, Fit, Full, Refused};
use crate::wordscan::ByWords;
use crate::wordscan::search::find_long;

/// wordscan's bitmap, with a note of how far up it is full, and of chunks that were found to be dense.
pub(super) struct Plain<'m> {
    words: ByWords<'m>,
    lowest: Lowest,
    dense: Dense,
}

const CHUNKS: usize = (Plain::MOST_BITS / BITS) as usize;
const CHUNK_WORDS: usize = (BITS / 64) as usize;

/// So many windows are tried before anybody asks whether the chunk is dense: most searches are over by then.
const PATIENCE: usize = 8;

/// Which chunks are known to have no empty word, so that nothing that needs one fits in. Of others that is not known.
// Noted by searches, which change nothing else: so it is atomic.
struct Dense([AtomicU64; CHUNKS / 64]);

impl Dense {
    /// The first chunk from `chunk` on that is not known to be dense.
    fn next_unknown(&self, chunk: usize) -> usize {
        let mut at = chunk;
        while let Some(word) = self.0.get(at / 64) {
            let known = (word.load(Relaxed) >> (at % 64)).trailing_ones() as usize;
            at += known;
            if known == 0 || !at.is_multiple_of(64) {
                break;
            }
        }
        at
    }

    /// Looks at a chunk, and notes it if it is dense.
    #[cold]
    fn look(&self, words: &[u64], chunk: usize) -> bool {
        let own = words.get(chunk * CHUNK_WORDS..).unwrap_or_default();
        let own = &own[..own.len().min(CHUNK_WORDS)];
        let empty = own.iter().fold(0, |count, &word| count + u32::from(word == 0));
        let dense = !own.is_empty() && empty == 0;
        if dense && let Some(word) = self.0.get(chunk / 64) {
            word.fetch_or(1 << (chunk % 64), Relaxed);
        }
        dense
    }

    /// Notes that `bits`, which are some, were cleared.
    #[inline]
    fn cleared(&mut self, words: &[u64], bits: &Range<u64>) {
        let (first, last) = (word_of(bits.start), word_of(bits.end - 1));
        if last - first >= 2 || words[first] == 0 || words[last] == 0 {
            for chunk in first / CHUNK_WORDS..=last / CHUNK_WORDS {
                if let Some(word) = self.0.get_mut(chunk / 64) {
                    *word.get_mut() &= !(1 << (chunk % 64));
                }
            }
        }
    }
}

impl<'m> Plain<'m> {
    /// Maps of no more bits than these (40 GiB in pages of 4 KiB: 32, and a hole below 4) are plain: a boot looks at a few lines of
    /// their bitmap.
    pub(super) const MOST_BITS: u64 = 10 << 20;

    pub(super) fn words(bits: u64) -> u64 {
        ByWords::words(bits, 0)
    }

    /// So many bits, all of them set.
    pub(super) fn new(words: &'m mut [u64], bits: u64) -> Self {
        let dense = Dense([const { AtomicU64::new(0) }; CHUNKS / 64]);
        Self { words: ByWords::new(words, bits), lowest: Lowest::of(bits), dense }
    }

    #[inline]
    pub(super) fn find(&self, bits: Range<u64>, fit: Fit) -> Option<u64> {
        let bits = self.lowest.above(bits);
        if fit.count < WHOLE_WORD { self.words.find(bits, fit) } else { self.find_long(bits, fit) }
    }

    #[inline(never)]
    fn find_long(&self, bits: Range<u64>, fit: Fit) -> Option<u64> {
        let (mut tried, mut looked) = (0, usize::MAX);
        find_long(self.words.0, bits, fit, |start| {
            tried += 1;
            if tried > PATIENCE { self.past_dense(start, &mut looked) } else { start }
        })
    }

    /// Where a block that needs an empty word may begin, from `start` on: not in chunks that are dense, but for what is clear at the
    /// end of the last of them. The chunk in which that is was looked at.
    #[inline(never)]
    fn past_dense(&self, start: u64, looked: &mut usize) -> u64 {
        let first = word_of(start) / CHUNK_WORDS;
        let mut chunk = self.dense.next_unknown(first);
        while *looked != chunk && self.dense.look(self.words.0, chunk) {
            chunk = self.dense.next_unknown(chunk + 1);
        }
        *looked = chunk;
        if chunk == first {
            return start;
        }
        // Its last word has a bit that is set.
        let end = (chunk * CHUNK_WORDS).min(self.words.0.len());
        start.max(end as u64 * 64 - u64::from(self.words.0[end - 1].leading_zeros()))
    }

    #[inline]
    pub(super) fn next_clear(&self, bits: Range<u64>) -> u64 {
        self.words.next_clear(bits)
    }

    #[inline]
    pub(super) fn next_set(&self, bits: Range<u64>) -> u64 {
        self.words.next_set(bits)
    }

    #[inline]
    pub(super) fn take(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        self.words.take(bits.clone())?;
        self.lowest.note::<true>(&bits);
        Ok(())
    }

    #[inline]
    pub(super) fn give(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        self.words.give(bits.clone())?;
        self.note_cleared(&bits);
        Ok(())
    }

    #[inline]
    pub(super) fn set(&mut self, bits: Range<u64>) -> Result<(), Full> {
        self.lowest.note::<true>(&bits);
        self.words.set(bits)
    }

    #[inline]
    pub(super) fn clear(&mut self, bits: Range<u64>) -> Result<(), Full> {
        self.words.clear(bits.clone())?;
        self.note_cleared(&bits);
        Ok(())
    }

    #[inline]
    fn note_cleared(&mut self, bits: &Range<u64>) {
        self.lowest.note::<false>(bits);
        if !bits.is_empty() {
            self.dense.cleared(self.words.0, bits);
        }
    }
}
