//! The chunks of a bitmap: free as a whole, taken as a whole, or with a leaf of their own.

use core::ops::Range;

use super::leaf::{BITS, Leaf};
use super::lowest::Lowest;
use super::summary::{Summarised, last_set, next_set};
use crate::bitmap::mask;
use crate::records;

/// What is known of a chunk.
#[derive(Clone, Copy)]
pub(super) enum State<'t> {
    Empty,
    Full,
    Mixed(&'t Leaf),
}

/// All chunks of a bitmap, and the leaves.
pub(super) struct Tree<'m> {
    chunks: usize,
    /// Of each chunk, whether any of its bits is set.
    used: &'m mut [u64],
    /// Of each chunk, whether all of its bits are set. Behind the last chunk there are ones.
    full: Summarised<'m>,
    /// Of each chunk, whether no run of clear bits in it holds a whole word. Behind the last chunk there are ones.
    dense: Summarised<'m>,
    /// Of each chunk, whether it has a leaf, which says the same of its bits as the two above.
    cut: &'m mut [u64],
    /// Two to a word: the leaf of each chunk that has one. Those of others mean nothing.
    leaf_of: &'m mut [u64],
    leaves: &'m mut [Leaf],
    /// The first of the leaves that were given back, each of which names the next in its first word.
    given_back: Option<u32>,
    /// Leaves from this one on were never used.
    fresh: usize,
    /// How many of them were cleared when the map was made.
    cleared: usize,
    /// Leaves that nobody uses.
    spare: usize,
    pub(super) lowest: Lowest,
}

/// How a map of so many chunks is divided.
pub(super) struct Layout {
    chunks: usize,
    words: usize,
    leaves: usize,
}

/// The leaves that every machine has at least.
const FIRST_LEAVES: usize = 64;
/// How many leaves are cleared when the map is made, if there are so many: that takes no time of the boot's. What is first used
/// later is cleared then.
const CLEARED_AT_MOST: usize = 512;

const LEAF_WORDS: usize = size_of::<Leaf>() / 8;

/// The chunk of a bit.
#[inline]
pub(super) const fn chunk_of(bit: u64) -> usize {
    // Its state lies in memory, so chunks can be counted.
    (bit / BITS) as usize
}

impl Layout {
    /// For so many bits, in which so many stretches are clear to begin with.
    pub(super) fn new(bits: u64, stretches: usize) -> Self {
        let chunks = bits.div_ceil(BITS);
        let words = usize::try_from(chunks.div_ceil(64)).unwrap_or(usize::MAX / 256);
        // Each end of a stretch may cut a chunk. Of the rest, a boot cuts a few on each node.
        let leaves = (FIRST_LEAVES as u64 + chunks / 512).saturating_add(2 * stretches as u64).min(chunks);
        let number = |count: u64, most: usize| usize::try_from(count).unwrap_or(most);
        Self { chunks: number(chunks, usize::MAX), words, leaves: number(leaves, usize::MAX / 1024) }
    }

    pub(super) fn words(&self) -> u64 {
        (self.fixed() as u64).saturating_add((self.leaves * LEAF_WORDS) as u64)
    }

    /// The words before the leaves.
    fn fixed(&self) -> usize {
        2 * self.words + 2 * Summarised::words(self.words) + self.words * 32
    }
}

impl<'m> Tree<'m> {
    /// A tree for so many bits, all of them set, in `words`.
    pub(super) fn new(words: &'m mut [u64], bits: u64) -> Self {
        let layout = Layout::new(bits, 0);
        let (fixed, leaves) = words.split_at_mut(layout.fixed());
        let (used, fixed) = fixed.split_at_mut(layout.words);
        let (cut, fixed) = fixed.split_at_mut(layout.words);
        let (full, fixed) = fixed.split_at_mut(Summarised::words(layout.words));
        let (dense, leaf_of) = fixed.split_at_mut(Summarised::words(layout.words));
        used.fill(!0);
        cut.fill(0);
        let leaves = records::<Leaf>(leaves);
        let spare = leaves.len();
        let cleared = spare.min(CLEARED_AT_MOST);
        leaves[..cleared].fill(Leaf::EMPTY);
        let full = Summarised::new(full, layout.words);
        let dense = Summarised::new(dense, layout.words);
        Self {
            chunks: layout.chunks,
            used,
            full,
            dense,
            cut,
            leaf_of,
            leaves,
            given_back: None,
            fresh: 0,
            cleared,
            spare,
            lowest: Lowest::of(bits),
        }
    }

    #[inline]
    fn bit(words: &[u64], chunk: usize) -> bool {
        words[chunk / 64] >> (chunk % 64) & 1 != 0
    }

