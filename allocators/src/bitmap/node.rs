//! What the flat bitmap notes of a node.

use super::tail::Tail;
use crate::{Nid, PageCount, Pfn, PfnRange, Record};

/// A node on line, with memory or without.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Node {
    /// Where its previous own allocation ended.
    pub(super) tail: Tail,
    /// Its first page and the page after its last; the same if it has none.
    min: Pfn,
    end: Pfn,
    nid: u32,
    released: u32,
}

// SAFETY: `repr(C)`, three u64 and two u32: 32 bytes without padding, aligned like u64, any bits are valid.
unsafe impl Record for Node {}

impl Node {
    pub(super) fn new(nid: Nid) -> Self {
        Self { tail: Tail::NONE, min: Pfn(0), end: Pfn(0), nid: nid.get(), released: 0 }
    }

    /// From its first page to its last, whatever lies between.
    #[inline]
    pub(super) fn span(&self) -> PfnRange {
        PfnRange::clamped(self.min, self.end)
    }

    /// Notes that it owns `pages`, which lie above those that it owned before.
    pub(super) fn own(&mut self, pages: PfnRange) {
        if self.span().count() == PageCount(0) {
            self.min = pages.start();
        }
        self.end = pages.end();
    }

    #[inline]
    pub(super) fn is_released(&self) -> bool {
        self.released != 0
    }

    pub(super) fn release(&mut self) {
        self.released = 1;
    }
}

/// The place of `nid` in a table that ascends by node id.
#[inline]
pub(super) fn place_of(nodes: &[Node], nid: Nid) -> Option<usize> {
    nodes.binary_search_by_key(&nid.get(), |node| node.nid).ok()
}
