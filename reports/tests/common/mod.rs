//! The fixture, analysed: what every golden file is rendered from.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::path::Path;

use benches::results::Results;
use reports::analysis::{Analysis, Questions, StrategyFacts, TraceFacts, analyse};
use workloads::corpus;

/// The results of `examples/make-fixture.rs`, with what is known of their strategies and traces.
pub(crate) fn analysis() -> Analysis {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/results.jsonl");
    let results = Results::read(&path).unwrap();
    let fact = |(name, summary): (&str, &str)| StrategyFacts { name: name.into(), summary: summary.into() };
    let strategies = allocators::registry::list().map(fact).collect();
    analyse(&results, &Questions { strategies, traces: traces(&results), ..Questions::default() })
}

fn traces(results: &Results) -> Vec<TraceFacts> {
    let names = corpus::names().filter(|name| results.cells.iter().any(|cell| cell.key.trace == *name));
    names.map(|name| TraceFacts::of(name, &corpus::trace(name).unwrap().unwrap())).collect()
}