    #[inline]
    fn leaf_of(&self, chunk: usize) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "half of a word is meant")]
        let leaf = (self.leaf_of[chunk / 2] >> (chunk % 2 * 32)) as u32;
        leaf as usize
    }

    #[inline]
    pub(super) fn state(&self, chunk: usize) -> State<'_> {
        if !Self::bit(self.used, chunk) {
            State::Empty
        } else if self.full.is_set(chunk) {
            State::Full
        } else {
            State::Mixed(&self.leaves[self.leaf_of(chunk)])
        }
    }

    /// The first chunk from `chunk` on that is not full.
    #[inline]
    pub(super) fn next_not_full(&self, chunk: usize) -> Option<usize> {
        self.full.next_clear(chunk)
    }

    /// The first chunk from `chunk` on in which a run of clear bits holds a whole word.
    #[inline]
    pub(super) fn next_airy(&self, chunk: usize) -> Option<usize> {
        self.dense.next_clear(chunk)
    }

    /// The last chunk below `chunk` that is not empty.
    #[inline]
    pub(super) fn last_used(&self, chunk: usize) -> Option<usize> {
        last_set(self.used, chunk)
    }

    /// The first chunk from `chunk` on that is not empty.
    #[inline]
    pub(super) fn next_used(&self, chunk: usize) -> Option<usize> {
        next_set(self.used, chunk)
    }

    /// The leaf of a chunk that has one, and is neither empty nor full.
    #[inline]
    pub(super) fn mixed_leaf(&mut self, chunk: usize) -> Option<&mut Leaf> {
        let mixed = Self::bit(self.used, chunk) && !self.full.is_set(chunk);
        mixed.then(|| self.leaf_of(chunk)).map(|leaf| &mut self.leaves[leaf])
    }

    /// Whether `chunk` has a leaf.
    pub(super) fn has_leaf(&self, chunk: usize) -> bool {
        Self::bit(self.cut, chunk)
    }

    /// How many words the leaves want to move to, if a change might need more of them than there are.
    #[inline]
    pub(super) fn wants_words(&mut self) -> Option<usize> {
        // A change cuts the chunk that it begins in and the one that it ends in.
        if self.spare >= 2 || self.leaves.len() >= self.chunks {
            return None;
        }
        self.scarce()
    }

    #[cold]
    fn scarce(&mut self) -> Option<usize> {
        for word in 0..self.cut.len() {
            let mut whole = self.cut[word] & (self.full.bits()[word] | !self.used[word]);
            while whole != 0 {
                self.give_back(word * 64 + whole.trailing_zeros() as usize);
                whole &= whole - 1;
            }
        }
        (self.spare < 2).then(|| (self.leaves.len() * 2).max(FIRST_LEAVES) * LEAF_WORDS)
    }

    pub(super) fn spare(&self) -> usize {
        self.spare
    }

    pub(super) fn move_to(&mut self, words: &'m mut [u64]) {
        let leaves = records::<Leaf>(words);
        leaves[..self.leaves.len()].copy_from_slice(self.leaves);
        self.spare += leaves.len() - self.leaves.len();
        self.leaves = leaves;
    }

    /// Gives a chunk that is empty, or full, a leaf that says the same if it has none, for which there is one to spare; then
    /// counts it as neither.
    pub(super) fn cut(&mut self, chunk: usize) {
        if !self.has_leaf(chunk) {
            self.make_leaf(chunk);
        }
        self.used[chunk / 64] |= 1 << (chunk % 64);
        if self.full.is_set(chunk) {
            self.full.change(chunk, false);
        }
    }

    #[cold]
    fn make_leaf(&mut self, chunk: usize) {
        let empty = !Self::bit(self.used, chunk);
        let (leaf, cleared) = if let Some(leaf) = self.given_back {
            self.given_back = u32::try_from(self.leaves[leaf as usize].words()[0]).ok();
            (leaf as usize, false)
        } else {
            self.fresh += 1;
            (self.fresh - 1, self.fresh <= self.cleared)
        };
        self.spare -= 1;
        if !empty {
            self.leaves[leaf] = Leaf::FULL;
        } else if !cleared {
            self.leaves[leaf] = Leaf::EMPTY;
        }
        let shift = chunk % 2 * 32;
        let word = &mut self.leaf_of[chunk / 2];
        *word = *word & !(0xffff_ffff << shift) | (leaf as u64) << shift;
        self.cut[chunk / 64] |= 1 << (chunk % 64);
    }

    /// Notes that `chunks`, which are some, are full, or empty, and takes their leaves back.
    pub(super) fn make_whole(&mut self, chunks: Range<usize>, full: bool) {
        let (first, last) = (chunks.start / 64, (chunks.end - 1) / 64);
        let bits = chunks.start as u64..chunks.end as u64;
        for word in first..=last {
            let mut cut = self.cut[word] & mask::mask(word, &bits);
            while cut != 0 {
                self.give_back(word * 64 + cut.trailing_zeros() as usize);
                cut &= cut - 1;
            }
        }
        let change = if full { mask::set } else { mask::clear };
        change(self.used, bits.clone());
        self.full.update(first, last, |words| change(words, bits.clone()));
        self.dense.update(first, last, |words| change(words, bits));
    }

    /// Notes what is to be said of a chunk that has a leaf and was changed. The leaf stays if all of its bits are alike, for what
    /// filled it to the last bit may free one again.
    #[inline]
    pub(super) fn settle(&mut self, chunk: usize) {
        let said = self.leaves[self.leaf_of(chunk)].said();
        if said.dense != self.dense.is_set(chunk) {
            self.dense.change(chunk, said.dense);
        }
        if said.full {
            self.full.change(chunk, true);
        } else if said.empty {
            self.used[chunk / 64] &= !(1 << (chunk % 64));
        }
    }

    /// Takes the leaf of a chunk back.
    fn give_back(&mut self, chunk: usize) {
        self.cut[chunk / 64] &= !(1 << (chunk % 64));
        let leaf = self.leaf_of(chunk);
        self.leaves[leaf].link(self.given_back.map_or(u64::MAX, u64::from));
        self.given_back = u32::try_from(leaf).ok();
        self.spare += 1;
    }
}
