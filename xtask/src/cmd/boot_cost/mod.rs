//! `cargo xtask boot-cost`: what a real boot pays for its boot allocator.

mod compare;
mod one;
mod plugin;
mod show;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use workloads::capture::{Failure, missing};
use workloads::cost::CostError;

use crate::machines::{Selection, is_to_fetch, root, store, target};
use crate::write;

/// Boots real kernels under QEMU and counts, exactly, the instructions that their boot allocator takes.
///
/// A machine is one of workloads/machines.toml, or is described by --arch, --memory and so on, as for `capture`. It boots
/// without memblock=debug and without a console, under a plugin of QEMU's that is built on demand, until its boot
/// allocator has handed over. Shown are the calls of the allocator by kind with what they spent on what, the share of all instructions from
/// the kernel's first one on, and the functions that took most.
///
/// Symbols come from the kernel's own image, which needs them built in (KALLSYMS). Counts are instructions, never time; they are equal in each
/// boot of a machine but for what waits for clocks, which the allocator does not.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Boot this kernel's image; given twice, boot both and show how they differ, function by function.
    #[arg(long, value_name = "PATH")]
    linux_image: Vec<PathBuf>,
    /// Show this many functions.
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    /// Show every call, in order.
    #[arg(long)]
    calls: bool,
    /// Put the costs into this folder, NAME.cost each [default: target/captured].
    #[arg(short, long, value_name = "DIR", conflicts_with = "corpus")]
    output: Option<PathBuf>,
    /// Put the costs beside the traces of the corpus, workloads/traces.
    #[arg(long)]
    corpus: bool,
    /// How long a boot may take [default: 180, or what the machine says].
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<u64>,
}

const EXAMPLES: &str = "Examples:
  cargo xtask boot-cost x86_64-6.1-256m
  cargo xtask boot-cost --arch arm64 --memory 8G --nodes 2
  cargo xtask boot-cost x86_64-6.1-256m --linux-image base/vmlinuz --linux-image patched/vmlinuz";

/// How long a boot may take unless somebody says otherwise.
const USUAL_LIMIT: u64 = 180;

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.linux_image.len() > 2 {
        bail!("--linux-image is given {} times: give one image, or two to compare", args.linux_image.len());
    }
    let chosen = args.selection.choose(false)?;
    let store = store()?;
    let fetch = |machine| args.linux_image.is_empty() && is_to_fetch(&store, machine);
    if let Some(missing) = missing(chosen.iter().map(|chosen| (&chosen.machine, fetch(&chosen.machine)))) {
        bail!("{missing}");
    }
    let folder = match &args.output {
        Some(folder) => folder.clone(),
        None if args.corpus => root().join("workloads/traces"),
        None => target()?.join("captured"),
    };
    let plugin = plugin::build()?;
    let stop = Arc::new(AtomicBool::new(false));
    let handler = Arc::clone(&stop);
    ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed)).context("cannot listen for Ctrl-C")?;
    let mut out = io::stdout().lock();
    let mut failed = Vec::new();
    for chosen in &chosen {
        let seconds = args.time_limit.or(chosen.machine.time_limit).unwrap_or(USUAL_LIMIT);
        let boots =
            one::Boots { store: &store, plugin: &plugin, limit: Duration::from_secs(seconds), stop: &stop };
        match boots.of(chosen, &args.linux_image) {
            Ok(costs) => {
                for cost in &costs {
                    write!(out, "{}", show::text(&chosen.name, cost, args.top, args.calls))?;
                }
                match &costs[..] {
                    [before, after] => write!(out, "\n{}", compare::text(before, after, args.top))?,
                    [cost] => {
                        let path = folder.join(format!("{}.cost", chosen.name));
                        write::atomically(&path, one::kept(cost).to_string().as_bytes())?;
                        writeln!(out, "  written to {}", path.display())?;
                    }
                    _ => {}
                }
            }
            Err(error) if is_stop(&error) => return Err(error.context(chosen.name.clone())),
            Err(error) => {
                eprintln!("{}: {error:#}", chosen.name);
                failed.push(chosen.name.as_str());
            }
        }
    }
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    bail!("{} of {} boots failed: {}", failed.len(), chosen.len(), failed.join(", "));
}

/// Whether somebody asked to stop: there is no use in going on with the next machine.
fn is_stop(error: &anyhow::Error) -> bool {
    match error.downcast_ref() {
        Some(CostError::Stopped(Failure::Stopped)) => true,
        Some(CostError::Capture(error)) => error.is_stop(),
        _ => false,
    }
}
