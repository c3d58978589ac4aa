//! The subcommands, one a file.

mod import;
mod list;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Command {
    Import(import::Args),
    List(list::Args),
    Verify(verify::Args),
}

impl Command {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Import(args) => import::run(&args),
            Self::List(args) => list::run(&args),
            Self::Verify(args) => verify::run(&args),
        }
    }
}
