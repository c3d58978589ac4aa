//! A machine's memory as a map in letters.

use std::fmt::Write as _;

use benches::exact::{Content, Layout, Piece, Stretch};

use crate::units::bytes;

/// Columns that stand for memory in one line.
const COLUMNS: u64 = 32;

/// About so many lines are spent on the map, beside those that each stretch has in any case.
const LINES: u64 = 16;

/// The map: a line for each stretch of memory that differs in node or zone, and for each hole.
///
/// Stretches are drawn in one proportion, at least one column each; a column that holds anything reserved shows it,
/// however little it is. Holes are told, not drawn: on real machines they would be all that is seen.
pub(super) fn map(layout: &Layout) -> String {
    let stretches = stretches(layout);
    let page = layout.page_bytes.max(1);
    let memory: u64 = stretches.iter().filter(|one| !one.hole).map(|one| one.end - one.first).sum();
    let column = memory.div_ceil(COLUMNS * LINES).max(1).next_power_of_two();
    let mut out = format!(
        "Memory after the boot, replayed through memblock; one column is {}\n",
        bytes(column.saturating_mul(page))
    );
    out.push_str(". free   : less than half in use   + half or more   # all in use   ! untouchable\n\n");
    let _ = writeln!(out, "{:>16} {:>9}  {:<5} zone", "from", "size", "node");
    for stretch in &stretches {
        let (from, size) =
            (stretch.first.saturating_mul(page), (stretch.end - stretch.first).saturating_mul(page));
        let line = format!("{:>#16x} {:>9}  ", from, bytes(size));
        if stretch.hole {
            out.extend([&line, "hole\n"]);
            continue;
        }
        let drawn = draw(layout, stretch, column);
        for (index, row) in drawn.chunks(usize::try_from(COLUMNS).unwrap_or(usize::MAX)).enumerate() {
            let row: String = row.iter().collect();
            if index == 0 {
                let _ = writeln!(out, "{line}{:<5} {:<8} |{row}|", stretch.node, stretch.zone);
            } else {
                let _ = writeln!(out, "{:<1$} |{row}|", "", line.len() + 14);
            }
        }
    }
    out
}

/// Pages of one node and zone, or of a hole.
#[derive(Debug, PartialEq, Eq)]
struct Part<'l> {
    first: u64,
    end: u64,
    hole: bool,
    node: &'l str,
    zone: &'l str,
}

/// The machine from its first page of memory to its last.
fn stretches(layout: &Layout) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    for piece in layout.pieces.iter() {
        let hole = piece.content == Content::Hole;
        let mut at = piece.first;
        while at < piece.end {
            // A hole belongs to nobody, whatever stretch it lies in.
            let (node, zone) =
                if hole { ("", "") } else { (owner(&layout.nodes, at), owner(&layout.zones, at)) };
            let end = if hole { piece.end } else { seam(layout, at).min(piece.end) };
            match parts.last_mut() {
                Some(last) if (last.hole, last.node, last.zone) == (hole, node, zone) => last.end = end,
                _ => parts.push(Part { first: at, end, hole, node, zone }),
            }
            at = end;
        }
    }
    parts
}

fn owner(stretches: &[Stretch], page: u64) -> &str {
    let here = |stretch: &&Stretch| (stretch.first..stretch.end).contains(&page);
    stretches.iter().find(here).map_or("-", |stretch| stretch.name.as_str())
}

/// The first page behind `page` at which a node or a zone begins or ends.
fn seam(layout: &Layout, page: u64) -> u64 {
    let edges = layout.nodes.iter().chain(&layout.zones).flat_map(|stretch| [stretch.first, stretch.end]);
    edges.filter(|&edge| edge > page).min().unwrap_or(u64::MAX)
}

/// The letters of a stretch, each for `column` pages; the last for what is left.
fn draw(layout: &Layout, stretch: &Part<'_>, column: u64) -> Vec<char> {
    let mut letters = Vec::new();
    let mut at = stretch.first;
    while at < stretch.end {
        let end = at.saturating_add(column).min(stretch.end);
        letters.push(letter(layout, at, end));
        at = end;
    }
    letters
}

fn letter(layout: &Layout, first: u64, end: u64) -> char {
    let inside = |piece: Piece| piece.end.min(end).saturating_sub(piece.first.max(first));
    let pages = |wanted: fn(Content) -> bool| {
        layout.pieces.iter().filter(|piece| wanted(piece.content)).map(inside).sum::<u64>()
    };
    let untouchable = pages(|content| content == Content::Untouchable);
    let free = pages(|content| content == Content::Free);
    let used = (end - first) - free - untouchable;
    match () {
        () if untouchable > 0 && used == 0 => '!',
        () if used == 0 => '.',
        () if used == end - first => '#',
        () if 2 * used < end - first => ':',
        () => '+',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ```text
    /// nid 0             hole    nid 1
    /// DMA   DMA32               DMA32
    /// +----+------x---+- - - - +-----------+
    /// 0    4      9   16       1016        1024   pfn
    /// ```
    /// Expect a line for each stretch in its order, the hole named and not drawn, and the one reserved page seen.
    #[test]
    fn every_stretch_has_a_line_and_a_reserved_page_is_seen() {
        let stretch = |name: &str, first, end| Stretch { name: name.into(), first, end };
        let layout = Layout {
            page_bytes: 4096,
            pieces: "f9b1f6h1000f8".parse().unwrap(),
            nodes: vec![stretch("0", 0, 16), stretch("1", 1016, 1024)],
            zones: vec![stretch("DMA", 0, 4), stretch("DMA32", 4, 1024)],
        };
        let text = map(&layout);
        let lines: Vec<&str> = text.lines().skip(4).collect();
        assert_eq!(
            lines,
            [
                "             0x0    16 KiB  0     DMA      |....|",
                "          0x4000    48 KiB  0     DMA32    |.....#......|",
                "         0x10000  3.91 MiB  hole",
                "        0x3f8000    32 KiB  1     DMA32    |........|",
            ]
        );
    }

    /// Expect one reserved page in a column of 2048 pages to be seen, and each line to fit a terminal.
    #[test]
    fn a_page_is_seen_in_a_large_machine() {
        let pages = 1_u64 << 28;
        let layout = Layout {
            page_bytes: 4096,
            pieces: format!("h4096f{}k1f{}", pages / 2, pages / 2 - 1).parse().unwrap(),
            nodes: vec![Stretch { name: "1023".into(), first: 4096, end: 4096 + pages }],
            zones: vec![Stretch { name: "Movable".into(), first: 4096, end: 4096 + pages }],
        };
        let text = map(&layout);
        assert_eq!(text.lines().skip(2).collect::<String>().matches(':').count(), 1, "{text}");
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    }

    #[test]
    fn a_machine_without_memory_has_an_empty_map() {
        assert_eq!(map(&Layout::default()).lines().count(), 4);
    }
}
