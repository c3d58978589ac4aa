//! Which pages are memory, and whose.

use core::iter;

use crate::{FreeError, MemoryMap, Nid, Pfn, PfnRange, Record, ReserveError};

/// A run of pages on one node.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    start: Pfn,
    end: Pfn,
    /// The place of its node in the allocator's table.
    pub(crate) node: u32,
    untouchable: u32,
}

// SAFETY: `repr(C)`, two u64 and two u32: 24 bytes without padding, aligned like u64, any bits are valid.
unsafe impl Record for Piece {}

/// All pieces of a machine, ascending.
#[derive(Clone, Copy)]
pub(crate) struct Pieces<'m>(&'m [Piece]);

/// Why a range may not be reserved or freed; the first page of it that may not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trespass {
    Outside(Pfn),
    Released(Pfn),
}

impl Trespass {
    pub(crate) fn pfn(self) -> Pfn {
        match self {
            Self::Outside(pfn) | Self::Released(pfn) => pfn,
        }
    }
}

impl Piece {
    #[inline]
    pub(crate) fn pages(&self) -> PfnRange {
        PfnRange::clamped(self.start, self.end)
    }

    /// Whether its pages may ever be free.
    #[inline]
    pub(crate) fn touchable(&self) -> bool {
        self.untouchable == 0
    }
}

/// The pages of `map`, run by run: what one node owns without a gap, of one kind, is one run.
pub(crate) fn runs<'m>(map: &MemoryMap<'m>) -> impl Iterator<Item = (PfnRange, Nid, bool)> + 'm {
    let page = map.page();
    let mut pieces = map
        .nodes()
        .iter()
        .filter_map(move |piece| {
            Some((piece.range.pages_inside(page), piece.nid?, piece.flags.untouchable()))
        })
        .filter(|(pages, ..)| !pages.is_empty())
        .peekable();
    iter::from_fn(move || {
        let (mut pages, nid, untouchable) = pieces.next()?;
        let touches = |end, &(next, owner, kind): &(PfnRange, Nid, bool)| {
            next.start() == end && owner == nid && kind == untouchable
        };
        while let Some((next, ..)) = pieces.next_if(|next| touches(pages.end(), next)) {
            pages = PfnRange::clamped(pages.start(), next.end());
        }
        Some((pages, nid, untouchable))
    })
}

impl<'m> Pieces<'m> {
    /// Writes the pieces of `map` into `table`, which has room for as many as [`runs`] gives.
    pub(crate) fn fill(
        table: &'m mut [Piece],
        map: &MemoryMap<'_>,
        place_of: impl Fn(Nid) -> Option<usize>,
    ) -> Self {
        for (piece, (pages, nid, untouchable)) in table.iter_mut().zip(runs(map)) {
            let node = place_of(nid).and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX);
            *piece =
                Piece { start: pages.start(), end: pages.end(), node, untouchable: u32::from(untouchable) };
        }
        Self(table)
    }

    /// The pieces themselves.
    #[inline]
    pub(crate) fn all(self) -> &'m [Piece] {
        self.0
    }

    /// From the first page of memory to the last; empty when there is none.
    pub(crate) fn span(self) -> PfnRange {
        match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) => PfnRange::clamped(first.start, last.end),
            _ => PfnRange::default(),
        }
    }

    /// What of `pages` lies on each piece, ascending.
    #[inline]
    pub(crate) fn parts(self, pages: PfnRange) -> impl Iterator<Item = (&'m Piece, PfnRange)> {
        let first = self.0.partition_point(|piece| piece.end <= pages.start());
        self.0[first..]
            .iter()
            .map(move |piece| (piece, piece.pages().intersection(pages)))
            .take_while(|(_, part)| !part.is_empty())
    }

    /// Checks that `pages` are memory without a gap, of nodes that are not `released`.
    #[inline]
    pub(crate) fn cover(self, pages: PfnRange, released: impl Fn(&Piece) -> bool) -> Result<(), Trespass> {
        let mut at = pages.start();
        for (piece, part) in self.parts(pages) {
            if part.start() > at {
                break;
            }
            if released(piece) {
                return Err(Trespass::Released(at));
            }
            at = part.end();
        }
        if at < pages.end() { Err(Trespass::Outside(at)) } else { Ok(()) }
    }

    /// The same for pages that are to be freed: they must not be untouchable either.
    #[inline]
    pub(crate) fn cover_touchable(
        self,
        pages: PfnRange,
        released: impl Fn(&Piece) -> bool,
    ) -> Result<(), Trespass> {
        self.cover(pages, released)?;
        match self.parts(pages).find(|(piece, _)| !piece.touchable()) {
            Some((_, part)) => Err(Trespass::Outside(part.start())),
            None => Ok(()),
        }
    }
}

impl From<Trespass> for ReserveError {
    fn from(trespass: Trespass) -> Self {
        match trespass {
            Trespass::Outside(pfn) => Self::OutsideMemory(pfn),
            Trespass::Released(pfn) => Self::Released(pfn),
        }
    }
}

impl From<Trespass> for FreeError {
    fn from(trespass: Trespass) -> Self {
        match trespass {
            Trespass::Outside(pfn) => Self::OutsideMemory(pfn),
            Trespass::Released(pfn) => Self::Released(pfn),
        }
    }
}
