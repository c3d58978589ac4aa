//! Where the pages of scattered memory stand in dense tables.

use allocators::{Order, Pfn, PfnRange};

/// Memory rounded out to largest blocks, so that a buddy is always inside the tables, whether or not it is memory.
///
/// Nodes of a large machine lie terabytes apart; tables over all of that would be gibibytes.
#[derive(Clone, Debug)]
pub(super) struct Spans {
    /// Ascending and disjoint.
    list: Vec<Span>,
    pages: u64,
    /// The span of the last page that was looked up: released blocks ascend.
    last: usize,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    node: u32,
    first: u64,
    end: u64,
    /// Its first page, rounded down to a largest block.
    base: u64,
    /// The place of that page in the tables: a multiple of the largest block.
    place: u64,
}

impl Spans {
    /// The spans of `pieces`, which ascend, each with the number of its node. Those of different nodes share no span, even
    /// where they meet inside a largest block, and so have no buddies in common.
    pub(super) fn new(pieces: impl IntoIterator<Item = (u32, PfnRange)>, max_order: Order) -> Self {
        let block = 1 << max_order.0;
        let mut spans: Vec<Span> = Vec::new();
        let mut pages = 0;
        for (node, piece) in pieces.into_iter().filter(|(_, piece)| !piece.is_empty()) {
            let (first, end) = (piece.start().0, piece.end().0);
            let base = first / block * block;
            let rounded = |end: u64| end.div_ceil(block).saturating_mul(block);
            match spans.last_mut() {
                Some(last) if last.node == node && rounded(last.end) >= base => {
                    last.end = last.end.max(end);
                    pages = last.place + (rounded(last.end) - last.base);
                }
                _ => {
                    spans.push(Span { node, first, end, base, place: pages });
                    pages += rounded(end) - base;
                }
            }
        }
        Self { list: spans, pages, last: 0 }
    }

    /// How many places there are.
    pub(super) const fn pages(&self) -> u64 {
        self.pages
    }

    /// The place of a page, or `None` if it is in no span.
    #[inline]
    pub(super) fn find(&mut self, pfn: Pfn) -> Option<u64> {
        let inside = |span: &&Span| (span.first..span.end).contains(&pfn.0);
        let span = if let Some(span) = self.list.get(self.last).filter(inside) {
            span
        } else {
            self.last = self.list.partition_point(|span| span.end <= pfn.0);
            self.list.get(self.last).filter(inside)?
        };
        Some(span.place + (pfn.0 - span.base))
    }
}
