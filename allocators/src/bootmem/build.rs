//! One bitmap for each node: the state, and how it is made.

use super::node::{NO_NODE, Node, map_words, place_of};
use crate::bitmap::bitwise;
use crate::bitmap::layout::Layout;
use crate::bitmap::pieces::{Piece, Pieces, runs};
use crate::{BuildError, MemoryMap, Metadata, Nid, PfnRange};

/// An allocator with a bitmap for each node.
pub struct PerNode<'m> {
    pub(super) map: MemoryMap<'m>,
    pub(super) pieces: Pieces<'m>,
    /// Ascending by node id.
    pub(super) nodes: &'m mut [Node],
    /// The place of the node that begins first (`bdata_list`), or [`NO_NODE`].
    pub(super) first: u32,
    pub(super) words: &'m mut [u64],
    pub(super) metadata_bytes: usize,
}

/// From the first page of `nid` to its last, whatever lies between.
fn span(map: &MemoryMap<'_>, nid: Nid) -> PfnRange {
    let own = runs(map).filter(|&(_, owner, _)| owner == nid);
    own.map(|(pages, ..)| pages)
        .reduce(|first, last| PfnRange::clamped(first.start(), last.end()))
        .unwrap_or_default()
}

fn layout(map: &MemoryMap<'_>) -> Layout {
    let words = map.nids().iter().map(|nid| map_words(span(map, nid).count().0));
    Layout::new::<Node>(map, words.fold(0, u64::saturating_add))
}

/// One bit for each page of each node from its first to its last, and the tables.
pub(super) fn metadata_words(map: &MemoryMap<'_>) -> usize {
    layout(map).words()
}

impl<'m> PerNode<'m> {
    /// Registers the nodes with all pages in use, then frees what is usable (`init_bootmem_node`, `free_bootmem`).
    pub(super) fn build(map: MemoryMap<'m>, metadata: Metadata<'m>) -> Result<Self, BuildError> {
        let layout = layout(&map);
        let own = metadata.phys();
        let (nodes, pieces, words) = layout.divide::<Node>(metadata.into_parts().0)?;
        let mut first_word = 0;
        for (node, nid) in nodes.iter_mut().zip(map.nids().iter()) {
            let pages = span(&map, nid);
            *node = Node::new(nid, pages, first_word);
            first_word += map_words(pages.count().0);
        }
        let pieces = Pieces::fill(pieces, &map, |nid| place_of(nodes, nid));
        let metadata_bytes = layout.words() * 8;
        let mut built = Self { map, pieces, nodes, first: NO_NODE, words, metadata_bytes };
        built.link();
        for usable in map.start().iter().filter(|piece| !piece.flags.untouchable()) {
            for (piece, part) in pieces.parts(usable.range.pages_inside(map.page())) {
                if piece.touchable() {
                    let freed = built.give(piece, part);
                    debug_assert!(freed.is_ok(), "neither list overlaps itself");
                }
            }
        }
        if let Some(own) = own {
            let pages = own.pages_touched(map.page());
            pieces.cover(pages, |_| false).map_err(|trespass| {
                BuildError::MetadataOutsideMemory(map.page().addr(trespass.pfn()).max(own.start()))
            })?;
            for (piece, part) in pieces.parts(pages) {
                built.set(piece, part);
            }
        }
        Ok(built)
    }

    /// Puts the nodes that own memory into the order of their first pages (`link_bootmem`).
    fn link(&mut self) {
        for place in (0..).take(self.nodes.len()) {
            let new = self.nodes[place as usize];
            if new.min == new.low {
                continue;
            }
            let (mut before, mut after) = (NO_NODE, self.first);
            while after != NO_NODE && self.nodes[after as usize].min < new.min {
                (before, after) = (after, self.nodes[after as usize].next);
            }
            self.nodes[place as usize].next = after;
            match self.nodes.get_mut(before as usize) {
                Some(before) => before.next = place,
                None => self.first = place,
            }
        }
    }

    /// Sets the bits of `part`, which is part of `piece`; if one is set already, returns it and changes nothing.
    pub(super) fn take(&mut self, piece: &Piece, part: PfnRange) -> Result<(), u64> {
        let node = &self.nodes[piece.node as usize];
        bitwise::take(&mut self.words[node.words()], node.bits(part))
    }

    /// Clears the bits of `part`, which is part of `piece`; if one is clear already, returns it and changes nothing.
    pub(super) fn give(&mut self, piece: &Piece, part: PfnRange) -> Result<(), u64> {
        let node = &self.nodes[piece.node as usize];
        bitwise::give(&mut self.words[node.words()], node.bits(part))
    }

    /// Sets the bits of `part`, which is part of `piece`.
    pub(super) fn set(&mut self, piece: &Piece, part: PfnRange) {
        let node = &self.nodes[piece.node as usize];
        bitwise::set(&mut self.words[node.words()], node.bits(part));
    }
}
