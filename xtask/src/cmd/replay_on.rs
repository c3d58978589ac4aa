//! `cargo xtask replay-on`: a recorded boot's requests on a machine of which only the memory map is known.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use reports::harmless::line;
use reports::units::plural;
use workloads::check::check_every;
use workloads::machine::MachineRecipe;
use workloads::replay::Stage;

use crate::{traces, write};

/// Makes a recorded boot's requests on a machine of which only the memory map is known.
///
/// Memory, nodes and what firmware reserves are the machine's, the calls are the boot's. Calls for each node are made on each of
/// the machine's nodes; those whose size or number follows from memory (struct pages, usage maps, page tables, hash tables) are
/// scaled, each by a rule that a note of the trace says. The trace says of itself that it was made, and goes wherever a trace
/// does: `measure`, `report`, `compare`, `letter`, `show`. No kernel answered, so `verify` has nothing to compare with.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask replay-on board.machine --boot arm64-6.1-uefi-2g -o board.trace\n  \
    cargo xtask replay-on dmesg.txt --boot x86_64-6.1-8node-64cpu-16g\n  \
    cargo xtask compare memblock wordscan --trace 'machine:board.dtb(arm64-6.1-uefi-2g)'"
)]
pub(crate) struct Args {
    /// A machine that `cargo xtask machine` wrote, or a memory map
    #[arg(value_name = "MACHINE")]
    machine: PathBuf,
    /// The boot: a trace's name, a trace file, or a recipe such as 'grow:isolated(1000)'
    #[arg(long, value_name = "TRACE")]
    boot: String,
    /// The file to write the trace to [default: replay it through every strategy and say what comes of it]
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let recipe = MachineRecipe { file: args.machine.display().to_string(), boot: args.boot.clone() };
    let named = traces::on_machine(&recipe)?;
    let header = &named.trace.header;
    let mut out = io::stdout().lock();
    match &args.output {
        Some(path) => {
            write::atomically(path, named.trace.to_string().as_bytes())?;
            writeln!(out, "{}: {}", path.display(), line(&header.machine))?;
        }
        None => writeln!(out, "{}", line(&header.machine))?,
    }
    for note in &header.notes {
        writeln!(out, "  {}", line(note))?;
    }
    let (mut strategies, mut illegal) = (0, 0);
    for (strategy, found) in check_every(&named.trace, &mut Stage::default()) {
        let found = found.with_context(|| format!("{strategy} cannot be built for this machine"))?;
        strategies += 1;
        illegal += found.violations.len();
        for violation in found.violations.iter().take(3) {
            writeln!(out, "  {strategy}: {violation}")?;
        }
    }
    let calls = named.trace.records.len();
    writeln!(
        out,
        "  {calls} calls, replayed through {strategies} strategies: {}",
        plural(illegal, "illegal answer")
    )?;
    if args.output.is_none() {
        writeln!(out, "  it was not kept: -o FILE writes the trace")?;
    }
    Ok(if illegal == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
