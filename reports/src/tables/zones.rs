//! What the strategies take of each zone.

use benches::exact::ZoneFigures;

use super::{Cell, Table};
use crate::analysis::{Boot, pages_below};
use crate::units::{bytes, count, percent};

/// The memory of each zone after the boot, all nodes together; no rows where the log named no zones.
#[must_use]
pub fn zones(boot: &Boot) -> Table {
    let heads = ["zone", "strategy", "taken#", "free#", "in small blocks#", "2 MiB#"];
    let mut table = Table::new("Memory by zone, exact", &heads);
    let all = || boot.subjects.iter().filter_map(|subject| Some((subject, subject.exact.as_ref()?)));
    let mut names: Vec<&str> = Vec::new();
    for zone in all().flat_map(|(_, exact)| &exact.zones) {
        if !names.contains(&zone.zone.as_str()) {
            names.push(&zone.zone);
        }
    }
    if names == ["all"] {
        return table;
    }
    for name in names {
        for (subject, exact) in all() {
            let page = exact.layout.page_bytes;
            let zones = || exact.zones.iter().filter(|zone| zone.zone == name);
            let sum = |of: fn(&ZoneFigures) -> u64| zones().map(of).sum::<u64>();
            let free = sum(|zone| zone.fragmentation.free_pages);
            let small: u64 =
                zones().map(|zone| pages_below(&zone.fragmentation, boot.pageblock_order())).sum();
            table.rows.push(vec![
                Cell::new(name),
                Cell::new(&subject.strategy),
                Cell::new(bytes(sum(|zone| zone.taken_pages) * page)),
                Cell::new(bytes(free * page)),
                Cell::new(percent(small, free)),
                Cell::new(count(sum(|zone| zone.fragmentation.intact_2m))),
            ]);
        }
    }
    let note = "Taken: usable memory that was not handed over. Small blocks: those below a pageblock.";
    table.notes.push(note.into());
    table
}
