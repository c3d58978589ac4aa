//! What the recorded kernel itself paid.

use crate::analysis::{Paid, PaidKind};
use crate::tables::{Cell, Table, told};
use crate::text::{Terminal, table};
use crate::units::{count, list};

/// The text about what a boot paid for its boot allocator.
#[must_use]
pub fn paid(paid: &Paid, terminal: Terminal) -> String {
    let heads = ["kind", "calls#", "instructions#", "share#", "logged calls#", "instructions#"];
    let mut shown = Table::new("What the kernel itself paid, in instructions", &heads);
    for PaidKind { kind, calls, instructions, logged_calls, logged, .. } in &paid.kinds {
        let known =
            |number: &Option<u64>| number.map_or_else(Cell::nothing, |number| Cell::new(count(number)));
        shown.rows.push(vec![
            Cell::new(*kind),
            Cell::new(count(*calls)),
            Cell::new(count(*instructions)),
            Cell::new(share(*instructions, paid.total)),
            known(logged_calls),
            known(logged),
        ]);
    }
    shown.notes.push(format!(
        "Of {} instructions from the kernel's first one to the end of the hand-over the boot allocator took {} ({}): no other \
         one can save more. Counted in a boot of this machine without a console and without memblock=debug. Logged calls: \
         those that stand in the log, too.",
        count(paid.total),
        count(paid.allocator),
        share(paid.allocator, paid.total),
    ));
    shown.notes.extend(paid.doubt.as_ref().map(|doubt| format!("Doubtful: {doubt}.")));
    shown.notes.extend(paid.kinds.iter().filter(|kind| !kind.apart.is_empty()).map(|kind| {
        let parts: Vec<String> = kind.apart.iter().map(told).collect();
        format!("Beside that, {} spent {}.", kind.kind, list(&parts))
    }));
    if !paid.apart.is_empty() {
        let parts: Vec<String> = paid.apart.iter().map(told).collect();
        shown.notes.push(format!("The whole boot spent {}.", list(&parts)));
    }
    let mut out = String::new();
    table(&mut out, &shown, terminal);
    out
}

/// A share of all instructions, as exact as it is small.
#[must_use]
pub fn share(part: u64, whole: u64) -> String {
    let share = 100.0 * part as f64 / whole.max(1) as f64;
    if share >= 10.0 { format!("{share:.0} %") } else { format!("{share:.2} %") }
}
