//! Where addresses lie in the picture: all memory to scale, large holes cut out.

use benches::exact::{Content, Layout};

use crate::plot::paint::{Anchor, Canvas, Drawn};
use crate::plot::theme::{EDGE, FAINT, INK};
use crate::units::bytes;

/// Where addresses lie in the picture.
pub(super) struct Ground {
    stretches: Vec<Stretch>,
}

/// Stretches, divided where one node ends and another begins, as long as that leaves them a width.
fn divided(whole: &[(u64, u64)], layout: &Layout) -> Vec<(u64, u64)> {
    let seams: Vec<u64> = layout.nodes.iter().skip(1).map(|node| node.first).collect();
    if seams.len() > MOST_SEAMS {
        return whole.to_vec();
    }
    let mut parts = Vec::new();
    for &(first, end) in whole {
        let mut at = first;
        for &seam in seams.iter().filter(|&&seam| first < seam && seam < end) {
            parts.push((at, seam));
            at = seam;
        }
        parts.push((at, end));
    }
    parts
}

/// Pages that are drawn without a cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    pub(super) first: u64,
    pub(super) end: u64,
    pub(super) left: i32,
    pub(super) right: i32,
}

/// The width of a cut, and of a seam between two nodes.
const CUT: i32 = 14;
const SEAM: i32 = 5;
/// With more nodes than this, seams would take the room.
const MOST_SEAMS: usize = 32;
/// With more stretches than this in a row, not each is named.
const MOST_NAMES: usize = 12;
/// The least width of a stretch.
const LEAST: i32 = 6;
/// The width of a column.
pub(super) const COLUMN: i32 = 2;

impl Ground {
    /// The ground of a machine, or `None` if it has no memory.
    pub(super) fn of(layout: &Layout, left: i32, right: i32) -> Option<Self> {
        let pieces = || layout.pieces.iter().filter(|piece| piece.content != Content::Hole);
        let memory: u64 = pieces().map(|piece| piece.end - piece.first).sum();
        let mut whole: Vec<(u64, u64)> = Vec::new();
        for piece in pieces() {
            match whole.last_mut() {
                // A hole of up to a fiftieth of memory is drawn to scale.
                Some(last) if piece.first - last.1 <= memory / 50 => last.1 = piece.end,
                _ => whole.push((piece.first, piece.end)),
            }
        }
        let stretches = divided(&whole, layout);
        let drawn: u64 = stretches.iter().map(|(first, end)| end - first).sum();
        let count = i32::try_from(stretches.len()).ok().filter(|&count| count > 0)?;
        let gap = |pair: &[(u64, u64)]| if pair[0].1 == pair[1].0 { SEAM } else { CUT };
        let mut gaps: Vec<i32> = stretches.windows(2).map(gap).collect();
        let room = right - left - gaps.iter().sum::<i32>() - count * LEAST;
        gaps.push(0);
        if room <= 0 || drawn == 0 {
            return None;
        }
        let mut at = left;
        let mut place = |((first, end), gap): ((u64, u64), i32)| {
            let share = (end - first) as f64 / drawn as f64;
            #[expect(clippy::cast_possible_truncation, reason = "a share of the width")]
            let width = LEAST + (share * f64::from(room)) as i32;
            let stretch = Stretch { first, end, left: at, right: at + width };
            at += width + gap;
            stretch
        };
        let mut stretches: Vec<Stretch> = stretches.into_iter().zip(gaps).map(&mut place).collect();
        // What rounding left over.
        if let Some(last) = stretches.last_mut() {
            last.right = right;
        }
        Some(Self { stretches })
    }

    pub(super) fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// How many pages the columns of the longest stretch stand for, each.
    pub(super) fn pages_a_column(&self) -> u64 {
        let of = |stretch: &Stretch| {
            (stretch.end - stretch.first)
                / u64::from((stretch.right - stretch.left).unsigned_abs() / 2).max(1)
        };
        self.stretches.iter().map(of).max().unwrap_or_default()
    }

    /// Where a page lies, or the edge next to it if that is cut out.
    fn start(&self, page: u64) -> i32 {
        let behind = self.stretches.iter().find(|stretch| page < stretch.end);
        let Some(stretch) = behind else { return self.stretches.last().map_or(0, |last| last.right) };
        stretch.at(page.max(stretch.first))
    }

    /// The same for the end of something, which a seam does not belong to.
    fn end(&self, page: u64) -> i32 {
        let ahead = self.stretches.iter().rfind(|stretch| stretch.first < page);
        ahead.map_or(0, |stretch| stretch.at(page.min(stretch.end)))
    }

