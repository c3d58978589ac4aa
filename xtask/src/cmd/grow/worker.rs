//! `cargo xtask grow-worker`: what `grow` starts for each cell.

use std::process::ExitCode;

/// Serves one cell of a sweep, told on standard input what to do. Not for people.
#[derive(clap::Args)]
#[command(hide = true)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> ExitCode {
    benches::growth::main()
}
