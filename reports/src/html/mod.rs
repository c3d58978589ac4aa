//! The report as a page: one file that needs no network and no script.

mod date;

use benches::exact::Fragmentation;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, Value};
use serde::Serialize;

use crate::analysis::{Analysis, Boot, StrategyFacts, answer, pages_below};
use crate::plot::Plot;
use crate::tables::{self, Question, Table};
use crate::text::{about, warnings};
use crate::units::plural;

/// All that the template is filled with.
#[derive(Serialize)]
struct Page<'p> {
    style: String,
    answer: [String; 3],
    subtitle: String,
    warnings: Vec<String>,
    overview: [Table; 2],
    strategies: &'p [StrategyFacts],
    baseline: &'p str,
    hero: Option<&'p Plot>,
    hero_boot: Option<&'p str>,
    sections: Vec<Section<'p>>,
    machines: Vec<Machine<'p>>,
    method: Vec<String>,
}

/// A section on a question.
#[derive(Serialize)]
struct Section<'p> {
    id: &'static str,
    title: &'static str,
    text: &'static str,
    tables: Vec<Table>,
    plots: Vec<&'p Plot>,
}

/// A section on the machine of a boot.
#[derive(Serialize)]
struct Machine<'p> {
    id: String,
    name: &'p str,
    about: Option<String>,
    facts: Vec<(&'static str, String)>,
    notes: Vec<String>,
    /// The picture of memory, unless it stands at the top already.
    picture: Option<&'p Plot>,
    tables: Vec<Table>,
    folded: Vec<Table>,
    failures: Vec<String>,
}

/// The page.
///
/// # Errors
/// [`minijinja::Error`] when the template does not fit the data, which the tests rule out.
pub fn page(analysis: &Analysis, plots: &[Plot]) -> Result<String, Error> {
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    let mut environment = Environment::new();
    environment.set_syntax(syntax.build()?);
    environment.add_filter("code", code);
    environment.add_template("page.html", include_str!("page.html"))?;
    let telling = most_telling(analysis);
    let hero = telling.and_then(|boot| picture(plots, boot));
    let machines: Vec<Machine<'_>> = analysis
        .boots
        .iter()
        .map(|boot| machine(analysis, boot, plots, hero.map(|plot| plot.id.as_str())))
        .collect();
    let page = Page {
        style: format!("{}{}", include_str!("style.css"), crate::plot::style()),
        answer: answer(analysis),
        subtitle: subtitle(analysis),
        warnings: warnings(analysis),
        overview: [tables::overview_times(analysis), tables::overview_memory(analysis)],
        strategies: &analysis.strategies,
        baseline: &analysis.baseline,
        hero,
        hero_boot: telling.map(|boot| boot.name.as_str()),
        sections: sections(analysis, plots),
        machines,
        method: crate::method::lines(analysis),
    };
    environment.get_template("page.html")?.render(Value::from(Serde(page)))
}

/// A text in which what stands between backticks is set as code.
fn code(text: &str) -> Value {
    let escaped = |part: &str| part.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let set = |(index, part): (usize, &str)| {
        if index % 2 == 1 { format!("<code>{}</code>", escaped(part)) } else { escaped(part) }
    };
    Value::from_safe_string(text.split('`').enumerate().map(set).collect())
}

/// How much and when.
fn subtitle(analysis: &Analysis) -> String {
    let count = plural(analysis.strategies.len(), "strategy").replace("strategys", "strategies");
    let boots = plural(analysis.boots.len(), "recorded boot");
    let when = analysis.runs.iter().map(|run| run.started_unix_s).max();
    let when = when.map_or_else(String::new, |seconds| format!(", measured on {}", date::of(seconds)));
    format!("{count} on {boots}{when}")
}

/// The boot after which the share of free memory in small blocks differs most.
fn most_telling(analysis: &Analysis) -> Option<&Boot> {
    let spread = |boot: &&Boot| {
        let order = boot.pageblock_order();
        let share = |left: &Fragmentation| pages_below(left, order) * 1_000_000 / left.free_pages.max(1);
        let shares =
            || boot.subjects.iter().filter_map(|one| Some(share(&one.exact.as_ref()?.fragmentation)));
        shares().max().unwrap_or(0) - shares().min().unwrap_or(0)
    };
    // Of equals the first, which `max_by_key` alone would not give.
    analysis.boots.iter().rev().max_by_key(spread)
}

