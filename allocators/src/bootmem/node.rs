//! What bootmem notes of a node (`bootmem_data_t`).

use core::ops::Range;

use crate::bitmap::bitwise::word_of;
use crate::bitmap::tail::Tail;
use crate::{Nid, Pfn, PfnRange, Record};

/// The end of the list of nodes.
pub(super) const NO_NODE: u32 = u32::MAX;

/// A node on line, with memory or without.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Node {
    /// Its first page (`node_min_pfn`), which is bit 0 of its bitmap.
    pub(super) min: Pfn,
    /// The page after its last (`node_low_pfn`); the same as `min` if it has none.
    pub(super) low: Pfn,
    /// Where its bitmap begins among all words.
    first_word: u64,
    /// The end of its last allocation (`last_end_off`, but counted from address 0).
    pub(super) tail: Tail,
    /// The bit after its last allocation, or the first freed one below.
    pub(super) hint_idx: u64,
    nid: u32,
    /// The place of the node that begins next above it, or [`NO_NODE`].
    pub(super) next: u32,
    released: u64,
}

// SAFETY: `repr(C)`, five u64, two u32 and one u64: 56 bytes without padding, aligned like u64, any bits are valid.
unsafe impl Record for Node {}

impl Node {
    pub(super) fn new(nid: Nid, pages: PfnRange, first_word: u64) -> Self {
        Self {
            min: pages.start(),
            low: pages.end(),
            first_word,
            tail: Tail::NONE,
            hint_idx: 0,
            nid: nid.get(),
            next: NO_NODE,
            released: 0,
        }
    }

    /// From its first page to its last, whatever lies between.
    #[inline]
    pub(super) fn span(&self) -> PfnRange {
        PfnRange::clamped(self.min, self.low)
    }

    /// Its bitmap's place among all words.
    #[inline]
    pub(super) fn words(&self) -> Range<usize> {
        word_of(self.first_word * 64)..word_of((self.first_word + map_words(self.low.0 - self.min.0)) * 64)
    }

    /// The bits of `pages`, which are the node's.
    #[inline]
    pub(super) fn bits(&self, pages: PfnRange) -> Range<u64> {
        self.bit(pages.start())..self.bit(pages.end())
    }

    /// The page of `bit`.
    #[inline]
    pub(super) fn pfn(&self, bit: u64) -> Pfn {
        Pfn(self.min.0 + bit)
    }

    /// The bit of `pfn`, which is in its span or just behind.
    #[inline]
    pub(super) fn bit(&self, pfn: Pfn) -> u64 {
        pfn.0 - self.min.0
    }

    /// The pages of `bits`; empty when those are backwards.
    #[inline]
    pub(super) fn pages(&self, bits: Range<u64>) -> PfnRange {
        PfnRange::clamped(self.pfn(bits.start), self.pfn(bits.end))
    }

    #[inline]
    pub(super) fn is_released(&self) -> bool {
        self.released != 0
    }

    pub(super) fn release(&mut self) {
        self.released = 1;
    }
}

/// The words of a bitmap of so many pages.
pub(super) fn map_words(pages: u64) -> u64 {
    pages.div_ceil(64)
}

/// The place of `nid` in a table that ascends by node id.
#[inline]
pub(super) fn place_of(nodes: &[Node], nid: Nid) -> Option<usize> {
    nodes.binary_search_by_key(&nid.get(), |node| node.nid).ok()
}
