//! `cargo xtask list`: what there is to choose from.

use std::io::{self, Write as _};
use std::process::ExitCode;

use workloads::corpus;

/// Lists the strategies and the traces, one line each.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    writeln!(out, "Strategies:")?;
    for (name, summary) in allocators::registry::list() {
        writeln!(out, "  {name:<10} {summary}")?;
    }
    writeln!(out, "\nTraces (* are the curated ones, the default of most commands):")?;
    for name in corpus::names() {
        let Some(trace) = corpus::trace(name) else { continue };
        let trace = trace?;
        let mark = if corpus::curated().any(|curated| curated == name) { '*' } else { ' ' };
        let allocations = trace.allocations().count();
        writeln!(out, "{mark} {name:<44} {:>6} allocations  {}", allocations, trace.header.machine)?;
    }
    Ok(ExitCode::SUCCESS)
}