fn picture<'p>(plots: &'p [Plot], boot: &Boot) -> Option<&'p Plot> {
    of_kind(plots, "memory-").into_iter().find(|plot| plot.title.ends_with(&format!(", {}", boot.name)))
}

fn of_kind<'p>(plots: &'p [Plot], kind: &str) -> Vec<&'p Plot> {
    plots.iter().filter(|plot| plot.id.starts_with(kind)).collect()
}

fn sections<'p>(analysis: &Analysis, plots: &'p [Plot]) -> Vec<Section<'p>> {
    let of = |kinds: &[&str]| kinds.iter().flat_map(|kind| of_kind(plots, kind)).collect();
    let section = |id, title, questions: &[Question], text, plots| {
        let tables = questions.iter().map(|&question| tables::question(analysis, question));
        let tables = tables.filter(|table| !table.rows.is_empty()).collect();
        Section { id, title, text, tables, plots }
    };
    vec![
        section(
            "boot",
            "How long does a whole boot take?",
            &[Question::Boot],
            "All calls of the recorded boot, one after another, on an allocator in its state at the start; no clock is read \
             in between. Below each time stands its ratio to the baseline's, with verdict and 95 % interval; ~ means that no \
             difference is shown once all comparisons of the report are taken together.",
            of(&["whole-boot"]),
        ),
        section(
            "scan",
            "How long does one allocation take?",
            &[Question::Scan],
            "Each allocation timed by itself, in a pass of its own; the cost of reading the clock is taken off. It is the \
             search that is timed: nothing is zeroed.",
            of(&["latency-"]),
        ),
        section(
            "release",
            "How fast is free memory released?",
            &[Question::Release, Question::ReleaseBuddy],
            "The time to hand over all free pages at the end of the boot: into a sink that counts, which times the strategy \
             alone, and into a model of the page allocator that merges blocks, which times what it makes of them. Either \
             takes each block by itself, as a kernel does: who makes larger blocks of the same memory makes fewer.",
            of(&["release-"]),
        ),
        section(
            "fragmentation",
            "How broken up is memory afterwards?",
            &[Question::SmallBlocks, Question::Fragmentation],
            "What the page allocator is given to start with. Memory in blocks smaller than a pageblock is what it cannot use \
             for huge pages. The figures are exact: every replay leaves the same memory.",
            of(&["free-blocks-", "unusable-"]),
        ),
        section(
            "metadata",
            "How much do the strategy's own tables take?",
            &[Question::Metadata],
            "Bytes at the end of the boot, and the pages that they cost. Bitmaps grow with the span of memory, lists with the \
             number of ranges.",
            Vec::new(),
        ),
        section(
            "instructions",
            "How many instructions does a boot execute?",
            &[Question::Instructions],
            "Counted by callgrind, the same in every run: `cargo bench --bench instructions`, which needs valgrind.",
            Vec::new(),
        ),
    ]
}

fn machine<'p>(analysis: &Analysis, boot: &'p Boot, plots: &'p [Plot], hero: Option<&str>) -> Machine<'p> {
    let known = boot.facts.as_ref();
    let fact = |name, text: fn(&crate::analysis::TraceFacts) -> &String| {
        known.map(|facts| (name, text(facts).clone()))
    };
    let facts = [fact("Source", |facts| &facts.source), fact("Captured", |facts| &facts.captured)];
    let failures = boot.subjects.iter().flat_map(|subject| {
        let of = |failed: &crate::analysis::Failed| {
            format!("{}, {}: {}", subject.strategy, failed.quantity, failed.why)
        };
        subject.failures.iter().map(of)
    });
    let mut times = tables::times(boot, &analysis.baseline);
    times.notes.push("Ranges below figures are 95 % intervals.".into());
    Machine {
        id: format!("machine-{}", boot.name),
        name: &boot.name,
        about: about(boot),
        facts: facts.into_iter().flatten().filter(|(_, text)| text != "unknown").collect(),
        notes: known.map(|facts| facts.notes.clone()).unwrap_or_default(),
        picture: picture(plots, boot).filter(|plot| Some(plot.id.as_str()) != hero),
        tables: vec![times, tables::memory(boot)],
        folded: [tables::zones(boot), tables::classes(boot), tables::slowest(boot, 10)]
            .into_iter()
            .filter(|table| !table.rows.is_empty())
            .collect(),
        failures: failures.collect(),
    }
}
