//! What stands in each column of a strip.

use benches::exact::{Content, Layout, Piece};

use super::ground::{COLUMN, Ground};

/// A block of one colour in a strip; heights count from its lower edge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Bar {
    pub(super) content: Content,
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) from: i32,
    pub(super) to: i32,
}

/// The least height of what is there at all.
const LEAST: i32 = 3;

/// The bars of a strip of this height, all that is free left out. Columns that hold the same are one bar.
pub(super) fn bars(layout: &Layout, ground: &Ground, height: i32) -> Vec<Bar> {
    let pieces: Vec<Piece> = layout.pieces.iter().collect();
    let mut bars: Vec<Bar> = Vec::new();
    let mut open: Vec<Bar> = Vec::new();
    for stretch in ground.stretches() {
        for (x, first, end) in stretch.columns() {
            let right = (x + COLUMN).min(stretch.right);
            let mut next = Vec::new();
            for (content, from, to) in stack(&shares(&pieces, first, end), height) {
                let same = |bar: &Bar| (bar.content, bar.from, bar.to, bar.right) == (content, from, to, x);
                let bar = open.iter().position(same).map(|at| open.swap_remove(at));
                let left = bar.map_or(x, |bar| bar.left);
                next.push(Bar { content, left, right, from, to });
            }
            bars.append(&mut open);
            open = next;
        }
        bars.append(&mut open);
    }
    bars
}

/// How many of the pages hold what.
fn shares(pieces: &[Piece], first: u64, end: u64) -> Vec<(Content, u64)> {
    let mut held: Vec<(Content, u64)> = Vec::new();
    let from = pieces.partition_point(|piece| piece.end <= first);
    for piece in pieces[from..].iter().take_while(|piece| piece.first < end) {
        let pages = piece.end.min(end) - piece.first.max(first);
        match held.iter_mut().find(|(content, _)| *content == piece.content) {
            Some((_, all)) => *all += pages,
            None => held.push((piece.content, pages)),
        }
    }
    held
}

/// Who gets which height, the finest at the bottom; what is free is what remains.
fn stack(held: &[(Content, u64)], height: i32) -> Vec<(Content, i32, i32)> {
    let pages: u64 = held.iter().map(|(_, pages)| pages).sum();
    let mut wanted: Vec<(Content, i32)> = held
        .iter()
        .filter(|(content, _)| *content != Content::Free)
        .map(|(content, part)| {
            #[expect(clippy::cast_possible_truncation, reason = "a share of the height")]
            let share = (*part as f64 / pages as f64 * f64::from(height)).round() as i32;
            (*content, if *content == Content::Hole { share } else { share.max(LEAST) })
        })
        .collect();
    wanted.sort_unstable_by(|one, other| other.cmp(one));
    // What the least heights add is taken from the tallest.
    let mut over = wanted.iter().map(|(_, share)| share).sum::<i32>() - height;
    while over > 0 {
        let Some(tallest) = wanted.iter_mut().max_by_key(|(_, share)| *share) else { break };
        tallest.1 -= 1;
        over -= 1;
    }
    let mut at = 0;
    let mut place = |(content, share): (Content, i32)| {
        let from = at;
        at += share;
        // What is no memory hangs from the top.
        if content == Content::Hole { (content, height - share, height) } else { (content, from, at) }
    };
    wanted.into_iter().map(&mut place).filter(|(_, from, to)| from < to).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_page_among_thousands_shows() {
        assert_eq!(
            stack(&[(Content::Free, 4095), (Content::AllocBelow4k, 1)], 36),
            [(Content::AllocBelow4k, 0, 3)]
        );
    }

    #[test]
    fn the_column_is_never_taller_than_the_strip() {
        let all: Vec<_> = Content::ALL.iter().map(|content| (*content, 1000)).collect();
        let stacked = stack(&all, 36);
        assert!(stacked.iter().all(|(_, from, to)| (0..=36).contains(from) && *to <= 36), "{stacked:?}");
    }

    #[test]
    fn what_is_half_full_is_half_high() {
        let stacked = stack(&[(Content::Fixed, 500), (Content::Free, 500)], 36);
        assert_eq!(stacked, [(Content::Fixed, 0, 18)]);
    }
}
