//! `cargo xtask foreign-worker`: what replays one boot through a foreign library, for whoever does not measure it.

use std::process::ExitCode;

/// Replays one boot, told on standard input which. Not for people.
#[derive(clap::Args)]
#[command(hide = true)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> ExitCode {
    benches::worker::answer(|question| crate::apart::answer(&question))
}
