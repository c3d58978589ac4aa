//! All strategies over all boots.

use benches::probe::Floor;

use super::{Cell, Table, Tone};
use crate::analysis::{Analysis, Comparison, Total};
use crate::units::{bytes, count, percent, plural, time};

/// How long the strategies take, over all boots.
#[must_use]
pub fn overview_times(analysis: &Analysis) -> Table {
    let baseline = &analysis.baseline;
    let heads = ["strategy", "whole boot#", "allocation#", "release#", "sum of boots#", "instructions#"];
    let mut table = Table::new(&format!("Time, as a multiple of {baseline}'s"), &heads);
    for total in &analysis.totals {
        let is_baseline = total.strategy == *baseline;
        let mean = |of: fn(&Total) -> Option<&Comparison>| match of(total) {
            None if is_baseline && analysis.totals.iter().any(|other| of(other).is_some()) => {
                Cell::comparison(None)
            }
            comparison => absent_or(comparison),
        };
        let times = |of: fn(&Total) -> Option<f64>| above_floor(analysis, total, of);
        let sum = if total.boot_ns > 0.0 {
            Cell::new(time(total.boot_ns)).detail(times(|total| Some(total.boot_ns)))
        } else {
            Cell::nothing()
        };
        let instructions = total.instructions.map_or_else(Cell::nothing, |number| {
            Cell::new(count(number)).detail(times(|total| total.instructions.map(|number| number as f64)))
        });
        table.rows.push(vec![
            Cell::new(&total.strategy),
            mean(|total| total.boot.as_ref()),
            mean(|total| total.scan.as_ref()),
            mean(|total| total.release.as_ref()),
            sum,
            instructions,
        ]);
    }
    table.notes.push(format!(
        "Ratios are geometric means over {}, with 95 % intervals; below 1 is faster. Allocation: the time that 99 in 100 do not \
         exceed. An interval speaks for itself alone, a verdict for all {} of the report at once: ~ means that no \
         difference is shown, ? that it cannot be told.",
        plural(analysis.boots.len(), "boot"),
        plural(analysis.comparisons, "comparison"),
    ));
    if analysis.totals.iter().any(|total| total.strategy == Floor::NAME) {
        table.notes.push(format!(
            "{} is no strategy: it was told the answers and only notes the calls, the least that any can take. Beside the sums \
             stands how many times that a strategy takes.",
            Floor::NAME
        ));
    }
    table.measured()
}

/// How many times the floor a sum is; nothing if it was not measured, or of the floor itself.
fn above_floor(analysis: &Analysis, total: &Total, of: fn(&Total) -> Option<f64>) -> String {
    let floor = analysis.totals.iter().find(|other| other.strategy == Floor::NAME).and_then(of);
    match (floor, of(total)) {
        (Some(floor), Some(sum)) if floor > 0.0 && total.strategy != Floor::NAME => {
            format!("{:.1} × {}", sum / floor, Floor::NAME)
        }
        _ => String::new(),
    }
}

fn absent_or(comparison: Option<&Comparison>) -> Cell {
    comparison.map_or_else(Cell::nothing, |comparison| Cell::comparison(Some(comparison)))
}

/// What the strategies leave of memory, over all boots.
#[must_use]
pub fn overview_memory(analysis: &Analysis) -> Table {
    let heads = [
        "strategy",
        "2 MiB intact#",
        "small blocks#",
        "rounding#",
        "tables#",
        "failed#",
        "conflicts#",
        "other node#+",
    ];
    let mut table = Table::new("Memory after the boots, exact", &heads);
    let best = analysis.totals.iter().map(|total| total.intact_2m).max().unwrap_or_default();
    // The floor leaves of memory what memblock does, from which it was told its answers.
    for total in analysis.totals.iter().filter(|total| total.strategy != Floor::NAME) {
        table.rows.push(if total.boots == 0 { nothing(total) } else { row(total, best) });
    }
    table.notes.push(
        "2 MiB intact: aligned free stretches. Small blocks: free memory in blocks below a pageblock. Rounding: memory used \
         beyond the bytes asked for. Tables: the strategy's own state. Failed: allocations not granted. Conflicts: fixed \
         reservations of what had been given away before."
            .into(),
    );
    table.measured()
}

fn nothing(total: &Total) -> Vec<Cell> {
    std::iter::once(Cell::new(&total.strategy)).chain((0..7).map(|_| Cell::nothing())).collect()
}

fn row(total: &Total, best: u64) -> Vec<Cell> {
    let lost = best - total.intact_2m;
    let intact = Cell::new(count(total.intact_2m));
    vec![
        Cell::new(&total.strategy),
        if lost == 0 { intact } else { intact.detail(format!("−{}", count(lost))) },
        Cell::new(bytes(total.broken_bytes)).detail(percent(total.broken_bytes, total.released_bytes)),
        Cell::new(bytes(total.rounding_bytes)),
        Cell::new(bytes(total.metadata_bytes)),
        Cell::unwanted(total.failed + total.violations),
        Cell::unwanted(total.conflicts),
        if total.elsewhere == 0 {
            Cell::new("0").tone(Tone::Faint)
        } else {
            Cell::new(count(total.elsewhere))
        },
    ]
}
