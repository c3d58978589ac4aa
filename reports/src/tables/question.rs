//! One question, all boots against all strategies.

use benches::quantity::Sink;

use super::{Cell, Table, Tone};
use crate::analysis::{Analysis, Boot, Subject, Timing, Verdict, pages_below};
use crate::units::{bytes, count, percent, ratio, time};

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
    /// How much of free memory lies in blocks that are smaller than a pageblock?
    SmallBlocks,
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
        Question::Release => ("Into a sink that counts, one thread", |_, subject, baseline| {
            timed(subject.release(Sink::Counting, 1), subject, baseline, handed_over)
        }),
        Question::ReleaseBuddy => {
            ("Into a model of the page allocator, one thread", |_, subject, baseline| {
                timed(subject.release(Sink::Buddy, 1), subject, baseline, handed_over)
            })
        }
        Question::Fragmentation => ("Aligned free stretches of 2 MiB after the boot", |_, subject, _| {
            exact(subject, |exact| Cell::new(count(exact.fragmentation.intact_2m)))
        }),
        Question::SmallBlocks => ("Free memory in blocks smaller than a pageblock", |boot, subject, _| {
            exact(subject, |exact| {
                let (left, page) = (&exact.fragmentation, exact.layout.page_bytes);
                let pages = pages_below(left, boot.pageblock_order());
                Cell::new(percent(pages, left.free_pages)).detail(bytes(pages * page))
            })
        }),
        Question::Metadata => ("Bytes of the strategy's own tables", |_, subject, _| {
            exact(subject, |exact| {
                let own = subject.figures.get("metadata").unwrap_or_default();
                let pages = own.div_ceil(exact.layout.page_bytes.max(1));
                Cell::new(bytes(own))
                    .detail(crate::units::plural(usize::try_from(pages).unwrap_or(usize::MAX), "page"))
            })
        }),
        Question::Instructions => ("Instructions of all calls of a boot", |_, subject, _| {
            subject.instructions.map_or_else(Cell::nothing, |number| Cell::new(count(number)))
        }),
    };
    all(analysis, title, |boot, subject| cell(boot, subject, &analysis.baseline))
}

/// All boots at a glance, for where there is little room: how their times compare, and how broken up memory is.
#[must_use]
pub fn glance(analysis: &Analysis) -> [Table; 2] {
    let title = format!("Whole boot, each boot, as a multiple of {}'s", analysis.baseline);
    let compared = |_: &Boot, subject: &Subject| {
        let Some(timing) = &subject.boot else { return Cell::nothing() };
        if subject.strategy == analysis.baseline {
            return Cell::new(time(timing.middle.ns));
        }
        let Some(comparison) = &timing.comparison else { return Cell::nothing() };
        let Some(point) = comparison.ratio else { return Cell::new("?").tone(Tone::Faint) };
        match comparison.verdict {
            Verdict::Better => Cell::new(ratio(point)).tone(Tone::Better),
            Verdict::Worse => Cell::new(ratio(point)).tone(Tone::Worse),
            unsure => Cell::new(format!("{} {unsure}", ratio(point))).tone(Tone::Faint),
        }
    };
    [all(analysis, &title, compared), question(analysis, Question::SmallBlocks)]
}

/// A row for each boot, a column for each strategy.
fn all(analysis: &Analysis, title: &str, cell: impl Fn(&Boot, &Subject) -> Cell) -> Table {
    let names = analysis.strategies.iter().map(|strategy| format!("{}#", strategy.name));
    let heads: Vec<String> = std::iter::once("boot".to_owned()).chain(names).collect();
    let mut table = Table::new(title, &heads.iter().map(String::as_str).collect::<Vec<_>>());
    for boot in &analysis.boots {
        let cells = boot.subjects.iter().map(|subject| cell(boot, subject));
        table.rows.push(std::iter::once(Cell::new(&boot.name)).chain(cells).collect());
    }
    table.measured()
}

/// How long a release took. Its rate says little by itself: a list hands over a run of any length in one step.
fn handed_over(timing: &Timing) -> String {
    time(timing.middle.ns)
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
