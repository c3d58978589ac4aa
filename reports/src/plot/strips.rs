//! The physical memory of a machine as strips, one per strategy.

mod columns;
mod ground;
mod lane;

use benches::exact::{Content, Layout};

use super::paint::{Anchor, Canvas, Drawn, plot};
use super::theme::{EDGE, FAINT, INK, content, strategy};
use super::{DrawError, Plot, command, id};
use crate::analysis::{Boot, Subject};
use crate::units::{bytes, count, plural};
use columns::bars;
use ground::Ground;
use lane::Lane;

/// The width of the picture, and its margins.
const WIDTH: i32 = 960;
const SIDE: i32 = 2;
/// The height of a strip, and from one to the next.
const STRIP: i32 = 36;
/// The lane below a strip: how far below it begins, and its height.
const LANE_TOP: i32 = 6;
const LANE: i32 = 10;
const STEP: i32 = 84;
/// Where the first strip begins, below zones and nodes.
const TOP: i32 = 66;

/// What lies where after the boot, for each strategy.
///
/// # Errors
/// [`DrawError`] when plotters cannot draw it.
pub fn strips(boot: &Boot) -> Result<Option<Plot>, DrawError> {
    let all = boot.subjects.iter().enumerate();
    let known: Vec<(usize, &Subject, &Layout)> =
        all.filter_map(|(index, subject)| Some((index, subject, &subject.exact.as_ref()?.layout))).collect();
    let Some((_, _, first)) = known.first() else { return Ok(None) };
    let Some(ground) = Ground::of(first, SIDE, WIDTH - SIDE) else { return Ok(None) };
    let present: Vec<Content> = Content::ALL[1..]
        .iter()
        .copied()
        .filter(|content| known.iter().any(|(_, _, layout)| layout.pieces.pages(*content) > 0))
        .collect();
    let lane = Lane::of(known.iter().map(|(_, _, layout)| *layout), SIDE, WIDTH - SIDE);
    let foot = TOP + STEP * i32::try_from(known.len()).unwrap_or(0) - (STEP - STRIP) + LANE_TOP + LANE;
    let legend = legend_places(&present, foot + 52);
    let height = legend.last().map_or(foot + 40, |place| place.2 + 16);
    let described = Plot {
        id: id("memory", &boot.name),
        title: format!("Physical memory after the boot, {}", boot.name),
        description: describe(&known),
        caption: format!(
            "What lies where after the boot, from the lowest address at the left; memory is less broken up the fewer marks \
             stand apart from each other. Each column of a strip is divided by what its pages hold, {} a column; whatever \
             is there at all gets at least three pixels, so that a single page shows. Large holes are cut out. The lane below has \
             the same pieces in the same order, each as wide as the logarithm of its size: the longer the lane, the more \
             pieces memory is in. Exact, one replay of {}.",
            bytes(ground.pages_a_column() * first.page_bytes),
            plural(boot.facts.as_ref().map_or(0, |facts| facts.records), "record"),
        ),
        command: command(&boot.name, "exact"),
        svg: String::new(),
    };
    let drawn = plot(described, (WIDTH, height), |canvas| {
        ground.draw(canvas, first, foot)?;
        for ((index, subject, layout), row) in known.iter().zip(0..) {
            let top = TOP + STEP * row;
            strip(canvas, (*index, subject, layout), &ground, top)?;
            let top = top + STRIP + LANE_TOP;
            for (kind, left, right) in lane.pieces(layout) {
                canvas.rectangle([(left, top), (right, top + LANE)], content(kind))?;
            }
        }
        for (kind, x, y) in &legend {
            canvas.rectangle([(*x, y - 6), (x + 14, y + 6)], content(*kind))?;
            canvas.outline([(*x, y - 6), (x + 14, y + 6)], EDGE)?;
            canvas.text(name(*kind), (x + 20, *y), Anchor::Left, INK)?;
        }
        Ok(())
    })?;
    Ok(Some(drawn))
}

fn strip(
    canvas: &Canvas<'_>,
    (index, subject, layout): (usize, &Subject, &Layout),
    ground: &Ground,
    top: i32,
) -> Drawn {
    canvas.marker((SIDE + 5, top - 12), index, strategy(index))?;
    canvas.text(&subject.strategy, (SIDE + 16, top - 12), Anchor::Left, strategy(index))?;
    if let Some(exact) = &subject.exact {
        let left = &exact.fragmentation;
        let said = format!(
            "{} free aligned 2 MiB, longest free run {}",
            count(left.intact_2m),
            bytes(left.largest_run_pages * layout.page_bytes)
        );
        canvas.text(&said, (WIDTH - SIDE, top - 12), Anchor::Right, FAINT)?;
    }
    for stretch in ground.stretches() {
        canvas.rectangle([(stretch.left, top), (stretch.right, top + STRIP)], content(Content::Free))?;
    }
    for bar in bars(layout, ground, STRIP) {
        let corners = [(bar.left, top + STRIP - bar.to), (bar.right, top + STRIP - bar.from)];
        canvas.rectangle(corners, content(bar.content))?;
    }
    let outline =
        |stretch: &ground::Stretch| canvas.outline([(stretch.left, top), (stretch.right, top + STRIP)], EDGE);
    ground.stretches().iter().try_for_each(outline)
}

fn describe(known: &[(usize, &Subject, &Layout)]) -> String {
    let of = |(_, subject, layout): &(usize, &Subject, &Layout)| {
        let held = |kind: &Content| {
            let pages = layout.pieces.pages(*kind);
            let pieces = layout.pieces.iter().filter(|piece| piece.content == *kind).count();
            (pages > 0).then(|| {
                format!("{} {} in {}", name(*kind), bytes(pages * layout.page_bytes), plural(pieces, "piece"))
            })
        };
        let all: Vec<String> = Content::ALL[1..].iter().filter_map(held).collect();
        format!("{}: {}", subject.strategy, all.join(", "))
    };
    format!("{}.", known.iter().map(of).collect::<Vec<_>>().join("; "))
}

/// What a page holds, in words.
pub(crate) const fn name(content: Content) -> &'static str {
    match content {
        Content::Hole => "no memory",
        Content::Untouchable => "not to be used",
        Content::Free => "free",
        Content::Own => "tables and rounding",
        Content::Fixed => "reserved by firmware and kernel",
        Content::Alloc1g => "allocated, 1 GiB and more",
        Content::Alloc2m => "allocated, 2 MiB to 1 GiB",
        Content::Alloc64k => "64 KiB to 2 MiB",
        Content::Alloc4k => "4 to 64 KiB",
        Content::AllocBelow4k => "below 4 KiB",
    }
}

/// Where each entry of the legend stands, in as many lines as they need.
fn legend_places(present: &[Content], first_line: i32) -> Vec<(Content, i32, i32)> {
    let (mut x, mut y) = (SIDE, first_line);
    let mut places = Vec::new();
    for &kind in present {
        // 13 pixel letters are some 6.6 pixels wide.
        let width = 48 + i32::try_from(name(kind).len()).unwrap_or(0) * 66 / 10;
        if x + width > WIDTH {
            (x, y) = (SIDE, y + 22);
        }
        places.push((kind, x, y));
        x += width;
    }
    places
}
