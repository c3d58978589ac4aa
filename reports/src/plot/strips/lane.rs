//! The pieces of memory one after another, each as wide as the logarithm of its size.

use benches::exact::{Content, Layout};

/// What a piece of so many pages counts in a lane.
fn weight(pages: u64) -> f64 {
    (pages as f64 + 1.0).log2()
}

/// The scale that lanes of several strategies share, so that their lengths compare.
pub(super) struct Lane {
    left: i32,
    pixels: f64,
}

impl Lane {
    /// A scale on which the longest of these reaches from left to right.
    pub(super) fn of<'l>(layouts: impl Iterator<Item = &'l Layout>, left: i32, right: i32) -> Self {
        let longest = layouts.map(length).fold(1.0, f64::max);
        Self { left, pixels: f64::from(right - left) / longest }
    }

    /// What stands from where to where.
    pub(super) fn pieces(&self, layout: &Layout) -> Vec<(Content, i32, i32)> {
        let mut at = 0.0;
        let mut place = |pages: u64| {
            let from = self.pixel(at);
            at += weight(pages);
            (from, self.pixel(at))
        };
        let pieces = layout.pieces.iter().filter(|piece| piece.content != Content::Hole);
        let placed = pieces.map(|piece| {
            let (from, to) = place(piece.end - piece.first);
            (piece.content, from, to)
        });
        placed.filter(|(_, from, to)| from < to).collect()
    }

    #[expect(clippy::cast_possible_truncation, reason = "a share of the width")]
    fn pixel(&self, at: f64) -> i32 {
        self.left + (at * self.pixels) as i32
    }
}

fn length(layout: &Layout) -> f64 {
    let pieces = layout.pieces.iter().filter(|piece| piece.content != Content::Hole);
    pieces.map(|piece| weight(piece.end - piece.first)).sum()
}
