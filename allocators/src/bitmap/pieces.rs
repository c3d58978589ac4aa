//! Which pages are memory, whose, and whether they may be handed out now.

use super::trespass::Trespass;
use crate::runs::join_touching;
use crate::{AddrRange, BuildError, MemFlags, PageSize, Pfn, PfnRange, Record};

/// A run of pages of one node and one kind.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(super) start: Pfn,
    pub(super) end: Pfn,
    /// The place of its node in the allocator's table.
    pub(crate) node: u32,
    /// Of the flags only those that make it [untouchable](MemFlags::untouchable).
    pub(super) flags: MemFlags,
    pub(super) state: u64,
}

// SAFETY: `repr(C)`, two u64, two u32 and one u64: 32 bytes without padding, aligned like u64, any bits are valid.
unsafe impl Record for Piece {}

/// The memory is not there yet, or not any more.
pub(super) const ABSENT: u64 = 1;
/// The memory was released.
pub(super) const RELEASED: u64 = 2;

/// All pieces of a machine, ascending; touching ones differ.
pub(crate) struct Pieces<'m> {
    pub(super) table: &'m mut [Piece],
    pub(super) len: usize,
    pub(super) all_usable: bool,
}

/// Those of `flags` that make memory [untouchable](MemFlags::untouchable).
pub(super) const fn untouchable_of(flags: MemFlags) -> MemFlags {
    MemFlags(flags.0 & MemFlags::NOMAP.with(MemFlags::DRIVER_MANAGED).0)
}

impl Piece {
    pub(super) fn new(pages: PfnRange, flags: MemFlags, state: u64) -> Self {
        Self { start: pages.start(), end: pages.end(), node: 0, flags: untouchable_of(flags), state }
    }

    #[inline]
    pub(crate) fn pages(&self) -> PfnRange {
        PfnRange::clamped(self.start, self.end)
    }

    /// Whether what is not reserved of it may be handed out.
    #[inline]
    pub(crate) fn is_usable(&self) -> bool {
        self.state == 0 && self.flags == MemFlags::NONE
    }

    /// Takes `next` in, if it touches and is of the same kind.
    pub(super) fn absorb(&mut self, next: &Self) -> bool {
        let same = self.end == next.start && *self == Self { start: self.start, end: self.end, ..*next };
        if same {
            self.end = next.end;
        }
        same
    }
}

impl Pieces<'_> {
    /// The pieces themselves.
    #[inline]
    pub(crate) fn all(&self) -> &[Piece] {
        &self.table[..self.len]
    }

    /// Whether each piece is usable, so that the bits alone say what is free.
    #[inline]
    pub(crate) fn all_usable(&self) -> bool {
        self.all_usable
    }

    /// What of `pages` lies on each piece, ascending. It ends at the first gap.
    #[inline]
    pub(crate) fn parts(&self, pages: PfnRange) -> impl Iterator<Item = (&Piece, PfnRange)> {
        self.meeting(pages).scan(pages.start(), move |at, piece| {
            let part = piece.pages().intersection(PfnRange::clamped(*at, pages.end()));
            (part.start() == core::mem::replace(at, part.end())).then_some((piece, part))
        })
    }

    /// The pieces that have pages in `pages`, ascending.
    #[inline]
    pub(crate) fn meeting(&self, pages: PfnRange) -> impl Iterator<Item = &Piece> {
        let first = self.all().partition_point(|piece| piece.end <= pages.start());
        self.all()[first..].iter().take_while(move |piece| piece.start < pages.end())
    }

    /// The runs of pages in `pages`, ascending, that are usable and, if it is said, of the node at this place.
    pub(crate) fn stretches(&self, pages: PfnRange, node: Option<u32>) -> impl Iterator<Item = PfnRange> {
        let own = move |piece: &&Piece| piece.is_usable() && node.is_none_or(|node| piece.node == node);
        join_touching(self.meeting(pages).filter(own).map(Piece::pages))
    }

    /// Checks that `pages`, which are some, are memory without a gap, and none of it released.
    #[inline]
    pub(crate) fn cover(&self, pages: PfnRange) -> Result<(), Trespass> {
        let mut at = pages.start();
        for (piece, part) in self.parts(pages) {
            if piece.state & RELEASED != 0 {
                return Err(Trespass::Released(at));
            }
            at = part.end();
        }
        if at < pages.end() { Err(Trespass::Outside(at)) } else { Ok(()) }
    }

    /// The pages of the allocator's own metadata, all of which are memory.
    pub(crate) fn cover_metadata(&self, own: AddrRange, page: PageSize) -> Result<PfnRange, BuildError> {
        let pages = own.pages_touched(page);
        self.cover(pages).map(|()| pages).map_err(|trespass| {
            let (Trespass::Outside(pfn) | Trespass::Released(pfn)) = trespass;
            BuildError::MetadataOutsideMemory(page.addr(pfn).max(own.start()))
        })
    }

    /// Notes that the node at this place was released.
    pub(crate) fn release(&mut self, node: u32) {
        for piece in self.table[..self.len].iter_mut().filter(|piece| piece.node == node) {
            piece.state |= RELEASED;
            self.all_usable = false;
        }
    }
}
