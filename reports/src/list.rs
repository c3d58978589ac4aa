//! What there is to choose from, as text.

use crate::analysis::{StrategyFacts, TraceFacts};
use crate::tables::{Cell, Table};
use crate::text::{Terminal, labelled, table};
use crate::units::{bytes, count};

/// A trace, and whether most commands take it where none is named.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What is known of it.
    pub facts: TraceFacts,
    /// Whether it is one of the curated.
    pub curated: bool,
}

/// The strategies, and the traces with one line each.
#[must_use]
pub fn list(strategies: &[StrategyFacts], traces: &[Listed], terminal: Terminal) -> String {
    let mut out = String::from("Strategies\n");
    let longest = strategies.iter().map(|one| one.name.chars().count()).max().unwrap_or_default();
    let column = u16::try_from(longest + 2).unwrap_or(u16::MAX);
    for strategy in strategies {
        labelled(&mut out, &strategy.name, &strategy.summary, column, terminal.width);
    }
    out.push('\n');
    let heads = ["trace", "memory#", "nodes#", "allocations#", "Linux"];
    let mut shown = Table::new("Traces", &heads);
    for trace in traces {
        let (facts, mark) = (&trace.facts, if trace.curated { "* " } else { "  " });
        shown.rows.push(vec![
            Cell::new(format!("{mark}{}", facts.shown())),
            Cell::new(bytes(facts.memory_bytes)),
            Cell::new(count(facts.nodes as u64)),
            Cell::new(count(facts.allocations as u64)),
            Cell::new(version(&facts.kernel)),
        ]);
    }
    shown.notes.push(
        "* is curated: what most commands take where no trace is named. `cargo xtask show TRACE` tells all of one.".into(),
    );
    let told =
        |trace: &Listed| Some(format!("{}: {}.", trace.facts.shown(), trace.facts.proof?.objection()?));
    shown.notes.extend(traces.iter().filter_map(told));
    table(&mut out, &shown, terminal);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// The release without what a distribution adds to it.
fn version(kernel: &str) -> &str {
    kernel.split(['-', '+']).next().unwrap_or(kernel)
}
