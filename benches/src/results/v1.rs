//! Lines of version 1 of the schema, and what they are in this one.
//!
//! In version 1 each exact figure was a field of its own, a boot was timed without its hand-over, and a plan was kept as the
//! names of what it was made of.

use std::collections::BTreeMap;

use serde::Deserialize;
use workloads::corpus;

use super::read::Record;
use super::{
    Cell, ClockFacts, Commit, Failure, Group, Header, Key, MachineFacts, Outcome, RunId, Shard, Times,
    Toolchain, Warning,
};
use crate::bounded;
use crate::count::Counting;
use crate::exact::{Along, Exact, Fragmentation, Layout, ZoneFigures};
use crate::figures::Figures;
use crate::plan::{BootFacts, BootSource, Limits, Member, Pace, PlanFacts};
use crate::quantity::{BootCost, Latency, Quantity, Release};

/// What a line is a record of. All else in it is passed over here, so that nothing of it is kept before its type is known: what
/// serde keeps aside for an enum with a tag inside is sixteen times as large as it stands in the file.
#[derive(Deserialize)]
struct Kind {
    record: Word,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Header,
    Cell,
    Merge,
}

/// The record of a line, of whichever version.
///
/// What a line of another version lacks is found by the first attempt; only then is it read as one of version 1.
pub(super) fn record(text: &[u8]) -> Result<Record, serde_json::Error> {
    match serde_json::from_slice::<Kind>(text)?.record {
        Word::Merge => serde_json::from_slice(text).map(Record::Merge),
        Word::Header => match serde_json::from_slice(text) {
            Ok(header) => Ok(Record::Header(header)),
            Err(error) => match serde_json::from_slice::<OldHeader>(text) {
                Ok(header) if header.schema == 1 => Ok(Record::Header(Box::new(header.now()))),
                _ => Err(error),
            },
        },
        Word::Cell => match serde_json::from_slice::<Box<Cell>>(text) {
            // Counts of then are figures of now in form, but not in their names.
            Ok(cell) if cell.outcome.figures().is_some_and(|of| of.get("Ir").is_some()) => {
                Ok(Record::Cell(Box::new(serde_json::from_slice::<OldCell>(text)?.now())))
            }
            Ok(cell) => Ok(Record::Cell(cell)),
            Err(error) => match serde_json::from_slice::<OldCell>(text) {
                Ok(cell) => Ok(Record::Cell(Box::new(cell.now()))),
                Err(_) => Err(error),
            },
        },
    }
}

#[derive(Deserialize)]
struct OldHeader {
    schema: u32,
    run: RunId,
    started_unix_s: u64,
    command: Vec<String>,
    commit: Option<Commit>,
    toolchain: Toolchain,
    machine: MachineFacts,
    clock: ClockFacts,
    plan: OldPlan,
    warnings: Vec<Warning>,
}

#[derive(Deserialize)]
struct OldPlan {
    digest: String,
    shard: Option<Shard>,
    seed: u64,
    strategies: Vec<String>,
    traces: Vec<String>,
    quantities: Vec<String>,
    launches: u32,
    blocks: u32,
}

