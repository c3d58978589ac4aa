//! One bitmap for all nodes together: its state, and how it is made.

use core::marker::PhantomData;
use core::ops::Range;

use super::Engine;
use super::layout::Layout;
use super::node::{Node, place_of};
use super::pieces::{Pieces, runs};
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
    pub(super) released_nodes: u32,
    pub(super) words: &'m mut [u64],
    /// The page of bit 0: a multiple of 64.
    pub(super) base: Pfn,
    metadata_bytes: usize,
    engine: PhantomData<E>,
}

/// The page of the bitmap's bit 0, and its length in words.
fn extent(map: &MemoryMap<'_>) -> (Pfn, u64) {
    let (mut first, mut end) = (None, Pfn(0));
    for (pages, ..) in runs(map) {
        first = first.or(Some(pages.start()));
        end = pages.end();
    }
    let base = first.map_or(Pfn(0), |first| Pfn(first.0 & !63));
    (base, (end.0 - base.0).div_ceil(64))
}

fn layout(map: &MemoryMap<'_>) -> Layout {
    Layout::new::<Node>(map, extent(map).1)
}

impl<'m, E: Engine> Flat<'m, E> {
    /// The words of metadata that `map` needs: one bit for each page from the first to the last.
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
        let (nodes, pieces, words) = layout.divide::<Node>(metadata.into_parts().0)?;
        for (node, nid) in nodes.iter_mut().zip(map.nids().iter()) {
            *node = Node::new(nid);
        }
        let pieces = Pieces::fill(pieces, &map, |nid| place_of(nodes, nid));
        for (place, piece) in (0..).zip(pieces.all()) {
            nodes[piece.node as usize].own_piece(place);
        }
        let base = extent(&map).0;
        let metadata_bytes = layout.words() * 8;
        let (tail, engine) = (Tail::NONE, PhantomData);
        let mut flat =
            Self { map, pieces, nodes, tail, released_nodes: 0, words, base, metadata_bytes, engine };
        flat.free_start();
        if let Some(own) = own {
            let pages = own.pages_touched(map.page());
            pieces.cover(pages, |_| false).map_err(|trespass| {
                let at = map.page().addr(trespass.pfn());
                BuildError::MetadataOutsideMemory(at.max(own.start()))
            })?;
            E::set(flat.words, flat.bits(pages));
        }
        Ok(flat)
    }

    /// Frees what is usable at the beginning.
    fn free_start(&mut self) {
        for usable in self.map.start().iter().filter(|piece| !piece.flags.untouchable()) {
            for (piece, part) in self.pieces.parts(usable.range.pages_inside(self.map.page())) {
                if piece.touchable() {
                    let freed = E::give(self.words, self.bits(part));
                    debug_assert!(freed.is_ok(), "neither list overlaps itself");
                }
            }
        }
    }

    /// The bits of `pages`, which lie in the bitmap.
    #[inline]
    pub(super) fn bits(&self, pages: PfnRange) -> Range<u64> {
        self.bit(pages.start())..self.bit(pages.end())
    }

    #[inline]
    pub(super) fn bit(&self, pfn: Pfn) -> u64 {
        pfn.0 - self.base.0
    }

    #[inline]
    pub(super) fn pfn(&self, bit: u64) -> Pfn {
        Pfn(self.base.0 + bit)
    }

    pub(super) fn metadata_size(&self) -> usize {
        self.metadata_bytes
    }
}
