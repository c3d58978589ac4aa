//! `cargo xtask report`: from traces to what a person reads.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use benches::measure::Ending;
use benches::results::Results;
use reports::analysis::{Analysis, analyse};
use reports::text::Terminal;

use crate::cmd::measure;
use crate::planning::PlanArgs;
use crate::{known, write};

/// Measures strategies on recorded boots and writes a report; or reports on results that are there already.
///
/// The report is printed as tables, and written as `report.md`, `results.json` (all that the tables say, as data),
/// `results.jsonl` (every sample) and the plots as SVG files. It measures quickly unless `--full` is given: then small
/// differences are found too, and it takes about a minute and a half.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask report\n  \
    cargo xtask report --full --all\n  \
    cargo xtask report 'x86_64-*' --strategy memblock --strategy wordscan\n  \
    cargo xtask report --from target/results.jsonl --baseline rootmem --out /var/www/boots")]
pub(crate) struct Args {
    #[command(flatten)]
    plan: PlanArgs,
    /// Measure as thoroughly as `measure` does
    #[arg(long, conflicts_with = "quick")]
    full: bool,
    /// Report on these results and measure nothing; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with_all = ["full", "quick", "traces", "trace", "all", "strategy"])]
    from: Vec<PathBuf>,
    /// The strategy that others are compared with [default: memblock]
    #[arg(long, value_name = "STRATEGY")]
    baseline: Option<String>,
    /// The folder to write to
    #[arg(long, value_name = "FOLDER", default_value = "target/report")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (results, ending) = match &args.from[..] {
        [] => measured(args)?,
        files => (known::results(files)?, Ending::Complete),
    };
    let analysis = analyse(&results, &known::questions(&results, args.baseline.clone())?);
    let written = write_all(&args.out, &results, &analysis)?;
    let mut out = io::stdout().lock();
    write!(out, "{}", reports::text::summary(&analysis, terminal()))?;
    writeln!(out, "\nWritten to {}: {}", args.out.display(), written.join(", "))?;
    if ending == Ending::Stopped {
        writeln!(out, "It was stopped, and holds what was finished until then.")?;
        return Ok(ExitCode::from(130));
    }
    Ok(ExitCode::SUCCESS)
}

fn measured(args: &Args) -> anyhow::Result<(Results, Ending)> {
    let plan = args.plan.clone().quick_unless(args.full).plan(None)?;
    let file = args.out.join("results.jsonl");
    let ending = measure::into_file(&plan, &file)?.ending;
    Ok((Results::read(&file)?, ending))
}

/// How the standard output is written to.
pub(crate) fn terminal() -> Terminal {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Terminal { width: 80, colour: io::stdout().is_terminal() && !plain }
}

/// Writes all files of a report, and names those that a person opens.
fn write_all(folder: &Path, results: &Results, analysis: &Analysis) -> anyhow::Result<Vec<String>> {
    let put = |name: &str, text: &str| write::atomically(&folder.join(name), text.as_bytes());
    put("results.jsonl", &results.to_text())?;
    put(
        "results.json",
        &serde_json::to_string_pretty(analysis).context("cannot write the analysis as JSON")?,
    )?;
    let plots = reports::plot::all(analysis)?;
    for plot in &plots {
        put(&format!("plots/{}.svg", plot.id), &plot.file)?;
    }
    put("index.html", &reports::html::page(analysis, &plots).context("cannot fill in the page")?)?;
    put("report.md", &reports::markdown::report(analysis, &plots))?;
    let named = ["index.html", "report.md", "results.json", "results.jsonl"].map(str::to_owned);
    Ok(named.into_iter().chain([format!("{} plots", plots.len())]).collect())
}
