//! `cargo xtask history`: what changed in a kernel's boot memory code from version to version.

mod behaviour;
mod table;
mod tell;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use benches::count;
use benches::plan::{Limits, Plan};
use benches::quantity::Quantity;
use benches::results::{Cell, Outcome, Results};

use crate::apart::{Found, Seen};
use crate::cmd::measure;
use crate::foreign;
use crate::kernels::{self, Kernel};
use crate::planning::HowArgs;
use crate::progress::Progress;
use crate::traces::{Named, TraceOptions};
use crate::write;

pub(crate) use behaviour::behaviour;

/// Tells, for each step from one revision of a kernel to the next, on which boots its own code answers or costs something else.
///
/// Each boot is replayed through the code of each revision. Counted are the boots on which an address, the regions of the lists at
/// the end, the size of the lists, or the pages that are handed over differ; the first of each is named, and of addresses the
/// records with both answers. Where valgrind is
/// installed, so are the instructions of a boot: all calls and the hand-over. A table of all revisions follows, and a plot of their
/// instructions. Each boot runs in a process of its own: one in which
/// the code crashes or hangs has failed, the rest goes on, and the exit status is 1.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask history --linux ~/linux v5.10 v6.1 v6.12 --all\n  \
    cargo xtask history --linux ~/linux-6.1 --linux ~/linux-6.12 --trace 'x86_64-*'")]
pub(crate) struct Args {
    /// A kernel tree; may be repeated, if no revision is named
    #[arg(long, value_name = "TREE", required = true)]
    linux: Vec<PathBuf>,
    /// The revisions, oldest first
    #[arg(value_name = "REVISION")]
    revisions: Vec<String>,
    #[command(flatten)]
    traces: TraceOptions,
    /// Show at most this many other addresses of each boot, with their records
    #[arg(long, value_name = "N", default_value_t = 3)]
    differences: usize,
    /// Do not count instructions
    #[arg(long)]
    no_instructions: bool,
    #[command(flatten)]
    how: HowArgs,
    /// Where to keep the counts
    #[arg(long, value_name = "FILE", default_value = "target/history.jsonl")]
    out: PathBuf,
    /// Where to draw the instructions by revision, as an SVG
    #[arg(
        long,
        value_name = "FILE",
        default_value = "target/history.svg",
        conflicts_with = "no_instructions"
    )]
    plot: PathBuf,
}

/// What all boots came to in the code of one revision.
struct Revision {
    /// What it is called.
    name: String,
    /// The same, with its version.
    label: String,
    boots: Vec<Replayed>,
}

/// What one boot came to.
struct Replayed {
    seen: Found<Seen>,
    /// Its instructions, if they were counted.
    counted: Option<Counted>,
}

/// The instructions of a boot.
struct Counted {
    calls: u64,
    hand_over: u64,
}

impl Counted {
    /// Of all calls and the hand-over.
    fn boot(&self) -> u64 {
        self.calls.saturating_add(self.hand_over)
    }
}

/// Whether what was seen of a boot differs in one regard.
type Differs = fn(&Seen, &Seen) -> bool;

/// In what boots can differ.
const REGARDS: [(&str, Differs); 4] = [
    ("addresses", |one, other| one.addresses != other.addresses),
    ("regions at the end", |one, other| one.regions != other.regions),
    ("size of the lists", |one, other| one.capacity != other.capacity),
    ("pages handed over", |one, other| one.pages != other.pages),
];

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut kernels = kernels::kernels(&args.linux, &args.revisions)?;
    if kernels.len() < 2 {
        bail!("name at least two revisions, oldest first: `--linux ~/linux v6.1 v6.12`");
    }
    let selection = args.traces.selection();
    let traces = selection.load()?;
    let mut history = Vec::new();
    for kernel in &mut kernels {
        let label = format!("{} ({})", kernel.label, kernel.version);
        let boots = replays(kernel, &traces, args.how.limits())?;
        let boots = boots.into_iter().map(|seen| Replayed { seen, counted: None }).collect();
        history.push(Revision { name: kernel.label.clone(), label, boots });
    }
    if !args.no_instructions && count::valgrind().is_some() {
        let counting = args.how.clone().only(Quantity::Instructions);
        let members = &mut |boots: &[_]| {
            kernels
                .iter_mut()
                .map(|kernel| foreign::kernel(kernel, boots, None))
                .collect::<anyhow::Result<_>>()
        };
        let plan = counting.plan(&selection, members)?;
        measure::into_file(&plan, &args.out)?;
        counts(&plan, &Results::read(&args.out)?, &mut history);
    }
    let mut out = io::stdout().lock();
    let names: Vec<&str> = traces.iter().map(|named| &named.name[..]).collect();
    writeln!(out, "{} boots; a step is shown by the boots on which something differs\n", names.len())?;
    tell::failures(&mut out, &history, &names)?;
    for pair in history.windows(2) {
        tell::step(&mut out, &pair[0], &pair[1], &names, args.differences)?;
    }
    table::table(&mut out, &history)?;
    if let Some(plot) = table::plot(&history, &measure::command().join(" "))? {
        write::atomically(&args.plot, plot.file.as_bytes())?;
        writeln!(out, "\ndrawn in {}", args.plot.display())?;
    }
    let failed = history.iter().flat_map(|revision| &revision.boots).any(|boot| boot.seen.is_err());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Replays all traces through a kernel's code.
fn replays(kernel: &mut Kernel, traces: &[Named], limits: Limits) -> anyhow::Result<Vec<Found<Seen>>> {
    let mut seen = Vec::new();
    let mut progress = Progress::new();
    for (index, named) in traces.iter().enumerate() {
        progress.begin(&format!("{} {}", kernel.label, named.name), index, traces.len());
        seen.push(kernel.replays(&named.trace)?.seen(named, limits));
        progress.finished();
    }
    progress.end();
    Ok(seen)
}

/// Puts counted instructions beside what was seen.
fn counts(plan: &Plan, results: &Results, history: &mut [Revision]) {
    for (member, revision) in plan.members.iter().zip(history) {
        for (boot, replayed) in plan.boots.iter().zip(&mut revision.boots) {
            let of = |cell: &&Cell| cell.key.strategy == member.label && cell.key.trace == boot.name();
            replayed.counted = results.cells.iter().filter(of).find_map(|cell| match &cell.outcome {
                Outcome::Counts(figures) => Some(Counted {
                    calls: figures.get("instructions-calls")?,
                    hand_over: figures.get("instructions-hand-over")?,
                }),
                _ => None,
            });
        }
    }
}
