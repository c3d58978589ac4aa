//! All strategies on one boot.

use benches::figures::figure;

use super::{Cell, Table, Tone};
use crate::analysis::{Boot, Subject, Timed, pages_below};
use crate::units::{bytes, count, percent, time};

/// What the boot costs with each strategy: the whole with its ratio, both parts, and single calls.
#[must_use]
pub fn times(boot: &Boot, headline: &str) -> Table {
    let heads =
        ["strategy", "boot cost#", "ratio#", "× floor#", "calls#", "hand-over#", "build#", "p50#", "p99#"];
    let mut table = Table::new("Time", &heads);
    for subject in &boot.subjects {
        let cost = subject.time(headline);
        let part = |of: fn(&Timed) -> Option<f64>| {
            cost.and_then(of).map_or_else(Cell::nothing, |ns| Cell::new(time(ns)))
        };
        let timed = |id: &str| {
            subject.time(id).map_or_else(
                || failed(subject, if id.starts_with('p') { "latency" } else { id }),
                |timed| {
                    Cell::new(time(timed.ns)).detail(if timed.below_clock {
                        "below ten steps of the clock"
                    } else {
                        ""
                    })
                },
            )
        };
        table.rows.push(vec![
            Cell::new(&subject.strategy),
            cost.map_or_else(|| failed(subject, headline), |timed| Cell::new(time(timed.ns))),
            cost.map_or_else(Cell::nothing, |timed| Cell::comparison(timed.comparison.as_ref())),
            Cell::above_floor(subject.above_floor.as_ref()),
            part(|timed| Some(timed.parts?.calls_ns)),
            part(|timed| Some(timed.parts?.hand_over_ns)),
            timed("build"),
            timed("p50"),
            timed("p99"),
        ]);
    }
    let known = boot.subjects.iter().find_map(|subject| subject.time(headline));
    if let Some(timed) = known {
        table.notes.push(format!(
            "Boot cost: all {} calls and the hand-over into the model of the page allocator; {} samples in {} launches. p50, \
             p99: of single allocations.",
            count(timed.work),
            timed.samples,
            timed.launches
        ));
    }
    table.measured()
}

/// Nothing, or why.
fn failed(subject: &Subject, quantity: &str) -> Cell {
    let failure = subject.failures.iter().find(|failed| failed.quantity == quantity);
    failure.map_or_else(Cell::nothing, |failed| Cell::new("failed").detail(&failed.why).tone(Tone::Alarm))
}

/// The exact figures of a boot that stand in its table, with their heads.
const MEMORY: [(&str, &str); 8] = [
    ("intact-2m", "2 MiB#"),
    ("intact-1g", "1 GiB#+"),
    ("largest-run", "largest#"),
    ("rounding", "rounding#"),
    ("metadata", "tables#"),
    ("ranges", "reserved ranges#+"),
    ("failed", "failed#"),
    ("elsewhere", "other node#"),
];

/// What the strategies leave of this machine's memory.
#[must_use]
pub fn memory(boot: &Boot) -> Table {
    let order = boot.pageblock_order();
    let heads: Vec<&str> =
        ["strategy", "unusable#"].into_iter().chain(MEMORY.map(|(_, head)| head)).collect();
    let mut table = Table::new("Memory after the boot, exact", &heads);
    for subject in &boot.subjects {
        let unusable = subject.exact.as_ref().map_or_else(
            || failed(subject, "exact"),
            |exact| {
                Cell::new(percent(pages_below(&exact.fragmentation, order), exact.fragmentation.free_pages))
            },
        );
        let cells = MEMORY.iter().map(|(id, _)| {
            figure(id).map_or_else(Cell::nothing, |figure| Cell::value(figure, subject.figures.get(id)))
        });
        table.rows.push([Cell::new(&subject.strategy), unusable].into_iter().chain(cells).collect());
    }
    table.notes.push(format!(
        "Unusable: free memory in blocks below order {order}, a pageblock. 2 MiB: aligned free stretches. Largest: the \
         longest free run."
    ));
    table.measured()
}

/// How long calls take, by kind.
#[must_use]
pub fn classes(boot: &Boot) -> Table {
    let mut table =
        Table::new("Single calls, by kind", &["call", "strategy", "calls#", "p50#", "p99#", "max#"]);
    let all = || boot.subjects.iter().filter_map(|subject| Some((subject, subject.latency.as_ref()?)));
    let mut kinds: Vec<&str> = Vec::new();
    for class in all().flat_map(|(_, latency)| &latency.classes) {
        if !kinds.contains(&class.name.as_str()) {
            kinds.push(&class.name);
        }
    }
    for kind in kinds {
        for (subject, latency) in all() {
            let Some(class) = latency.classes.iter().find(|class| class.name == kind) else { continue };
            table.rows.push(vec![
                Cell::new(kind),
                Cell::new(&subject.strategy),
                Cell::new(count(class.calls)),
                Cell::new(time(class.p50_ns)),
                Cell::new(time(class.p99_ns)),
                Cell::new(time(class.max_ns)),
            ]);
        }
    }
    table
}

/// The slowest calls of each strategy, at most `most`.
#[must_use]
pub fn slowest(boot: &Boot, most: usize) -> Table {
    let heads = ["strategy", "median#", "record#", "call", "bytes#", "caller"];
    let mut table = Table::new("The slowest calls, by their median over replays", &heads);
    for subject in &boot.subjects {
        for call in subject.latency.iter().flat_map(|latency| latency.slowest.iter().take(most)) {
            table.rows.push(vec![
                Cell::new(&subject.strategy),
                Cell::new(time(call.median_ns)),
                Cell::new(call.record.to_string()),
                Cell::new(&call.class),
                Cell::new(bytes(call.size)),
                call.caller.as_ref().map_or_else(Cell::nothing, Cell::new),
            ]);
        }
    }
    table
}
