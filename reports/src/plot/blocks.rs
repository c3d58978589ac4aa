//! Free memory by order.

use benches::exact::Fragmentation;

use super::axes::{Frame, Scale, spread};
use super::paint::{Anchor, Canvas, Drawn, plot};
use super::theme::{FAINT, strategy};
use super::{DrawError, Plot, command, id};
use crate::analysis::{Boot, pages_below};
use crate::units::{count, digits, round};

const FRAME: Frame = Frame { left: 62, top: 36, right: 490, bottom: 250 };
const SIZE: (i32, i32) = (600, 292);

type Known<'b> = Vec<(usize, &'b str, &'b Fragmentation)>;

fn known(boot: &Boot) -> Known<'_> {
    let all = boot.subjects.iter().enumerate();
    all.filter_map(|(index, one)| Some((index, one.strategy.as_str(), &one.exact.as_ref()?.fragmentation)))
        .collect()
}

fn orders(known: &Known<'_>) -> i32 {
    let most = known.iter().map(|(_, _, left)| left.free_blocks.len()).max().unwrap_or_default();
    i32::try_from(most).unwrap_or(i32::MAX).max(1)
}

/// How many free blocks there are of each order after the boot.
///
/// # Errors
/// [`DrawError`] when plotters cannot draw it.
pub fn free_blocks(boot: &Boot) -> Result<Option<Plot>, DrawError> {
    let known = known(boot);
    let most = known.iter().flat_map(|(_, _, left)| &left.free_blocks).max().copied().unwrap_or_default();
    if most == 0 {
        return Ok(None);
    }
    let y = Scale::log((0.7, most as f64), (FRAME.bottom, FRAME.top));
    let said = known.iter().map(|(_, name, left)| {
        let each = left.free_blocks.iter().enumerate();
        let each = each.map(|(order, blocks)| format!("{} of order {order}", count(*blocks)));
        format!("{name}: {}", each.collect::<Vec<_>>().join(", "))
    });
    let described = Plot {
        id: id("free-blocks", boot),
        title: format!("Free blocks by order, {}", boot.shown()),
        description: format!("{}.", said.collect::<Vec<_>>().join("; ")),
        caption: "The blocks that the page allocator starts with, merged; fewer small ones at the left are better; \
                  log scale, exact."
            .into(),
        command: command(&boot.name, "exact"),
        ..Plot::default()
    };
    let drawn = plot(described, SIZE, |canvas| {
        let ticks: Vec<_> = y.ticks().into_iter().filter(|tick| *tick >= 1.0).collect();
        let ticks: Vec<_> = ticks.iter().map(|&tick| (y.at(tick), round(&digits(tick)))).collect();
        FRAME.y_axis(canvas, "free blocks", &ticks)?;
        let x = orders_axis(canvas, boot, &known)?;
        let (one, all) = bar_widths(known.len(), orders(&known));
        for ((index, _, left), place) in known.iter().zip(0..) {
            for (order, blocks) in (0..).zip(&left.free_blocks) {
                let from = x.at(f64::from(order)) - all / 2 + one * place;
                // A mark and not a bar: a logarithm has no zero to begin at.
                if *blocks > 0 {
                    canvas.marker((from + one / 2, y.at(*blocks as f64)), *index, strategy(*index))?;
                }
            }
        }
        key(canvas, &known, &vec![FRAME.top; known.len()])
    })?;
    Ok(Some(drawn))
}

/// The width of one strategy's bar, and of all bars of an order together.
fn bar_widths(strategies: usize, orders: i32) -> (i32, i32) {
    let strategies = i32::try_from(strategies).unwrap_or(i32::MAX).max(1);
    let one = ((FRAME.right - FRAME.left) * 3 / 4 / orders / strategies).clamp(2, 12);
    (one, one.saturating_mul(strategies))
}

