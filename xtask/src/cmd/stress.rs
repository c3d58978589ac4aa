//! `cargo xtask stress`: does it break on a machine that its author does not have?

mod job;
mod state;
mod told;

use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use stress::{Asked, Crew, Progress};

use crate::kernels::LinuxOptions;

use job::Sides;
use state::Stored;

/// Plays machines that nobody has through an allocator, and says where it breaks.
///
/// The recorded boots come first, as they are. From them machines are made: memory permuted, shifted and scaled, nodes
/// interleaved or without memory, lists full at every possible moment, free memory in awkward places, requests at the edges.
/// Each boot is held against the checker, and against a base if there is one: of two strategies or revisions the first is the
/// base. What fails is shrunk to the fewest calls, printed as a trace that replays it, and written as a test in C.
/// The exit status is 1 when a boot fails. workloads/STRESS.md says more.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    cargo xtask stress --linux ~/linux --rev v6.12 --rev my-branch --same-answers\n  \
    cargo xtask stress --linux ~/linux --rev worktree --sanitize\n  \
    cargo xtask stress --strategy memblock --boots 100000\n  \
    cargo xtask stress --strategy memblock --strategy mine=./mine.so --same-answers\n  \
    cargo xtask stress --strategy mine=./mine.so --trace target/stress/stress_1_317.trace")]
pub(crate) struct Args {
    /// A built-in strategy, or NAME=PATH.so; may be given twice: the first is the base
    #[arg(long, value_name = "NAME[=PATH]")]
    strategy: Vec<String>,
    #[command(flatten)]
    linux: LinuxOptions,
    /// Every answer, both lists and every block must be those of the base: the change claims that nothing behaves otherwise
    #[arg(long)]
    same_answers: bool,
    /// Build what is made of a tree with `AddressSanitizer` and `UndefinedBehaviorSanitizer`
    #[arg(long, requires = "linux")]
    sanitize: bool,
    /// How many boots to play
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    boots: u64,
    /// What machines are drawn from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Processes side by side [default: one for each processor]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Seconds that a boot may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    time_limit: u64,
    /// Keep in FILE how far it has come, and go on from there if it says so already
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Play this trace instead, such as one that was written before
    #[arg(long, value_name = "FILE", conflicts_with_all = ["boots", "resume"])]
    trace: Option<PathBuf>,
    /// Where to write the trace and the test of a failure
    #[arg(long, value_name = "FOLDER", default_value = "target/stress")]
    out: PathBuf,
    /// Not for people
    #[arg(long, hide = true)]
    worker: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.worker {
        stress::serve(io::stdin().lock(), io::stdout().lock(), stress::load)?;
        return Ok(ExitCode::SUCCESS);
    }
    let sides = Sides::of(&args.strategy, &args.linux, args.sanitize)?;
    if args.same_answers && sides.base.is_none() {
        bail!("--same-answers needs a base: name two strategies or revisions, the base first");
    }
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let job = sides.job(args.seed, args.same_answers, folder.path().join("position"));
    let stop = Arc::new(AtomicBool::new(false));
    let handler = Arc::clone(&stop);
    ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed)).context("cannot listen for Ctrl-C")?;
    let program = std::env::current_exe().context("where is this program?")?;
    let command = || {
        let mut command = Command::new(&program);
        command.args(["stress", "--worker"]).envs(sides.environment.iter().cloned());
        command
    };
    let usual = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let crew = Crew {
        command: &command,
        job,
        hands: args.jobs.unwrap_or_else(usual),
        boot_limit: Duration::from_secs(args.time_limit),
        stop: &stop,
    };
    println!("{}", sides.told(args.same_answers));
    if let Some(path) = &args.trace {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        // Checked here, where the error can name the file.
        let _: workloads::trace::Trace = text.parse().with_context(|| path.display().to_string())?;
        let found = crew.one(&Asked::Trace(text))?;
        return told::trace(found.as_ref());
    }
    let stored = Stored::open(args.resume.as_deref(), &crew.job)?;
    let (state, keep) = (stored.state.clone(), &stored);
    let report = crew.run(state, args.boots, &|progress: Progress, state| {
        keep.keep(state);
        told::progress(progress, args.boots);
    });
    told::no_progress();
    let report = report?;
    stored.write(&report.state)?;
    told::report(&report, args.seed, args.boots, &args.out, args.resume.as_deref())
}
