//! The fixture, analysed: what every golden file is rendered from.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::path::Path;

use benches::results::Results;
use reports::analysis::{Analysis, Questions, StrategyFacts, TraceFacts, analyse};
use workloads::corpus;

pub(crate) fn results() -> Results {
    Results::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/results.jsonl")).unwrap()
}

/// The results of `examples/make-fixture.rs`, with what is known of their strategies and traces.
pub(crate) fn analysis() -> Analysis {
    analysis_of(&results(), Vec::new())
}

/// The same of a candidate and the baseline alone, as commands about two ask for it.
pub(crate) fn pair(candidate: &str) -> Analysis {
    analysis_of(&results(), vec!["memblock".into(), candidate.into()])
}

pub(crate) fn analysis_of(results: &Results, only: Vec<String>) -> Analysis {
    let fact = |(name, summary): (&str, &str)| StrategyFacts { name: name.into(), summary: summary.into() };
    let strategies = allocators::registry::list().map(fact).collect();
    analyse(results, &Questions { only, strategies, traces: traces(results), ..Questions::default() })
}

pub(crate) fn traces(results: &Results) -> Vec<TraceFacts> {
    let names = corpus::names().filter(|name| results.cells.iter().any(|cell| cell.key.trace == *name));
    names
        .map(|name| {
            let cost = corpus::cost(name).transpose().unwrap();
            let trace = corpus::trace(name).unwrap().unwrap();
            TraceFacts::of(name, &trace).paid(&trace, cost.as_ref())
        })
        .collect()
}
