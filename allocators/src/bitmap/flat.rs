//! One bitmap for all nodes together: its state, and how it is made.

use core::marker::PhantomData;
use core::ops::Range;

use super::Engine;
use super::layout::Layout;
use super::mask;
use super::node::{Node, place_of};
use super::pieces::Pieces;
use super::tail::Tail;
use crate::{BuildError, MemoryMap, Metadata, Pfn, PfnRange};

/// An allocator with one bitmap for all nodes, walked by `E`.
pub struct Flat<'m, E> {
    pub(super) map: MemoryMap<'m>,
    pub(super) pieces: Pieces<'m>,
    /// Ascending by node id.
    pub(super) nodes: &'m mut [Node],
    /// Where the previous allocation without a node ended.
    pub(super) tail: Tail,
    pub(super) words: &'m mut [u64],
    /// From the page of bit 0, a multiple of 64, to the last page of memory.
    pub(super) span: PfnRange,
    pub(super) metadata_bytes: usize,
    engine: PhantomData<E>,
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

fn layout(map: &MemoryMap<'_>) -> Layout {
    Layout::new::<Node>(map, span(map).count().0.div_ceil(64))
}

impl<'m, E: Engine> Flat<'m, E> {
    /// The words of metadata that `map` needs: one bit for each page from the first to the last, and two small tables.
    #[must_use]
    pub fn metadata_words(map: &MemoryMap<'_>) -> usize {
        layout(map).words()
    }

    /// Makes an allocator for `map`; see [`Strategy::build`](crate::Strategy::build).
    ///
    /// # Errors
    /// [`BuildError::MetadataTooSmall`], [`BuildError::MetadataOutsideMemory`].
    pub fn build(map: MemoryMap<'m>, metadata: Metadata<'m>) -> Result<Self, BuildError> {
        let layout = layout(&map);
        let own = metadata.phys();
        let (nodes, table, words) = layout.divide::<Node>(metadata.into_parts().0)?;
        for (node, nid) in nodes.iter_mut().zip(map.nids().iter()) {
            *node = Node::new(nid);
        }
        let flat = Self {
            map,
            pieces: Pieces::survey(table, &map, |nid| place_of(nodes, nid)),
            nodes,
            tail: Tail::NONE,
            words,
            span: span(&map),
            metadata_bytes: layout.words() * 8,
            engine: PhantomData,
        };
        for piece in flat.pieces.all() {
            flat.nodes[piece.node as usize].own(piece.pages());
            // By words, whatever the engine: how a map is made is nobody's measured loop, and bit by bit it takes a
            // second for a few terabytes, so that a sample was mostly spent on building what it is taken of.
            mask::clear(flat.words, bits(flat.span, piece.pages()));
        }
        if let Some(own) = own {
            let pages = flat.pieces.cover_metadata(own, map.page())?;
            E::set(flat.words, bits(flat.span, pages));
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
fn bits(span: PfnRange, pages: PfnRange) -> Range<u64> {
    pages.start().0 - span.start().0..pages.end().0 - span.start().0
}
