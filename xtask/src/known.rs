//! What is known beside results: their files, and the facts of strategies and traces.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use benches::results::{Results, merge};
use reports::analysis::{Questions, StrategyFacts, TraceFacts};
use workloads::corpus;

/// The results in these files, taken together.
pub(crate) fn results(files: &[PathBuf]) -> anyhow::Result<Results> {
    let read = |path: &PathBuf| Results::read(path).with_context(|| path.display().to_string());
    let parts: Vec<Results> = files.iter().map(read).collect::<Result<_, _>>()?;
    Ok(merge(parts)?.results)
}

/// What to ask of these results.
pub(crate) fn questions(results: &Results, baseline: Option<String>) -> anyhow::Result<Questions> {
    let measured = |name: &str| results.cells.iter().any(|cell| cell.key.strategy == name);
    if let Some(name) = baseline.as_deref().filter(|name| !measured(name)) {
        bail!("the results hold nothing of a strategy `{name}`");
    }
    let fact = |(name, summary): (&str, &str)| StrategyFacts { name: name.into(), summary: summary.into() };
    let strategies = allocators::registry::list().map(fact).collect();
    let mut traces = Vec::new();
    for name in corpus::names().filter(|name| results.cells.iter().any(|cell| cell.key.trace == *name)) {
        if let Some(trace) = corpus::trace(name) {
            traces.push(TraceFacts::of(name, &trace.with_context(|| format!("the built-in trace {name}"))?));
        }
    }
    Ok(Questions { baseline, strategies, traces, apart: false })
}
