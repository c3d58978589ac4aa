//! One question, all boots against all strategies.

use benches::results::Sink;

use super::{Cell, Table};
use crate::analysis::{Analysis, Boot, Subject, Timing};
use crate::units::{bytes, count, rate};

/// A question that a report answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Question {
    /// How long does a whole boot take?
    Boot,
    /// How long does an allocation take?
    Scan,
    /// How fast is memory released, if nothing is made of it?
    Release,
    /// How fast is memory released into a page allocator?
    ReleaseBuddy,
    /// How broken up is memory afterwards?
    Fragmentation,
    /// How much do the tables take?
    Metadata,
    /// How many instructions are executed?
    Instructions,
}

/// All boots against all strategies.
#[must_use]
pub fn question(analysis: &Analysis, question: Question) -> Table {
    let (title, cell): (_, fn(&Boot, &Subject, &str) -> Cell) = match question {
        Question::Boot => ("Time of all calls of a boot", |_, subject, baseline| {
            timed(subject.boot.as_ref(), subject, baseline, |timing| Cell::middle(&timing.middle).text)
        }),
        Question::Scan => ("Time that 99 in 100 allocations do not exceed", |_, subject, baseline| {
            let p99 = subject.latency.as_ref().map(|latency| &latency.p99);
            timed(p99, subject, baseline, |timing| Cell::middle(&timing.middle).text)
        }),
        Question::Release => {
            ("Pages a second into a sink that counts, one thread", |_, subject, baseline| {
                timed(subject.release(Sink::Counting, 1), subject, baseline, |timing| {
                    rate(timing.per_second())
                })
            })
        }
        Question::ReleaseBuddy => {
            ("Pages a second into a model of the page allocator, one thread", |_, subject, baseline| {
                timed(subject.release(Sink::Buddy, 1), subject, baseline, |timing| rate(timing.per_second()))
            })
        }
        Question::Fragmentation => ("Aligned free stretches of 2 MiB after the boot", |_, subject, _| {
            exact(subject, |exact| Cell::new(count(exact.fragmentation.intact_2m)))
        }),
        Question::Metadata => ("Bytes of the strategy's own tables", |_, subject, _| {
            exact(subject, |exact| {
                Cell::new(bytes(exact.metadata_bytes)).detail(crate::units::plural(
                    usize::try_from(exact.metadata_pages).unwrap_or(usize::MAX),
                    "page",
                ))
            })
        }),
        Question::Instructions => ("Instructions of all calls of a boot", |_, subject, _| {
            subject.instructions.map_or_else(Cell::nothing, |number| Cell::new(count(number)))
        }),
    };
    let names = analysis.strategies.iter().map(|strategy| format!("{}#", strategy.name));
    let heads: Vec<String> = std::iter::once("boot".to_owned()).chain(names).collect();
    let mut table = Table::new(title, &heads.iter().map(String::as_str).collect::<Vec<_>>());
    for boot in &analysis.boots {
        let cells = boot.subjects.iter().map(|subject| cell(boot, subject, &analysis.baseline));
        table.rows.push(std::iter::once(Cell::new(&boot.name)).chain(cells).collect());
    }
    table
}

fn timed(
    timing: Option<&Timing>,
    subject: &Subject,
    baseline: &str,
    text: impl Fn(&Timing) -> String,
) -> Cell {
    let Some(timing) = timing else { return Cell::nothing() };
    let text = text(timing);
    if subject.strategy == baseline {
        return Cell::new(text);
    }
    let compared = Cell::comparison(timing.comparison.as_ref());
    let detail = if compared.detail.is_empty() {
        compared.text
    } else {
        format!("{} ({})", compared.text, compared.detail)
    };
    Cell::new(text).detail(detail).tone(compared.tone)
}

fn exact(subject: &Subject, cell: impl Fn(&benches::exact::Exact) -> Cell) -> Cell {
    subject.exact.as_ref().map_or_else(Cell::nothing, cell)
}
