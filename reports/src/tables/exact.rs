//! What is exact, over all boots and on each.

use benches::figures::figure;
use benches::probe::Floor;

use super::{Cell, Table, Tone};
use crate::analysis::Analysis;
use crate::units::plural;

/// The figures that stand in the overview, with their heads.
const OVERVIEW: [(&str, &str); 7] = [
    ("intact-2m", "2 MiB#"),
    ("intact-1g", "1 GiB#"),
    ("small-blocks", "small blocks#"),
    ("rounding", "rounding#"),
    ("metadata", "tables#"),
    ("failed", "failed#"),
    ("conflicts", "conflicts#"),
];

/// What the strategies leave of memory, over all boots.
#[must_use]
pub fn memory_of_all(analysis: &Analysis) -> Table {
    let heads: Vec<&str> = std::iter::once("strategy").chain(OVERVIEW.map(|(_, head)| head)).collect();
    let boots = analysis.totals.first().map_or(0, |total| total.boots);
    let title = format!("Memory after {}, exact", plural(boots, "boot"));
    let mut table = Table::new(&title, &heads);
    // What the floor notes is not an allocator's state.
    for total in analysis.totals.iter().filter(|total| total.strategy != Floor::NAME) {
        let cells = OVERVIEW.iter().map(|(id, _)| {
            let value = total.figures.get(id);
            let unwanted = ["failed", "conflicts"].contains(id);
            let cell = figure(id).map_or_else(Cell::nothing, |figure| Cell::value(figure, value));
            if unwanted && value.is_some_and(|value| value > 0) { cell.tone(Tone::Alarm) } else { cell }
        });
        table.rows.push(std::iter::once(Cell::new(&total.strategy)).chain(cells).collect());
    }
    table.measured()
}

/// The legend of [`memory_of_all`].
pub(crate) const LEGEND: &str = "2 MiB, 1 GiB: aligned free stretches. Small blocks: free memory in blocks below a \
    pageblock. Rounding: memory used beyond the bytes asked for. Tables: the strategy's own state. Failed: allocations not \
    granted. Conflicts: fixed reservations of what had been given away.";

/// One exact figure: all boots against all strategies.
#[must_use]
pub fn exact_by_boot(analysis: &Analysis, id: &str) -> Table {
    let names = analysis.strategies.iter().map(|strategy| format!("{}#", strategy.name));
    let heads: Vec<String> = std::iter::once("boot".to_owned()).chain(names).collect();
    let Some(figure) = figure(id) else { return Table::new("", &[]) };
    let title = crate::units::capital(figure.title);
    let mut table = Table::new(&title, &heads.iter().map(String::as_str).collect::<Vec<_>>());
    for boot in &analysis.boots {
        let cells = boot.subjects.iter().map(|subject| Cell::value(figure, subject.figures.get(id)));
        table.rows.push(std::iter::once(Cell::new(boot.shown())).chain(cells).collect());
    }
    table.notes.push(figure.definition.into());
    table.measured()
}
