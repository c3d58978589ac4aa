//! `cargo xtask report`: from traces to what a person reads.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use benches::measure::Ending;
use reports::analysis::{Questions, analyse};
use reports::text::{Details, summary};

use crate::cmd::{grow, measure};
use crate::known::Known;
use crate::output::Folder;
use crate::planning::PlanArgs;
use crate::unfinished::Unfinished;
use crate::{harness, known, output, png, terminal};

/// Measures strategies on recorded boots and writes a report; or reports on results that are there already.
///
/// The report is printed as tables, and written as a page, `index.html`, as `report.md` for a repository, `results.json`
/// (all that the tables say, as data), `results.jsonl` (every sample, where it measured) and the plots as SVG files. It measures quickly unless `--full` is given: then small
/// differences are found too, and it takes about a minute and a half.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask report\n  \
    cargo xtask report --full --all\n  \
    cargo xtask report 'x86_64-*' --strategy memblock --strategy wordscan\n  \
    cargo xtask report --from target/results.jsonl --baseline rootmem --out boots\n  \
    cargo xtask report --from target/results.jsonl --growth target/growth/growth.json\n  \
    cargo run --release -p xtask --features png -- report --png")]
pub(crate) struct Args {
    #[command(flatten)]
    plan: PlanArgs,
    /// Measure as thoroughly as `measure` does
    #[arg(long, conflicts_with = "quick")]
    full: bool,
    /// Report on these results and measure nothing; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with_all = ["full", "HowArgs", "all", "shard"])]
    from: Vec<PathBuf>,
    /// The strategy that others are compared with [default: memblock]
    #[arg(long, value_name = "STRATEGY")]
    baseline: Option<String>,
    /// Show how cost grows too, as an earlier `cargo xtask grow` found it: its growth.json
    #[arg(long, value_name = "FILE")]
    growth: Option<PathBuf>,
    /// The folder to write to [default: target/report; with --from FILE, FILE-report beside FILE]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Print tables for each boot too
    #[arg(long)]
    details: bool,
    /// Write the plots as PNG files too; needs a program that was compiled with `--features png`, as in the last example
    #[arg(long)]
    png: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.png {
        png::available()?;
    }
    let folder = Folder::at(&args.folder())?;
    let mut unfinished = None;
    let (known, ending, note) = match &args.from[..] {
        [] => {
            let own = Unfinished::claim(&args.folder())?;
            measured(args, unfinished.insert(own))?
        }
        files => {
            let (traces, strategies) = args.plan.chosen();
            let all = known::results(files)?;
            (known::narrowed(all, &traces, &strategies, args.baseline.as_deref())?, Ending::Complete, None)
        }
    };
    if ending == Ending::Stopped {
        eprintln!("stopped; what is in {} is as it was", args.folder().display());
        if let Some(own) = &unfinished {
            let left = own.path().display();
            eprintln!("`cargo xtask report --from {left}` reports on what was finished");
        }
        return Ok(ExitCode::from(130));
    }
    if known.results.cells.is_empty() {
        bail!("there are no results to report on");
    }
    let growth = grow::grown(args.growth.as_ref())?;
    let questions = Questions { growth, ..known::questions(&known, args.baseline.clone())? };
    let mut analysis = analyse(&known.results, &questions);
    analysis.notes.extend(known::made_of(&known.results));
    analysis.notes.extend(note);
    // Who reports on results has them; only what was measured here is written here.
    let written =
        output::write_all(&folder, &known.results, args.from.is_empty(), &questions, &analysis, args.png)?;
    if let Some(own) = unfinished {
        // It stands in the report, every sample of it.
        own.remove()?;
    }
    let mut out = io::stdout().lock();
    let details = if args.details { Details::EachBoot } else { Details::Overview };
    write!(out, "{}", summary(&analysis, terminal::of(&out), details))?;
    writeln!(out, "\nWritten to {}: {}", args.folder().display(), written.join(", "))?;
    Ok(ExitCode::SUCCESS)
}

impl Args {
    /// Where the report goes: never where somebody's own results lie under its names.
    fn folder(&self) -> PathBuf {
        let beside = |file: &PathBuf| {
            let stem = file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy();
            file.with_file_name(format!("{stem}-report"))
        };
        let usual = || self.from.first().map_or_else(|| PathBuf::from("target/report"), beside);
        self.out.clone().unwrap_or_else(usual)
    }
}

fn measured(args: &Args, own: &Unfinished) -> anyhow::Result<(Known, Ending, Option<String>)> {
    let plan = args.plan.clone().quick_unless(args.full).plan()?;
    let file = own.path();
    let ending = measure::into_file(&plan, file)?.ending;
    let note = if ending == Ending::Complete { harness::note(&plan)? } else { None };
    Ok((known::results(&[file.to_owned()])?, ending, note))
}
