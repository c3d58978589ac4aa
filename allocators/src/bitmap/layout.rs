//! How a bitmap back-end divides the memory that it keeps its state in.

use core::mem::size_of;

use super::pieces::Piece;
use super::survey;
use crate::{BuildError, MemoryMap, Record, records};

/// A table of nodes, then the table of pieces, then the bitmaps, each so many words long.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    nodes: usize,
    pieces: usize,
    bitmaps: usize,
}

/// The parts: a record for each node, the pieces, and the bitmaps.
pub(crate) type Parts<'m, N> = (&'m mut [N], &'m mut [Piece], &'m mut [u64]);

impl Layout {
    /// What `map` needs beside `map_words` words of bitmap.
    pub(crate) fn new<N: Record>(map: &MemoryMap<'_>, map_words: u64) -> Self {
        Self {
            nodes: map.nids().iter().count() * size_of::<N>() / 8,
            pieces: survey::capacity(map) * size_of::<Piece>() / 8,
            bitmaps: usize::try_from(map_words).unwrap_or(usize::MAX),
        }
    }

    /// The words needed in all.
    pub(crate) fn words(self) -> usize {
        self.bitmaps.saturating_add(self.nodes + self.pieces)
    }

    /// Divides `words`, whatever they hold.
    pub(crate) fn divide<N: Record>(self, words: &mut [u64]) -> Result<Parts<'_, N>, BuildError> {
        let given = words.len();
        let Some(words) = words.get_mut(..self.words()) else {
            return Err(BuildError::MetadataTooSmall { needed: self.words(), given });
        };
        let (nodes, rest) = words.split_at_mut(self.nodes);
        let (pieces, bitmaps) = rest.split_at_mut(self.pieces);
        Ok((records(nodes), records(pieces), bitmaps))
    }
}
