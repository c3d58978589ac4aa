//! `cargo xtask list`: what there is to choose from.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use reports::analysis::{StrategyFacts, TraceFacts};
use reports::list::{Listed, list};
use workloads::corpus;
use workloads::grow::{self, PREFIX};
use workloads::machine;

use crate::terminal;

/// Lists the strategies and the traces, one line each, and the recipes that traces are made from.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask list\n  cargo xtask list | grep s390x")]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let strategies: Vec<StrategyFacts> = allocators::registry::list()
        .map(|(name, summary)| {
            let mark = if allocators::registry::is_usual(name) { "* " } else { "  " };
            StrategyFacts { name: format!("{mark}{name}"), summary: summary.into() }
        })
        .collect();
    let mut traces = Vec::new();
    for name in corpus::names() {
        let Some(trace) = corpus::trace(name) else { continue };
        let trace = trace.with_context(|| format!("the built-in trace {name}"))?;
        let curated = corpus::curated().any(|curated| curated == name);
        traces.push(Listed { facts: TraceFacts::of(name, &trace), curated });
    }
    write!(out, "{}", list(&strategies, &traces, terminal::of(&out)))?;
    writeln!(
        out,
        "A strategy with * is measured where none is named; the others are asked for, or all by --strategy '*'."
    )?;
    writeln!(
        out,
        "\nRecipes, from which a trace is made that no kernel recorded; they go wherever a trace does:"
    )?;
    for form in grow::FORMS {
        writeln!(out, "  {PREFIX}{}\n      {}", form.shape, form.about)?;
    }
    writeln!(
        out,
        "  {}FILE(BOOT)\n      a boot's requests on a machine that is known by the memory map in a file; `replay-on` explains",
        machine::PREFIX
    )?;
    writeln!(out, "Layouts:")?;
    for layout in grow::layouts()? {
        writeln!(out, "  {:<20} {}", layout.name, layout.about)?;
    }
    Ok(ExitCode::SUCCESS)
}
