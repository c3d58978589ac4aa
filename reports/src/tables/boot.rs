//! All strategies on one boot.

use benches::quantity::Sink;

use super::{Cell, Table, Tone};
use crate::analysis::{Boot, Subject, Timing, pages_below};
use crate::units::{bytes, count, percent, rate, time};

/// How long the strategies take on this boot.
#[must_use]
pub fn times(boot: &Boot, baseline: &str) -> Table {
    let heads = ["strategy", "whole boot#", "ratio#", "p50#", "p99#", "max#", "release#"];
    let mut table = Table::new("Time", &heads);
    for subject in &boot.subjects {
        table.rows.push(vec![
            Cell::new(&subject.strategy),
            subject
                .boot
                .as_ref()
                .map_or_else(|| failed(subject, "boot"), |timing| Cell::middle(&timing.middle)),
            subject.boot.as_ref().map_or_else(Cell::nothing, |timing| against(timing, subject, baseline)),
            of_latency(subject, |latency| Cell::middle(&latency.p50.middle)),
            of_latency(subject, |latency| Cell::middle(&latency.p99.middle)),
            of_latency(subject, |latency| Cell::new(time(latency.max_ns))),
            released(subject),
        ]);
    }
    table.notes.push(format!(
        "Whole boot: {}. p50, p99, max: of single allocations. Release: handing all free pages to a sink that counts, on \
         one thread.",
        boot.subjects.iter().find_map(|subject| subject.boot.as_ref()).map_or_else(
            || "not measured".into(),
            |timing| format!(
                "all {} calls, median of {} samples in {} launches",
                count(timing.work),
                timing.middle.samples,
                timing.middle.launches
            )
        )
    ));
    table.measured()
}

fn against(timing: &Timing, subject: &Subject, baseline: &str) -> Cell {
    if subject.strategy == baseline {
        Cell::comparison(None)
    } else {
        Cell::comparison(timing.comparison.as_ref())
    }
}

fn of_latency(subject: &Subject, cell: impl Fn(&crate::analysis::Latency) -> Cell) -> Cell {
    subject.latency.as_ref().map_or_else(|| failed(subject, "latency"), cell)
}

fn released(subject: &Subject) -> Cell {
    let timing = subject.release(Sink::Counting, 1);
    timing.map_or_else(
        || failed(subject, "release-counting"),
        |timing| Cell::new(time(timing.middle.ns)).detail(pages_a_second(timing)),
    )
}

fn pages_a_second(timing: &Timing) -> String {
    rate(timing.per_second()).replace("/s", " pages/s").replace("  ", " ")
}

/// Nothing, or why.
fn failed(subject: &Subject, quantity: &str) -> Cell {
    let failure = subject.failures.iter().find(|failed| failed.quantity == quantity);
    failure.map_or_else(Cell::nothing, |failed| Cell::new("failed").detail(&failed.why).tone(Tone::Alarm))
}

/// What the strategies leave of this machine's memory.
#[must_use]
pub fn memory(boot: &Boot) -> Table {
    let order = boot.pageblock_order();
    let heads = [
        "strategy",
        "2 MiB#",
        "1 GiB#+",
        "largest#",
        "unusable#",
        "rounding#",
        "tables#",
        "reserved ranges#+",
        "failed#",
        "other node#",
    ];
    let mut table = Table::new("Memory after the boot, exact", &heads);
    for subject in &boot.subjects {
        let Some(exact) = &subject.exact else {
            let rest = std::iter::once(failed(subject, "exact")).chain((0..8).map(|_| Cell::nothing()));
            table.rows.push(std::iter::once(Cell::new(&subject.strategy)).chain(rest).collect());
            continue;
        };
        let figure = |id| subject.figures.get(id);
        let (page, left) = (exact.layout.page_bytes, &exact.fragmentation);
        table.rows.push(vec![
            Cell::new(&subject.strategy),
            Cell::new(count(left.intact_2m)),
            Cell::new(count(left.intact_1g)),
            Cell::new(bytes(left.largest_run_pages * page)),
            Cell::new(percent(pages_below(left, order), left.free_pages)),
            figure("rounding").map_or_else(Cell::nothing, |number| Cell::new(bytes(number))),
            figure("metadata").map_or_else(Cell::nothing, |number| Cell::new(bytes(number))),
            figure("ranges").map_or_else(Cell::nothing, |number| Cell::new(count(number))),
            figure("failed").map_or_else(Cell::nothing, Cell::unwanted),
            figure("elsewhere").map_or_else(Cell::nothing, |number| Cell::new(count(number))),
        ]);
    }
    table.notes.push(format!(
        "2 MiB: aligned free stretches; largest: the longest free run; unusable: free memory in blocks below order {order}, \
         a pageblock; rounding: memory used beyond the bytes asked for."
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