    /// Zones and nodes above the strips, addresses below.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, layout: &Layout, foot: i32) -> Drawn {
        self.row(canvas, &layout.zones, 10)?;
        let nodes: Vec<_> = layout
            .nodes
            .iter()
            .map(|node| benches::exact::Stretch { name: format!("node {}", node.name), ..node.clone() })
            .collect();
        self.row(canvas, &nodes, 32)?;
        self.addresses(canvas, layout, foot)
    }

    /// A row of brackets with names, where there is room for them.
    fn row(&self, canvas: &Canvas<'_>, stretches: &[benches::exact::Stretch], y: i32) -> Drawn {
        let width = |name: &str| i32::try_from(name.len()).unwrap_or(0) * 8;
        let edges = |stretch: &benches::exact::Stretch| (self.start(stretch.first), self.end(stretch.end));
        let crowded = stretches.len() > MOST_NAMES;
        // Of many, every second, fourth, … is named, so that the names stand evenly.
        let narrowest = stretches.iter().map(|one| edges(one).1 - edges(one).0).min().unwrap_or(1).max(1);
        let longest = stretches.iter().map(|one| width(short(&one.name)) + 6).max().unwrap_or(0);
        let every = if crowded { (longest / narrowest + 1).unsigned_abs().next_power_of_two() } else { 1 };
        let mut free_from = i32::MIN;
        for (index, stretch) in (0_u32..).zip(stretches) {
            let (left, right) = edges(stretch);
            if right - left < 3 {
                continue;
            }
            canvas.line(
                &[(left, y + 10), (left, y + 6), (right - 1, y + 6), (right - 1, y + 10)],
                EDGE,
                1,
            )?;
            let (middle, name) = (i32::midpoint(left, right), stretch.name.as_str());
            if crowded && index == 0 {
                canvas.text(name, (left, y - 2), Anchor::Left, FAINT)?;
                free_from = left + width(name);
            } else if crowded && index.is_multiple_of(every) && middle - width(short(name)) / 2 > free_from {
                canvas.text(short(name), (middle, y - 2), Anchor::Middle, FAINT)?;
            } else if !crowded
                && let Some(name) = [name, short(name)].into_iter().find(|name| width(name) < right - left)
            {
                canvas.text(name, (middle, y - 2), Anchor::Middle, FAINT)?;
            }
        }
        Ok(())
    }

    fn addresses(&self, canvas: &Canvas<'_>, layout: &Layout, foot: i32) -> Drawn {
        let mut free_from = i32::MIN;
        let last = self.stretches.len() - 1;
        for (index, stretch) in self.stretches.iter().enumerate() {
            // A seam is named once.
            let seam = self.stretches.get(index + 1).is_some_and(|next| next.first == stretch.end);
            for (page, anchor) in [(stretch.first, Anchor::Left), (stretch.end, Anchor::Right)] {
                let x = if matches!(anchor, Anchor::Left) { stretch.left } else { stretch.right };
                let address = page * layout.page_bytes;
                // Ends are a page or so off a round address; what matters here is the round one.
                let text = bytes(round(address));
                let width = i32::try_from(text.len()).unwrap_or(0) * 7;
                let is_end = index == last && matches!(anchor, Anchor::Right);
                let left = if matches!(anchor, Anchor::Left) { x } else { x - width };
                canvas.line(&[(x, foot), (x, foot + 6)], INK, 1)?;
                if (left > free_from && !(seam && matches!(anchor, Anchor::Right))) || is_end {
                    canvas.text(&text, (x, foot + 18), anchor, FAINT)?;
                    free_from = left + width + 8;
                }
            }
        }
        Ok(())
    }
}

/// The name of a node without what all of them share.
fn short(name: &str) -> &str {
    name.trim_start_matches("node ")
}

/// An address to three binary places of its leading unit.
const fn round(address: u64) -> u64 {
    let unit = if address < 1 << 20 {
        1 << 10
    } else if address < 1 << 30 {
        1 << 20
    } else {
        1 << 27
    };
    (address + unit / 2) / unit * unit
}

impl Stretch {
    pub(super) fn at(&self, page: u64) -> i32 {
        let share = (page - self.first) as f64 / (self.end - self.first) as f64;
        #[expect(clippy::cast_possible_truncation, reason = "a share of the width")]
        let along = (share * f64::from(self.right - self.left)) as i32;
        self.left + along
    }

    /// Its columns: where each begins, and its pages.
    pub(super) fn columns(self) -> impl Iterator<Item = (i32, u64, u64)> {
        let width = u64::from((self.right - self.left).unsigned_abs());
        let page = move |x: i32| {
            let along = u64::from((x - self.left).unsigned_abs()).min(width);
            self.first
                + u64::try_from(u128::from(self.end - self.first) * u128::from(along) / u128::from(width))
                    .unwrap_or(0)
        };
        (self.left..self.right).step_by(2).map(move |x| (x, page(x), page(x + COLUMN)))
    }
}
