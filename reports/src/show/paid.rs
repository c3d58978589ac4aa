//! What the recorded kernel itself paid.

use workloads::cost::{Cost, Kind, Part};

use crate::tables::{Cell, Table};
use crate::text::{Terminal, table};
use crate::units::{count, list};

/// The text about what a boot paid for its boot allocator.
#[must_use]
pub fn paid(cost: &Cost, terminal: Terminal) -> String {
    let total = cost.total.instructions;
    let heads = ["kind", "calls#", "instructions#", "share#"];
    let mut shown = Table::new("What the kernel itself paid, in instructions", &heads);
    for (kind, word) in Kind::WORDS {
        let calls = cost.calls_of(kind);
        if calls > 0 {
            shown.rows.push(vec![
                Cell::new(word),
                Cell::new(count(calls)),
                Cell::new(count(cost.own(kind))),
                Cell::new(share(cost.own(kind), total)),
            ]);
        }
    }
    shown.notes.push(format!(
        "Of {} instructions from the kernel's first one to the end of the hand-over the boot allocator took {} ({}): no other \
         one can save more. Counted in a boot of this machine without a console and without memblock=debug.",
        count(total),
        count(cost.allocator()),
        share(cost.allocator(), total),
    ));
    shown.notes.extend(Kind::WORDS.iter().filter_map(|(kind, word)| {
        let apart = apart(cost, *kind);
        (!apart.is_empty()).then(|| format!("Apart from that, {word} took {apart}."))
    }));
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

fn apart(cost: &Cost, kind: Kind) -> String {
    let parts = Part::WORDS.iter().filter(|(part, _)| !part.is_own()).filter_map(|(part, word)| {
        let spent = cost.spent(Some(kind), *part).instructions;
        (spent > 0).then(|| format!("{} for {}", count(spent), word.replace('-', " ")))
    });
    list(&parts.collect::<Vec<_>>())
}