#[derive(Deserialize)]
struct OldCell {
    run: RunId,
    group: Group,
    trace: String,
    quantity: String,
    strategy: String,
    outcome: OldOutcome,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum OldOutcome {
    Boot(Times),
    Latency(Latency),
    Release(Release),
    Exact(Box<OldExact>),
    Counts(BTreeMap<String, u64>),
    Failed(Failure),
}

#[derive(Deserialize)]
struct OldExact {
    outcomes: BTreeMap<String, u64>,
    calls: u64,
    violations: Vec<String>,
    metadata_bytes: u64,
    usable_pages: u64,
    released_pages: u64,
    #[serde(deserialize_with = "bounded::list::<_, _, { bounded::ORDERS }>")]
    blocks_handed_over: Vec<u64>,
    bytes_in_use: u64,
    frames_beyond_bytes: u64,
    reserved_ranges: u64,
    fragmentation: Fragmentation,
    #[serde(deserialize_with = "bounded::list::<_, _, { bounded::ZONES }>")]
    zones: Vec<ZoneFigures>,
    #[serde(deserialize_with = "bounded::list::<_, _, { bounded::POINTS }>")]
    along: Vec<Along>,
    layout: Layout,
}

/// A quantity by its name of then.
fn quantity(name: &str) -> Option<Quantity> {
    if name == "boot" { Some(Quantity::BootCost) } else { name.parse().ok() }
}

impl OldHeader {
    fn now(self) -> Header {
        let Self { schema, run, started_unix_s, command, commit, toolchain, machine, clock, plan, warnings } =
            self;
        let plan = plan.now();
        Header { schema, run, started_unix_s, command, commit, toolchain, machine, clock, plan, warnings }
    }
}

impl OldPlan {
    fn now(self) -> PlanFacts {
        let boot = |name: String| BootFacts {
            source: BootSource::Corpus(name.clone()),
            digest: String::new(),
            doubts: Vec::new(),
            proof: None,
            name,
        };
        PlanFacts {
            digest: self.digest,
            shard: self.shard,
            seed: self.seed,
            members: self.strategies.iter().map(|name| Member::built_in(name)).collect(),
            boots: self.traces.into_iter().map(boot).collect(),
            quantities: self.quantities.iter().filter_map(|name| quantity(name)).collect(),
            pace: Pace { launches: self.launches, blocks: self.blocks, ..Pace::DEFAULT },
            limits: Limits::default(),
            counting: Counting::Unasked,
            groups: 0,
        }
    }
}

impl OldCell {
    fn now(self) -> Cell {
        let Self { run, group, trace, quantity: name, strategy, outcome } = self;
        let quantity = quantity(&name).unwrap_or(Quantity::Exact);
        Cell { run, group, outcome: outcome.now(&trace), key: Key { trace, quantity, strategy } }
    }
}

impl OldOutcome {
    fn now(self, trace: &str) -> Outcome {
        match self {
            Self::Boot(calls) => Outcome::BootCost(BootCost { calls, hand_over: None }),
            Self::Latency(latency) => Outcome::Latency(latency),
            Self::Release(release) => Outcome::Release(release),
            Self::Exact(exact) => Outcome::Exact(Box::new(exact.now(trace))),
            // Of the calls alone.
            Self::Counts(counts) => {
                Outcome::Counts(counts.get("Ir").map(|ir| ("instructions-calls", *ir)).into_iter().collect())
            }
            Self::Failed(failure) => Outcome::Failed(failure),
        }
    }
}

impl OldExact {
    fn now(self, trace: &str) -> Exact {
        let mut figures = self.figures();
        // The order of a pageblock stands in the trace alone.
        if let Some(Ok(trace)) = corpus::trace(trace) {
            let pages = self.fragmentation.pages_below(trace.header.pageblock_order.0);
            let bytes = u64::try_from(pages).unwrap_or(u64::MAX).saturating_mul(self.layout.page_bytes);
            figures.set("small-blocks", bytes);
        }
        Exact {
            figures,
            violations: self.violations,
            blocks_handed_over: self.blocks_handed_over,
            fragmentation: self.fragmentation,
            zones: self.zones,
            along: self.along,
            breakers: Vec::new(),
            layout: self.layout,
        }
    }

    /// The figures that follow from it alone.
    fn figures(&self) -> Figures {
        let outcome = |name: &str| self.outcomes.get(name).copied().unwrap_or_default();
        let bytes = |pages: u64| pages.saturating_mul(self.layout.page_bytes);
        let named = [
            "allocations",
            "bytes_asked",
            "refused",
            "elsewhere",
            "below_goal",
            "conflicts",
            "reserves_refused",
            "frees_refused",
            "changes_refused",
            "settings_ignored",
            "without_block",
            "clipped",
            "granted_beyond_kernel",
        ];
        let low = self.zones.iter().filter(|zone| ["DMA", "DMA32"].contains(&zone.zone.as_str()));
        let others = [
            ("calls", self.calls),
            ("failed", outcome("failed").saturating_add(outcome("refused"))),
            ("violations", self.violations.len() as u64),
            ("intact-2m", self.fragmentation.intact_2m),
            ("intact-1g", self.fragmentation.intact_1g),
            ("largest-run", bytes(self.fragmentation.largest_run_pages)),
            ("dma", bytes(low.map(|zone| zone.taken_pages).fold(0, u64::saturating_add))),
            ("usable", bytes(self.usable_pages)),
            ("released", bytes(self.released_pages)),
            ("blocks", self.blocks_handed_over.iter().copied().fold(0, u64::saturating_add)),
            ("in-use", self.bytes_in_use),
            ("rounding", bytes(self.frames_beyond_bytes)),
            ("metadata", self.metadata_bytes),
            ("ranges", self.reserved_ranges),
        ];
        let others = others.map(|(id, value)| (id.to_owned(), value));
        named.map(|name| (name.replace('_', "-"), outcome(name))).into_iter().chain(others).collect()
    }
}