/// Which share of free memory is in blocks too small for an order, for each order.
///
/// # Errors
/// [`DrawError`] when plotters cannot draw it.
pub fn unusable(boot: &Boot) -> Result<Option<Plot>, DrawError> {
    let known = known(boot);
    let shares =
        known.iter().flat_map(|(_, _, left)| (0..left.free_blocks.len()).map(|order| share(left, order)));
    let Some(most) = shares.reduce(f64::max) else { return Ok(None) };
    let y = Scale::linear((0.0, most.max(0.01) * 1.05), (FRAME.bottom, FRAME.top));
    let said = known.iter().map(|(_, name, left)| {
        let each = left.unusable_permille.iter().enumerate();
        let each = each.map(|(order, share)| format!("{}.{} % for order {order}", share / 10, share % 10));
        format!("{name}: {}", each.collect::<Vec<_>>().join(", "))
    });
    let described = Plot {
        id: id("unusable", boot),
        title: format!("Unusable free space by order, {}", boot.shown()),
        description: format!("{}.", said.collect::<Vec<_>>().join("; ")),
        caption: format!(
            "Lower is better; what counts most is the order of a pageblock, {}; the kernel's unusable_free_index, exact.",
            boot.pageblock_order()
        ),
        command: command(&boot.name, "exact"),
        ..Plot::default()
    };
    let drawn = plot(described, SIZE, |canvas| {
        let percent = |tick: f64| round(&format!("{tick:.3} %"));
        let ticks: Vec<_> = y.ticks().iter().map(|&tick| (y.at(tick), percent(tick))).collect();
        FRAME.y_axis(canvas, "share of free memory", &ticks)?;
        let x = orders_axis(canvas, boot, &known)?;
        // A few pixels apart, so that equal strategies do not hide each other.
        let shift = |place: i32| 6 * place - 3 * (i32::try_from(known.len()).unwrap_or(1) - 1);
        let mut ends = Vec::new();
        for ((index, _, left), place) in known.iter().zip(0..) {
            let orders = (0..).zip(0..left.free_blocks.len());
            let point =
                |(at, order): (i32, usize)| (x.at(f64::from(at)) + shift(place), y.at(share(left, order)));
            let points: Vec<(i32, i32)> = orders.map(point).collect();
            canvas.line(&points, strategy(*index), 1)?;
            points.iter().try_for_each(|&point| canvas.marker(point, *index, strategy(*index)))?;
            ends.push(points.last().map_or(FRAME.bottom, |point| point.1));
        }
        key(canvas, &known, &ends)
    })?;
    Ok(Some(drawn))
}

/// The share of free memory in blocks below an order, in per cent: the kernel's index before it is rounded to
/// thousandths.
fn share(left: &Fragmentation, order: usize) -> f64 {
    let pages = pages_below(left, order);
    if left.free_pages == 0 { 100.0 } else { 100.0 * pages as f64 / left.free_pages as f64 }
}

/// The orders, with that of a pageblock marked.
fn orders_axis(canvas: &Canvas<'_>, boot: &Boot, known: &Known<'_>) -> Result<Scale, DrawError> {
    let orders = orders(known);
    let x = Scale::linear((-0.5, f64::from(orders) - 0.5), (FRAME.left, FRAME.right));
    let ticks: Vec<_> = (0..orders).map(|order| (x.at(f64::from(order)), order.to_string())).collect();
    FRAME.x_axis(canvas, "order of the block", &ticks, false)?;
    let block = x.at(boot.pageblock_order() as f64);
    canvas.text("pageblock", (block, FRAME.top - 14), Anchor::Middle, FAINT)?;
    canvas.line(&[(block, FRAME.top - 6), (block, FRAME.top)], FAINT, 1)?;
    Ok(x)
}

/// The strategies' names at the right, each beside its line.
fn key(canvas: &Canvas<'_>, known: &Known<'_>, ends: &[i32]) -> Drawn {
    for ((index, name, _), at) in known.iter().zip(spread(ends, 16, (FRAME.top, FRAME.bottom))) {
        canvas.marker((FRAME.right + 12, at), *index, strategy(*index))?;
        canvas.text(name, (FRAME.right + 22, at), Anchor::Left, strategy(*index))?;
    }
    Ok(())
}
