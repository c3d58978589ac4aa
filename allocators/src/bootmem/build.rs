//! One bitmap for each node: the state, and how it is made.

use super::node::{NO_NODE, Node, map_words, place_of};
use crate::bitmap::bitwise;
use crate::bitmap::layout::Layout;
use crate::bitmap::mask;
use crate::bitmap::pieces::Pieces;
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
    let own = map.owned_pages().filter(|&(_, owner)| owner == nid).map(|(pages, _)| pages);
    own.reduce(|first, last| PfnRange::clamped(first.start(), last.end())).unwrap_or_default()
}

fn layout(map: &MemoryMap<'_>) -> Layout {
    let words = map.nids().iter().map(|nid| map_words(span(map, nid).count().0));
    Layout::new::<Node>(map, words.fold(0, u64::saturating_add))
}

/// One bit for each page of each node from its first to its last, and two small tables.
pub(super) fn metadata_words(map: &MemoryMap<'_>) -> usize {
    layout(map).words()
}

impl<'m> PerNode<'m> {
    /// Registers the nodes with all pages in use, then frees their memory (`init_bootmem_node`, `free_bootmem`).
    pub(super) fn build(map: MemoryMap<'m>, metadata: Metadata<'m>) -> Result<Self, BuildError> {
        let layout = layout(&map);
        let own = metadata.phys();
        let (nodes, table, words) = layout.divide::<Node>(metadata.into_parts().0)?;
        words.fill(!0);
        let mut first_word = 0;
        for (node, nid) in nodes.iter_mut().zip(map.nids().iter()) {
            let pages = span(&map, nid);
            *node = Node::new(nid, pages, first_word);
            first_word += map_words(pages.count().0);
        }
        let pieces = Pieces::survey(table, &map, |nid| place_of(nodes, nid));
        for piece in pieces.all() {
            let node = &nodes[piece.node as usize];
            // By words, as for the flat bitmap: the making of a map is not measured.
            mask::clear(&mut words[node.words()], node.bits(piece.pages()));
        }
        if let Some(own) = own {
            let pages = pieces.cover_metadata(own, map.page())?;
            for (piece, part) in pieces.parts(pages) {
                let node = &nodes[piece.node as usize];
                bitwise::set(&mut words[node.words()], node.bits(part));
            }
        }
        let first = link(nodes);
        Ok(Self { map, pieces, nodes, first, words, metadata_bytes: layout.words() * 8 })
    }
}

/// Puts the nodes that own memory into the order of their first pages, and returns the first (`link_bootmem`).
fn link(nodes: &mut [Node]) -> u32 {
    let mut first = NO_NODE;
    for place in (0..).take(nodes.len()) {
        let new = nodes[place as usize];
        if new.span().is_empty() {
            continue;
        }
        let (mut before, mut after) = (NO_NODE, first);
        while after != NO_NODE && nodes[after as usize].min < new.min {
            (before, after) = (after, nodes[after as usize].next);
        }
        nodes[place as usize].next = after;
        match nodes.get_mut(before as usize) {
            Some(before) => before.next = place,
            None => first = place,
        }
    }
    first
}
