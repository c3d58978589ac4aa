//! The physical memory of a machine as strips, one per strategy.

mod columns;
mod ground;
mod lane;

use benches::exact::{Content, Exact, Layout};

use super::paint::{Anchor, Canvas, Drawn, plot};
use super::theme::{EDGE, FAINT, INK, content, strategy};
use super::{DrawError, Plot, command, id};
use crate::analysis::Boot;
use crate::units::{bytes, count, list, plural};
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
    let known = lots(boot);
    let Some(first) = known.first().map(Lot::layout) else { return Ok(None) };
    let Some(ground) = Ground::of(first, SIDE, WIDTH - SIDE) else { return Ok(None) };
    let present: Vec<Content> = Content::ALL[1..]
        .iter()
        .copied()
        .filter(|content| known.iter().any(|lot| lot.layout().pieces.pages(*content) > 0))
        .collect();
    let lane = Lane::of(known.iter().map(Lot::layout), SIDE, WIDTH - SIDE);
    let foot = TOP + STEP * i32::try_from(known.len()).unwrap_or(0) - (STEP - STRIP) + LANE_TOP + LANE;
    let legend = legend_places(&present, foot + 52);
    let height = legend.last().map_or(foot + 40, |place| place.2 + 16);
    let described = Plot {
        id: id("memory", boot),
        title: format!("Physical memory after the boot, {}", boot.shown()),
        description: describe(&known),
        caption: format!(
            "What lies where, lowest address first, {} a column; below each strip its pieces, as wide as the logarithm of \
             their size; exact, one replay of {}.",
            bytes(ground.pages_a_column() * first.page_bytes),
            plural(boot.facts.as_ref().map_or(0, |facts| facts.records), "record"),
        ),
        command: command(&boot.name, "exact"),
        ..Plot::default()
    };
    let drawn = plot(described, (WIDTH, height), |canvas| {
        ground.draw(canvas, first, foot)?;
        for (lot, row) in known.iter().zip(0..) {
            let top = TOP + STEP * row;
            strip(canvas, lot, &ground, top)?;
            let top = top + STRIP + LANE_TOP;
            for (kind, left, right) in lane.pieces(lot.layout()) {
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

/// Strategies that leave the very same memory, with their places.
struct Lot<'b> {
    strategies: Vec<(usize, &'b str)>,
    exact: &'b Exact,
}

impl Lot<'_> {
    const fn layout(&self) -> &Layout {
        &self.exact.layout
    }

    fn names(&self) -> String {
        list(&self.strategies.iter().map(|(_, name)| (*name).to_owned()).collect::<Vec<_>>())
    }
}

fn lots(boot: &Boot) -> Vec<Lot<'_>> {
    let mut lots: Vec<Lot<'_>> = Vec::new();
    for (index, subject) in boot.subjects.iter().enumerate() {
        let (Some(exact), named) = (&subject.exact, (index, subject.strategy.as_str())) else { continue };
        match lots.iter_mut().find(|lot| lot.layout().pieces == exact.layout.pieces) {
            Some(lot) => lot.strategies.push(named),
            None => lots.push(Lot { strategies: vec![named], exact }),
        }
    }
    lots
}

fn strip(canvas: &Canvas<'_>, lot: &Lot<'_>, ground: &Ground, top: i32) -> Drawn {
    let mut at = SIDE;
    for (index, name) in &lot.strategies {
        canvas.marker((at + 5, top - 12), *index, strategy(*index))?;
        canvas.text(name, (at + 16, top - 12), Anchor::Left, strategy(*index))?;
        at += 40 + i32::try_from(name.len()).unwrap_or(0) * 8;
    }
    let (layout, left) = (lot.layout(), &lot.exact.fragmentation);
    let said = format!(
        "free memory in {}, the longest {}; {} aligned blocks of 2 MiB",
        plural(runs(layout), "run"),
        bytes(left.largest_run_pages * layout.page_bytes),
        count(left.intact_2m),
    );
    canvas.text(&said, (WIDTH - SIDE, top - 12), Anchor::Right, FAINT)?;
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

/// How many runs free memory is in.
fn runs(layout: &Layout) -> usize {
    layout.pieces.iter().filter(|piece| piece.content == Content::Free).count()
}

fn describe(known: &[Lot<'_>]) -> String {
    let of = |lot: &Lot<'_>| {
        let layout = lot.layout();
        let held = |kind: &Content| {
            let pages = layout.pieces.pages(*kind);
            let pieces = layout.pieces.iter().filter(|piece| piece.content == *kind).count();
            (pages > 0).then(|| {
                format!("{} {} in {}", name(*kind), bytes(pages * layout.page_bytes), plural(pieces, "piece"))
            })
        };
        let all: Vec<String> = Content::ALL[1..].iter().filter_map(held).collect();
        format!("{}: {}", lot.names(), all.join(", "))
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
