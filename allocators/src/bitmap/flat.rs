//! One bitmap for all nodes together: its state, and how it is made.

use core::ops::Range;

use super::engine::{Engine, Full};
use super::layout::Layout;
use super::node::{Node, place_of};
use super::pieces::Pieces;
use super::survey;
use super::tail::Tail;
use crate::{AddrRange, ArrayMemory, BuildError, MemoryMap, Metadata, Pfn, PfnRange};

/// An allocator with one bitmap for all nodes, walked by `E`.
pub struct Flat<'m, E> {
    pub(super) map: MemoryMap<'m>,
    pub(super) pieces: Pieces<'m>,
    /// Ascending by node id.
    pub(super) nodes: &'m mut [Node],
    /// Where the previous allocation without a node ended.
    pub(super) tail: Tail,
    pub(super) engine: E,
    /// From the page of bit 0, a multiple of 64, to the last page of memory.
    pub(super) span: PfnRange,
    /// The bytes of memory that were handed in at the start.
    pub(super) metadata_bytes: usize,
    pub(super) arrays: Option<&'m mut (dyn ArrayMemory<'m> + 'm)>,
    /// Where the engine's memory lies if it has outgrown what was handed in.
    pub(super) home: Option<AddrRange>,
}

/// The pages that the bitmap has bits for.
fn span(map: &MemoryMap<'_>) -> PfnRange {
    let memory = map
        .owned_pages()
        .map(|(pages, _)| pages)
        .reduce(|first, last| PfnRange::clamped(first.start(), last.end()))
        .unwrap_or_default();
    PfnRange::clamped(Pfn(memory.start().0 & !63), memory.end())
}

fn layout<'m, E: Engine<'m>>(map: &MemoryMap<'_>) -> Layout {
    Layout::new::<Node>(map, E::words(span(map).count().0, survey::count(map)))
}

impl<'m, E: Engine<'m>> Flat<'m, E> {
    /// The words of metadata that `map` needs: what the engine does for the pages from the first to the last, and two small
    /// tables.
    #[must_use]
    pub fn metadata_words(map: &MemoryMap<'_>) -> usize {
        layout::<E>(map).words()
    }

    /// Makes an allocator for `map`; see [`Strategy::build`](crate::Strategy::build).
    ///
    /// # Errors
    /// [`BuildError::MetadataTooSmall`], [`BuildError::MetadataOutsideMemory`].
    pub fn build(map: MemoryMap<'m>, metadata: Metadata<'m>) -> Result<Self, BuildError> {
        let layout = layout::<E>(&map);
        let (own, given) = (metadata.phys(), metadata.len());
        let (words, arrays) = metadata.into_parts();
        let (nodes, table, words) = layout.divide::<Node>(words)?;
        for (node, nid) in nodes.iter_mut().zip(map.nids().iter()) {
            *node = Node::new(nid);
        }
        let span = span(&map);
        let mut flat = Self {
            map,
            pieces: Pieces::survey(table, &map, |nid| place_of(nodes, nid)),
            nodes,
            tail: Tail::NONE,
            engine: E::new(words, span.count().0),
            span,
            metadata_bytes: layout.words() * 8,
            arrays,
            home: None,
        };
        let too_small = |Full| BuildError::MetadataTooSmall { needed: layout.words(), given };
        for piece in flat.pieces.all() {
            flat.nodes[piece.node as usize].own(piece.pages());
            flat.engine.clear(bits(span, piece.pages())).map_err(too_small)?;
        }
        if let Some(own) = own {
            let pages = flat.pieces.cover_metadata(own, map.page())?;
            flat.engine.set(bits(span, pages)).map_err(too_small)?;
        }
        Ok(flat)
    }

    /// The bits of `pages`, which lie in the bitmap.
    #[inline]
    pub(super) fn bits(&self, pages: PfnRange) -> Range<u64> {
        bits(self.span, pages)
    }

    /// The page of `bit`.
    #[inline]
    pub(super) fn pfn(&self, bit: u64) -> Pfn {
        Pfn(self.span.start().0 + bit)
    }
}

/// The bits of `pages` in a bitmap for `span`.
#[inline]
pub(super) fn bits(span: PfnRange, pages: PfnRange) -> Range<u64> {
    pages.start().0 - span.start().0..pages.end().0 - span.start().0
}
