//! The first question: what a boot costs.

use super::{Cell, Table, Tone};
use crate::analysis::{Analysis, BOOT_COST, Subject, Total, about, scope};
use crate::units::{ratio, time};

/// Each strategy over all boots: the cost of a boot, its two parts, and its instructions.
#[must_use]
pub fn headline(analysis: &Analysis) -> Table {
    let (baseline, id) = (&analysis.baseline, analysis.headline);
    let heads = [
        "strategy",
        if id == BOOT_COST { "boot cost#" } else { "all calls#" },
        "95 % interval#",
        "verdict",
        "calls#",
        "hand-over#",
        "instr.#",
        "× floor#",
    ];
    let what = if id == BOOT_COST { "Boot cost" } else { "Calls of a boot" };
    let title = format!("{what} over {}, times {baseline}'s", scope(analysis));
    let mut table = Table::new(&title, &heads);
    let base = analysis.totals.get(analysis.baseline_index());
    let instructions = |total: &Total| {
        let of = base?.figures.get("instructions").filter(|&of| of > 0)?;
        Some(total.figures.get("instructions")? as f64 / of as f64)
    };
    for total in &analysis.totals {
        let number = |value: Option<f64>| value.map_or_else(Cell::nothing, |value| Cell::new(ratio(value)));
        let one = || Cell::new("1").tone(Tone::Faint);
        let mut row = vec![Cell::new(&total.strategy)];
        if total.strategy == *baseline {
            let counted = instructions(total).map_or_else(Cell::nothing, |_| one());
            let part = || {
                if analysis.totals.iter().any(|total| total.parts.is_some()) {
                    one()
                } else {
                    Cell::nothing()
                }
            };
            row.extend([one(), Cell::new(""), Cell::new(""), part(), part(), counted]);
        } else {
            row.extend(
                total.mean(id).map_or_else(|| [Cell::nothing(), Cell::new(""), Cell::new("")], Cell::judged),
            );
            row.extend([
                number(total.parts.map(|parts| parts.calls)),
                number(total.parts.map(|parts| parts.hand_over)),
                number(instructions(total)),
            ]);
        }
        row.push(Cell::above_floor(total.above_floor.as_ref()));
        table.rows.push(row);
    }
    table.measured()
}

/// One noisy figure on every boot, from small machines to large ones: the baseline's time, and the ratios of the strategies
/// at these places.
#[must_use]
pub fn by_boot(analysis: &Analysis, figure: &str, places: &[usize]) -> Table {
    let base = analysis.baseline_index();
    let names = places.iter().map(|&place| format!("{}#", analysis.strategies[place].name));
    let heads = ["boot".into(), "memory#".into(), format!("{}#", analysis.baseline)];
    let heads: Vec<String> = heads.into_iter().chain(names).collect();
    let title = format!("{}, by boot", crate::units::capital(analysis.title(figure)));
    let mut table = Table::new(&title, &heads.iter().map(String::as_str).collect::<Vec<_>>());
    for boot in &analysis.boots {
        let timed = |place: usize| boot.subjects.get(place)?.time(figure);
        let compared = |&place: &usize| match timed(place) {
            Some(timed) => Cell::comparison(timed.comparison.as_ref()),
            None => failed(boot.subjects.get(place)),
        };
        let own =
            timed(base).map_or_else(|| failed(boot.subjects.get(base)), |timed| Cell::new(time(timed.ns)));
        let memory = boot.memory_bytes().map_or_else(Cell::nothing, |bytes| Cell::new(about(bytes)));
        let mut row = vec![Cell::new(boot.shown()), memory, own];
        row.extend(places.iter().map(compared));
        table.rows.push(row);
    }
    table.measured()
}

fn failed(subject: Option<&Subject>) -> Cell {
    match subject {
        Some(subject) if !subject.failures.is_empty() => Cell::new("failed").tone(Tone::Alarm),
        _ => Cell::nothing(),
    }
}
