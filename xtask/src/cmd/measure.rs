//! `cargo xtask measure`: from traces to a file of results.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::planning::{self, PlanArgs};
use crate::progress::Progress;
use anyhow::{Context as _, bail};
use benches::clock::Clock;
use benches::measure::{Ending, Event, header, measure};
use benches::plan::Plan;
use benches::results::{Header, Outcome, Results, ResultsFile, SCHEMA};

/// Measures strategies on traces and keeps every sample in a file of results.
///
/// Each strategy runs in a process of its own; those that are compared are asked for one sample in turn, and are launched
/// anew many times, since what a launch fixes is a bias that no number of samples removes. A strategy that crashes, hangs or
/// eats memory loses its own cell only. After a kill at any moment the file holds all that was finished, and `--resume`
/// finishes it.
///
/// Instructions are counted by callgrind, where valgrind is installed: one replay of each boot by the very program and code
/// that is timed. The count is exact.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask measure\n  \
    cargo xtask measure --quick 'x86_64-*' --strategy '*block' --strategy wordscan\n  \
    cargo xtask measure --all --shard 2/8 --out shard-2.jsonl\n  \
    cargo xtask measure --quantity instructions   (needs valgrind)\n  \
    cargo xtask measure --resume target/results.jsonl")]
pub(crate) struct Args {
    #[command(flatten)]
    plan: PlanArgs,
    /// Where to write the results
    #[arg(long, value_name = "FILE", default_value = "target/results.jsonl")]
    out: PathBuf,
    /// Take counts of instructions from this file, or - for the standard input, and count none: what `cargo bench --bench
    /// instructions -- --output-format=json` printed. It counts the same code, in another program
    #[arg(long, value_name = "FILE")]
    counts: Option<PathBuf>,
    /// Finish what this file was begun with, all options included
    #[arg(long, value_name = "FILE", exclusive = true)]
    resume: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.resume {
        Some(path) => resume(path),
        None => begin(args),
    }
}

fn begin(args: &Args) -> anyhow::Result<ExitCode> {
    let plan = args.plan.plan_with_counts(args.counts.as_deref())?;
    let carried = into_file(&plan, &args.out)?;
    Ok(close(&plan, &carried, &args.out))
}

/// Carries out a plan into a new file.
pub(crate) fn into_file(plan: &Plan, out: &Path) -> anyhow::Result<Carried> {
    let clock = Clock::calibrated();
    let header = header(plan, &clock, command());
    if let Some(folder) = out.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let file = ResultsFile::create(out, &header)?;
    carry_out(plan, &header, &clock, file, &Results::default())
}

fn resume(path: &Path) -> anyhow::Result<ExitCode> {
    let (mut file, known) = ResultsFile::resume(path)?;
    let Some(before) = known.headers.last() else { bail!("{} has no header", path.display()) };
    if before.schema < SCHEMA {
        bail!(
            "cannot resume {}: it was begun by an earlier version of this program, which did not keep its plan; \
             measure anew and merge",
            path.display()
        );
    }
    let plan = planning::again(&before.plan).with_context(|| format!("cannot resume {}", path.display()))?;
    let clock = Clock::calibrated();
    let now = header(&plan, &clock, before.command.clone());
    same(before, &now).with_context(|| format!("cannot resume {}", path.display()))?;
    file.append_header(&now)?;
    let carried = carry_out(&plan, &now, &clock, file, &known)?;
    Ok(close(&plan, &carried, path))
}

/// Refuses to put into one run what was measured of different things.
fn same(before: &Header, now: &Header) -> anyhow::Result<()> {
    let id = |header: &Header| header.commit.as_ref().map(|commit| commit.id.clone());
    let differs = [
        ("the plan: its traces or the meaning of its options", before.plan != now.plan),
        ("the revision", id(before) != id(now)),
        ("the toolchain", before.toolchain != now.toolchain),
        ("the processor", before.machine.cpu != now.machine.cpu),
    ];
    match differs.into_iter().find(|&(_, differs)| differs) {
        Some((what, _)) => bail!("{what} has changed since; measure anew and merge"),
        None => Ok(()),
    }
}

fn carry_out(
    plan: &Plan,
    header: &Header,
    clock: &Clock,
    mut file: ResultsFile,
    known: &Results,
) -> anyhow::Result<Carried> {
    for warning in &header.warnings {
        eprintln!("warning: {warning}");
    }
    let stop = stop_on_signals()?;
    let mut progress = Progress::new();
    let mut failures: BTreeMap<String, String> = BTreeMap::new();
    let mut cells = known.cells.len();
    // What failed before is not tried again; it has to be said again.
    for cell in &known.cells {
        if let Outcome::Failed(failure) = &cell.outcome {
            failures.insert(cell.key.to_string(), failure.to_string());
        }
    }
    let failed_before = failures.len();
    let mut watch = |event: Event<'_>| match event {
        Event::Begun(group, index, of) => {
            progress.begin(&format!("{} of {}", group.quantity, group.boot.name()), index, of);
        }
        Event::Part(share) => progress.part(share),
        Event::Finished(group) => {
            cells += group.len();
            progress.finished();
            for cell in group {
                if let Outcome::Failed(failure) = &cell.outcome {
                    progress.say(&format!("{}: {failure}", cell.key));
                    failures.insert(cell.key.to_string(), failure.to_string());
                }
            }
        }
    };
    let ending = measure(plan, &header.run, clock, &mut file, known, &stop, &mut watch)?;
    progress.end();
    Ok(Carried { ending, cells, failed: failures.len(), failed_before })
}

/// What came of a plan.
pub(crate) struct Carried {
    pub(crate) ending: Ending,
    cells: usize,
    pub(crate) failed: usize,
    failed_before: usize,
}

fn close(plan: &Plan, carried: &Carried, path: &Path) -> ExitCode {
    println!("{}: {} cells, seed {}", path.display(), carried.cells, plan.seed);
    if carried.ending == Ending::Stopped {
        println!("stopped; finish it with `cargo xtask measure --resume {}`", path.display());
        return ExitCode::from(130);
    }
    if carried.failed == 0 {
        return ExitCode::SUCCESS;
    }
    if carried.failed_before > 0 {
        println!("{} cells of it had failed before, and were not tried again", carried.failed_before);
    }
    println!("{} of its cells have no result", carried.failed);
    ExitCode::FAILURE
}

/// Set once somebody wants the program to end; a second time ends it at once.
pub(super) fn stop_on_signals() -> anyhow::Result<Arc<AtomicBool>> {
    // A command may measure several plans, and a process has one handler.
    static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(stop) = STOP.get() {
        return Ok(Arc::clone(stop));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if set.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;
    Ok(Arc::clone(STOP.get_or_init(|| stop)))
}

/// The command line as a user types it.
pub(super) fn command() -> Vec<String> {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    ["cargo".to_owned(), "xtask".to_owned()].into_iter().chain(words).collect()
}
