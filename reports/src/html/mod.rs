//! The report as a page: one file that needs no network and no script.

mod date;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, Error, Value};
use serde::Serialize;

use crate::analysis::{Analysis, Boot, StrategyFacts, answer, scope};
use crate::plot::Plot;
use crate::tables::{self, Table};
use crate::text::about;
use crate::units::plural;

/// All that the template is filled with.
#[derive(Serialize)]
struct Page<'p> {
    style: String,
    first_line: Option<String>,
    answer: String,
    subtitle: String,
    warnings: Vec<String>,
    failures: Vec<String>,
    heroes: Vec<&'p Plot>,
    overview: Vec<Table>,
    legends: Vec<String>,
    strategies: &'p [StrategyFacts],
    baseline: &'p str,
    sections: Vec<Section<'p>>,
    machines: Vec<Machine<'p>>,
    method: Vec<String>,
}

/// A section on a question.
#[derive(Serialize)]
struct Section<'p> {
    id: &'static str,
    title: &'static str,
    text: Vec<String>,
    tables: Vec<Table>,
    plots: Vec<&'p Plot>,
}

/// What is known of one machine.
#[derive(Serialize)]
struct Machine<'p> {
    id: String,
    name: String,
    memory: String,
    about: Option<String>,
    facts: Vec<(&'static str, String)>,
    notes: Vec<String>,
    plots: Vec<&'p Plot>,
    tables: Vec<Table>,
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
    let heroes = ["ratios", "breakers"].iter().flat_map(|id| plots.iter().filter(move |plot| plot.id == *id));
    let page = Page {
        style: format!("{}{}", include_str!("style.css"), crate::plot::style()),
        first_line: analysis.first_line(),
        answer: answer(analysis),
        subtitle: subtitle(analysis),
        warnings: analysis.warnings(),
        failures: analysis.failures(),
        heroes: heroes.collect(),
        overview: vec![tables::headline(analysis), tables::memory_of_all(analysis)],
        legends: crate::text::legends(analysis),
        strategies: &analysis.strategies,
        baseline: &analysis.baseline,
        sections: sections(analysis, plots),
        machines: analysis.boots.iter().map(|boot| machine(analysis, boot, plots)).collect(),
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
    let boots = scope(analysis);
    let when = analysis.runs.iter().map(|run| run.started_unix_s).max();
    let when = when.map_or_else(String::new, |seconds| format!(", measured on {}", date::of(seconds)));
    format!("{count} on {boots}{when}")
}

fn sections<'p>(analysis: &Analysis, plots: &'p [Plot]) -> Vec<Section<'p>> {
    let others: Vec<usize> =
        (0..analysis.strategies.len()).filter(|&place| place != analysis.baseline_index()).collect();
    let noisy = |wanted: &dyn Fn(&str) -> bool| -> Vec<Table> {
        let figures = analysis.noisy.iter().filter(|noisy| wanted(&noisy.id));
        figures.map(|noisy| tables::by_boot(analysis, &noisy.id, &others)).collect()
    };
    let exact =
        |ids: &[&str]| -> Vec<Table> { ids.iter().map(|id| tables::exact_by_boot(analysis, id)).collect() };
    let section = |id, title, text: &str, tables: Vec<Table>| {
        let tables = tables.into_iter().filter(|table| !table.rows.is_empty()).collect();
        Section { id, title, text: vec![text.into()], tables, plots: Vec::new() }
    };
    let all = vec![
        section(
            "boot",
            "What does a boot cost?",
            "All calls of the recorded boot, then the hand-over of all free memory into a model of the page allocator that \
             merges blocks. The baseline's time, and the others' as multiples of it; boots in order of memory.",
            noisy(&|id| id.starts_with("boot")),
        ),
        section(
            "scan",
            "How long does one allocation take?",
            "Each allocation timed by itself, in a pass of its own; the cost of reading the clock is subtracted. Nothing is \
             zeroed.",
            noisy(&|id| id == "p50" || id == "p99"),
        ),
        section(
            "parts",
            "How long do building and handing over take by themselves?",
            "Building the allocator's state, and handing over into a sink that counts, which times the strategy alone, or \
             into the model of the page allocator.",
            noisy(&|id| id == "build" || id.starts_with("release")),
        ),
        section(
            "instructions",
            "How many instructions does a boot execute?",
            "Counted by callgrind, the same in every run.",
            exact(&["instructions", "instructions-calls", "instructions-hand-over", "instructions-build"]),
        ),
        section(
            "fragmentation",
            "How broken up is memory afterwards?",
            "What the page allocator is given to start with; exact.",
            exact(&["small-blocks", "intact-2m", "intact-1g"]),
        ),
        section(
            "metadata",
            "How much do the strategy's own tables take?",
            "At the end of the boot; exact.",
            exact(&["metadata"]),
        ),
    ];
    let grown = analysis.growth.as_ref().map(|grown| Section {
        id: "growth",
        title: "How does cost grow on larger machines?",
        text: crate::growth::about(&grown.growth),
        tables: crate::growth::tables(&grown.growth),
        plots: plots.iter().filter(|plot| plot.id.starts_with("grow-")).collect(),
    });
    all.into_iter().chain(grown).filter(|section| !section.tables.is_empty()).collect()
}

fn machine<'p>(analysis: &Analysis, boot: &'p Boot, plots: &'p [Plot]) -> Machine<'p> {
    let known = boot.facts.as_ref();
    let fact = |name, text: fn(&crate::analysis::TraceFacts) -> &String| {
        known.map(|facts| (name, text(facts).clone()))
    };
    let facts = [fact("Source", |facts| &facts.source), fact("Captured", |facts| &facts.captured)];
    let failures = boot.subjects.iter().flat_map(|subject| {
        subject.failures.iter().map(|failed| failed.sentence(&subject.strategy, &boot.shown()))
    });
    let of_boot = |plot: &&Plot| {
        plot.id.strip_suffix(&boot.slug).is_some_and(|kind| KINDS.contains(&kind.trim_end_matches('-')))
    };
    let tables = [
        tables::times(boot, analysis.headline),
        tables::paid(analysis, boot),
        tables::memory(boot),
        tables::beyond(boot),
        tables::zones(boot),
        tables::classes(boot),
        tables::slowest(boot, 4),
    ];
    Machine {
        id: format!("machine-{}", boot.slug),
        name: boot.shown(),
        memory: boot.memory_bytes().map_or_else(String::new, crate::analysis::about),
        about: about(boot),
        facts: facts.into_iter().flatten().filter(|(_, text)| text != "unknown").collect(),
        notes: known.map(|facts| facts.notes.clone()).unwrap_or_default(),
        plots: plots.iter().filter(of_boot).collect(),
        tables: tables.into_iter().filter(|table| !table.rows.is_empty()).collect(),
        failures: failures.collect(),
    }
}

/// The kinds of plots of one boot that stand in the page; the others are files beside it.
const KINDS: [&str; 4] = ["memory", "latency", "release", "release-buddy"];
