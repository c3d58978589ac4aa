//! `cargo xtask worker`: what `measure` starts for each cell.

use std::process::ExitCode;

/// Serves one cell of a measurement, told on standard input what to do. Not for people.
#[derive(clap::Args)]
#[command(hide = true)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> ExitCode {
    benches::worker::main()
}
