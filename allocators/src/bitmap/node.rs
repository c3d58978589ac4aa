//! What the flat bitmap notes of a node.

use super::tail::Tail;
use crate::{Nid, Record};

/// A node on line, with memory or without.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Node {
    /// Where its previous own allocation ended.
    pub(super) tail: Tail,
    nid: u32,
    released: u32,
    /// Its pieces are among these, which other nodes may share.
    pub(super) first_piece: u32,
    pub(super) end_piece: u32,
}

// SAFETY: `repr(C)`, one u64 and four u32: 24 bytes without padding, aligned like u64, any bits are valid.
unsafe impl Record for Node {}

impl Node {
    pub(super) fn new(nid: Nid) -> Self {
        Self { tail: Tail::NONE, nid: nid.get(), released: 0, first_piece: 0, end_piece: 0 }
    }

    /// Notes that it owns the piece at `place`; called with ascending places.
    pub(super) fn own_piece(&mut self, place: u32) {
        if self.end_piece == 0 {
            self.first_piece = place;
        }
        self.end_piece = place + 1;
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
