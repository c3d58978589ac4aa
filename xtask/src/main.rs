//! The command line of bootalloc: `cargo xtask`.

use std::process::ExitCode;

use clap::Parser;

mod apart;
mod cmd;
mod costs;
mod counting;
mod files;
mod foreign;
mod harness;
mod kernels;
mod known;
mod machines;
mod naming;
mod output;
mod planning;
mod png;
mod progress;
mod revision;
mod suggest;
mod terminal;
mod traces;
mod unfinished;
mod write;

/// Replays real boots through boot-time memory allocators and says how they differ.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: cmd::Command,
}

fn main() -> ExitCode {
    match Cli::parse().command.run() {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", reports::harmless::lines(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

/// Whether whoever reads the output has seen enough, as in `cargo xtask list | head -1`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let pipe = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    };
    error.chain().any(pipe)
}
