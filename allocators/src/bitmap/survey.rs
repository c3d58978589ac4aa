//! The pieces that a machine begins with.

use super::pieces::{ABSENT, Piece, Pieces, untouchable_of};
use crate::map::meeting;
use crate::runs::coalesce;
use crate::{MemFlags, MemoryMap, Nid, PfnRange};

/// Pieces that changes of the memory map may add by cutting others in two. Sixteen changes need no more, however they
/// lie, and most cut where pieces end anyway.
const SPARE: usize = 32;

/// The pages of each node, ascending, cut where what is usable at the start begins, ends, or is of another kind.
fn pieces(map: &MemoryMap<'_>) -> impl Iterator<Item = (Piece, Nid)> {
    let page = map.page();
    let cut = move |(pages, nid): (PfnRange, Nid)| {
        let start = meeting(map.start(), pages.addrs(page)).map(|piece| (piece.range, piece.flags));
        let present = coalesce(start, |(range, flags), (next, others)| {
            untouchable_of(*flags) == untouchable_of(*others) && range.absorb(*next)
        });
        let mut present = present
            .map(move |(range, flags)| (range.pages_inside(page).intersection(pages), flags))
            .filter(|(part, _)| !part.is_empty())
            .peekable();
        let mut at = pages.start();
        core::iter::from_fn(move || {
            let piece = if let Some((part, flags)) = present.next_if(|(part, _)| part.start() == at) {
                Piece::new(part, flags, 0)
            } else {
                let end = present.peek().map_or(pages.end(), |(part, _)| part.start());
                Piece::new(PfnRange::clamped(at, end), MemFlags::NONE, ABSENT)
            };
            at = piece.end;
            (!piece.pages().is_empty()).then_some((piece, nid))
        })
    };
    coalesce(map.owned_pages().flat_map(cut), |(piece, nid), (next, owner)| {
        nid == owner && piece.absorb(next)
    })
}

/// How many pieces `map` begins with.
pub(super) fn count(map: &MemoryMap<'_>) -> usize {
    pieces(map).count()
}

/// How many pieces a table for `map` needs room for.
pub(super) fn capacity(map: &MemoryMap<'_>) -> usize {
    count(map) + SPARE
}

impl<'m> Pieces<'m> {
    /// Writes the pieces of `map` into `table`, which has room for its [`capacity`].
    pub(crate) fn survey(
        table: &'m mut [Piece],
        map: &MemoryMap<'_>,
        place_of: impl Fn(Nid) -> Option<usize>,
    ) -> Self {
        let mut len = 0;
        for (slot, (piece, nid)) in table.iter_mut().zip(pieces(map)) {
            let node = place_of(nid).and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX);
            *slot = Piece { node, ..piece };
            len += 1;
        }
        let mut pieces = Self { table, len, all_usable: false };
        pieces.tidy();
        pieces
    }
}
