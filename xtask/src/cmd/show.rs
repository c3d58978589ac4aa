//! `cargo xtask show`: what a trace is.

use std::io::{self, Write as _};
use std::process::ExitCode;

use allocators::memblock::Memblock;
use benches::exact::exact;
use reports::show::show;
use workloads::replay::Stage;

use crate::terminal;
use crate::traces::Selection;

/// Shows what a trace is: where it comes from, its memory, its operations, and what the kernel did.
///
/// The map shows memory at the end of the boot: nodes, zones, holes, and what is in use by then. Operations are counted by
/// size and by caller; what does not stand in the log as it is, is counted by what it was inferred from.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask show x86_64-linux-6.1-8node-32g\n  cargo xtask show my-machine.trace\n  \
    cargo xtask show 'arm64-*' | less"
)]
pub(crate) struct Args {
    #[arg(
        value_name = "TRACE",
        required = true,
        help = "Names of traces, globs such as 'x86_64-*', or trace files"
    )]
    traces: Vec<String>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let selection = Selection { traces: args.traces.clone(), all: false };
    let mut out = io::stdout().lock();
    let terminal = terminal::of(&out);
    let mut stage = Stage::default();
    for (index, named) in selection.load()?.iter().enumerate() {
        let found = exact(&Memblock, &named.trace, &mut stage).map_err(|error| error.to_string());
        let layout = found.as_ref().map(|exact| &exact.layout).map_err(String::as_str);
        if index > 0 {
            writeln!(out, "\n")?;
        }
        out.write_all(show(&named.name, &named.trace, layout, terminal).as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}
