//! `cargo xtask capture`: boot a kernel on a described machine and record its boot allocator.

mod one;
mod place;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use workloads::capture::{CaptureError, missing};

use place::Place;

use crate::machines::{Chosen, Selection, is_to_fetch};

/// Boots real kernels under QEMU and records what their boot allocators do, as traces.
///
/// A machine is a few lines of workloads/machines.toml, or is described by --arch, --memory and so on. Its kernel is
/// fetched from Debian by apt into target/kernels, where it stays; nothing is installed, and nobody needs to be root.
/// QEMU emulates the CPU, so any host can boot any architecture, in some seconds each. The guest is ended as soon as the
/// boot allocator has handed over to the page allocator.
///
/// The kernels are the newest ones of their suites when they are fetched; which one it was stands in the trace. Remove
/// target/kernels to fetch anew.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// List the machines and what each shows, and boot none.
    #[arg(long)]
    list: bool,
    /// Print the command line of QEMU, and boot nothing.
    #[arg(long)]
    dry_run: bool,
    /// Put the traces into this folder [default: target/captured].
    #[arg(short, long, value_name = "DIR", conflicts_with = "corpus")]
    output: Option<PathBuf>,
    /// Put the traces into the corpus, workloads/traces.
    #[arg(long)]
    corpus: bool,
    /// Keep the consoles in this folder, whole, whatever became of the boot.
    #[arg(long, value_name = "DIR")]
    keep_log: Option<PathBuf>,
    /// How long a boot may take [default: 180, or what the machine says].
    #[arg(long, value_name = "SECONDS")]
    time_limit: Option<u64>,
}

const EXAMPLES: &str = "Examples:
  cargo xtask capture --list
  cargo xtask capture x86_64-6.1-256m
  cargo xtask capture 's390x-*' --keep-log /tmp/consoles
  cargo xtask capture --arch arm64 --memory 8G --nodes 2 --firmware uefi
  cargo xtask capture --arch x86_64 --kernel arch/x86/boot/bzImage";

/// How long a boot may take unless somebody says otherwise. The slowest usual ones take a quarter of it.
const USUAL_LIMIT: u64 = 180;

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let chosen = args.selection.choose(args.list)?;
    let mut out = io::stdout().lock();
    if args.list {
        for Chosen { name, machine } in &chosen {
            writeln!(out, "{name:<44} {}", machine.shows)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let place = Place::of(args)?;
    if args.dry_run {
        for chosen in &chosen {
            writeln!(out, "{}", one::command_line(chosen, &place)?)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let needs = chosen.iter().map(|chosen| (&chosen.machine, is_to_fetch(&place.store, &chosen.machine)));
    if let Some(missing) = missing(needs) {
        bail!("{missing}");
    }
    let stop = Arc::new(AtomicBool::new(false));
    let handler = Arc::clone(&stop);
    ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed)).context("cannot listen for Ctrl-C")?;
    let mut failed = Vec::new();
    for chosen in &chosen {
        let seconds = args.time_limit.or(chosen.machine.time_limit).unwrap_or(USUAL_LIMIT);
        match one::capture(chosen, &place, Duration::from_secs(seconds), &stop) {
            Ok(report) => writeln!(out, "{report}")?,
            Err(error) if error.downcast_ref().is_some_and(CaptureError::is_stop) => {
                return Err(error.context(chosen.name.clone()));
            }
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
