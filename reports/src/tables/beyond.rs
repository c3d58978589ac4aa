//! What a boot costs beyond the allocator, with what each strategy leaves reserved.

use benches::figures::figure;

use super::{Cell, Table};
use crate::analysis::Boot;
use crate::units::count;

/// The figures, with their heads.
const FIGURES: [(&str, &str); 6] = [
    ("struct-pages-early", "early#"),
    ("struct-pages-deferred", "deferred#"),
    ("struct-pages-one-by-one", "singly#"),
    ("struct-pages-never", "never#"),
    ("reserved-calls", "calls#"),
    ("lost-parts", "lost#"),
];

/// Struct pages by when they are initialised, and memory that nobody gets; without rows where none was found out.
#[must_use]
pub fn beyond(boot: &Boot) -> Table {
    let heads: Vec<&str> = ["strategy"].into_iter().chain(FIGURES.map(|(_, head)| head)).collect();
    let mut table = Table::new("Beyond the allocator: struct pages, and memory that is lost, exact", &heads);
    for subject in boot.subjects.iter().filter(|subject| subject.figures.get("lost-parts").is_some()) {
        let cells = FIGURES.iter().map(|(id, _)| {
            figure(id).map_or_else(Cell::nothing, |figure| Cell::value(figure, subject.figures.get(id)))
        });
        table.rows.push([Cell::new(&subject.strategy)].into_iter().chain(cells).collect());
    }
    let value = |id: &str| boot.subjects.iter().find_map(|subject| subject.figures.get(id));
    table.notes.push(
        "Early, deferred, never: struct pages initialised while zones are set up, by threads later, not at all. Singly: by the \
         hand-over, in so many calls, as they are reserved where others are deferred. Lost: free in pages that are not wholly \
         free."
            .into(),
    );
    if let (Some(visits), Some(most), Some(tables), Some(unknown)) =
        (value("region-visits"), value("most-reserved"), value("page-tables"), value("unknown-use"))
    {
        table.notes.push(format!(
            "Whatever the strategy: zones visit {} regions of memory; memblock's array of reservations held {} at most; page \
             tables took {} pages one by one; {} are reserved by no call that the log holds.",
            count(visits),
            count(most),
            count(tables),
            crate::units::bytes(unknown)
        ));
    }
    table.notes.extend(boot.facts.iter().flat_map(|facts| facts.tight.clone()));
    table.measured()
}
