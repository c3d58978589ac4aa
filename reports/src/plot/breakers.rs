//! Which fragments, and why: pageblocks broken, by the callers that broke them.

use std::collections::BTreeMap;

use super::axes::{Frame, Scale};
use super::paint::{Anchor, plot};
use super::theme::{FAINT, INK, shade, strategy};
use super::{DrawError, Plot, command};
use crate::analysis::Analysis;
use crate::units::{count, plural, round};

const WIDTH: i32 = 400;
const STEP: i32 = 44;
const BAR: i32 = 18;

/// Callers that have a colour of their own; the others are one.
const CALLERS: usize = 6;
const OTHERS: &str = "others";

/// The broken pageblocks of all boots; nothing where nobody looked.
///
/// # Errors
/// [`DrawError`] when plotters cannot draw it.
pub fn breakers(analysis: &Analysis) -> Result<Option<Plot>, DrawError> {
    let by_strategy: Vec<BTreeMap<&str, u64>> =
        (0..analysis.strategies.len()).map(|place| of_strategy(analysis, place)).collect();
    let callers = callers(&by_strategy);
    let most = by_strategy.iter().map(|all| all.values().sum::<u64>()).max().unwrap_or_default();
    if most == 0 {
        return Ok(None);
    }
    let rows = i32::try_from(analysis.strategies.len()).unwrap_or(0);
    let legend = i32::try_from(callers.len()).unwrap_or(0).div_euclid(2) + 1;
    let frame = Frame { left: 6, top: 20, right: WIDTH - 52, bottom: 20 + rows * STEP };
    let x = Scale::linear((0.0, most as f64), (frame.left, frame.right));
    let said = analysis.strategies.iter().zip(&by_strategy).map(|(strategy, all)| {
        let each = callers.iter().map(|caller| format!("{caller} {}", count(part(all, caller, &callers))));
        format!("{}: {}", strategy.name, each.collect::<Vec<_>>().join(", "))
    });
    let described = Plot {
        id: "breakers".into(),
        title: "Pageblocks left broken, by the callers that broke them".into(),
        description: format!("{}.", said.collect::<Vec<_>>().join("; ")),
        caption: format!(
            "A pageblock is broken if a part of it is free, and counts for the first caller in it; over {}, exact.",
            plural(analysis.boots.len(), "boot")
        ),
        command: command("", "exact"),
        ..Plot::default()
    };
    let drawn = plot(described, (WIDTH, frame.bottom + 26 + legend * 18), |canvas| {
        let ticks: Vec<_> = x.ticks().iter().map(|&tick| (x.at(tick), round(&count(whole(tick))))).collect();
        let inner = Frame { top: frame.top, ..frame };
        inner.x_axis(canvas, "", &ticks, true)?;
        for ((place, all), row) in by_strategy.iter().enumerate().zip(0..) {
            let top = frame.top + row * STEP;
            let total = &analysis.totals[place].figures;
            let whole = |id: &str| total.get(id).map_or_else(|| "-".into(), count);
            let role = strategy(place);
            canvas.text(&analysis.strategies[place].name, (frame.left, top + 8), Anchor::Left, role)?;
            let intact = format!("whole: {} x 2 MiB, {} x 1 GiB", whole("intact-2m"), whole("intact-1g"));
            canvas.text(&intact, (WIDTH - 2, top + 8), Anchor::Right, FAINT)?;
            let mut at = 0;
            for (index, caller) in callers.iter().enumerate() {
                let blocks = part(all, caller, &callers);
                let (from, to) = (x.at(at as f64), x.at((at + blocks) as f64));
                if to > from {
                    canvas.rectangle([(from, top + 18), (to - 1, top + 18 + BAR)], shade(index))?;
                }
                at += blocks;
            }
            canvas.text(&count(at), (x.at(at as f64) + 6, top + 18 + BAR / 2), Anchor::Left, INK)?;
        }
        for (index, caller) in callers.iter().enumerate() {
            let (column, row) = (len(index % 2), len(index / 2));
            let (left, y) = (frame.left + column * (WIDTH / 2), frame.bottom + 32 + row * 18);
            canvas.rectangle([(left, y - 5), (left + 10, y + 5)], shade(index))?;
            let name: String = caller.chars().take(26).collect();
            canvas.text(&name, (left + 16, y), Anchor::Left, INK)?;
        }
        Ok(())
    })?;
    Ok(Some(drawn))
}

fn len(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "ticks of a count")]
fn whole(tick: f64) -> u64 {
    tick.max(0.0).round() as u64
}

/// The blocks of each caller over all boots.
fn of_strategy(analysis: &Analysis, place: usize) -> BTreeMap<&str, u64> {
    let mut all: BTreeMap<&str, u64> = BTreeMap::new();
    let exact = analysis.boots.iter().filter_map(|boot| boot.subjects.get(place)?.exact.as_ref());
    for breaker in exact.flat_map(|exact| &exact.breakers) {
        *all.entry(&breaker.caller).or_default() += breaker.blocks;
    }
    all
}

/// The callers with the most blocks over all strategies, most first; then all others.
fn callers<'a>(by_strategy: &[BTreeMap<&'a str, u64>]) -> Vec<&'a str> {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (caller, blocks) in by_strategy.iter().flatten() {
        *sums.entry(caller).or_default() += blocks;
    }
    let mut order: Vec<(&str, u64)> = sums.into_iter().collect();
    order.sort_by_key(|(_, blocks)| std::cmp::Reverse(*blocks));
    let more = order.len() > CALLERS;
    order.into_iter().take(CALLERS).map(|(caller, _)| caller).chain(more.then_some(OTHERS)).collect()
}

fn part(all: &BTreeMap<&str, u64>, caller: &str, named: &[&str]) -> u64 {
    if caller == OTHERS {
        return all.iter().filter(|(name, _)| !named.contains(*name)).map(|(_, blocks)| blocks).sum();
    }
    all.get(caller).copied().unwrap_or_default()
}
