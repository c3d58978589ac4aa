//! All strategies over all boots.

use super::{Cell, Table, Tone};
use crate::analysis::{Analysis, Total};
use crate::units::{bytes, count, percent, time};

/// How long the strategies take, over all boots.
#[must_use]
pub fn overview_times(analysis: &Analysis) -> Table {
    let baseline = &analysis.baseline;
    let counted = analysis.totals.iter().any(|total| total.instructions.is_some());
    let heads = ["strategy", "whole boot#", "allocation, p99#", "release#", "sum of boots#", "instructions#"];
    let heads = if counted { &heads[..] } else { &heads[..5] };
    let mut table = Table::new(&format!("Time, as a multiple of {baseline}'s"), heads);
    for total in &analysis.totals {
        let is_baseline = total.strategy == *baseline;
        let mean = |comparison| if is_baseline { Cell::comparison(None) } else { absent_or(comparison) };
        let sum = if total.boot_ns > 0.0 { Cell::new(time(total.boot_ns)) } else { Cell::nothing() };
        let instructions = total.instructions.map_or_else(Cell::nothing, |number| Cell::new(count(number)));
        let all = [
            Cell::new(&total.strategy),
            mean(total.boot.as_ref()),
            mean(total.scan.as_ref()),
            mean(total.release.as_ref()),
            sum,
            instructions,
        ];
        table.rows.push(all.into_iter().take(heads.len()).collect());
    }
    table.notes.push(format!(
        "Ratios are geometric means over {} boots with 95 % intervals; below 1 is faster. Verdicts are corrected for {} \
         comparisons: ~ means that no difference is shown, ? that there are too few launches to tell.",
        analysis.boots.len(),
        analysis.comparisons,
    ));
    table
}

fn absent_or(comparison: Option<&crate::analysis::Comparison>) -> Cell {
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
    for total in &analysis.totals {
        table.rows.push(if total.boots == 0 { nothing(total) } else { row(total, best) });
    }
    table.notes.push(
        "2 MiB intact: aligned free stretches. Small blocks: free memory in blocks below a pageblock. Rounding: memory used \
         beyond the bytes asked for. Tables: the strategy's own state. Failed: allocations not granted. Conflicts: fixed \
         reservations of what had been given away before."
            .into(),
    );
    table
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
