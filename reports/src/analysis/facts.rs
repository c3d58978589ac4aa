//! What is known of strategies and traces beside what was measured.

use serde::Serialize;
use workloads::cost::Cost;
use workloads::trace::{Machine, Proof, Trace};

use super::{Paid, marked};

/// A strategy in words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StrategyFacts {
    /// The word that chooses it.
    pub name: String,
    /// How it works, in one line; empty if unknown.
    pub summary: String,
}

/// A trace in words and sizes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TraceFacts {
    /// Its name.
    pub name: String,
    /// The machine, in words.
    pub machine: String,
    /// The kernel's release.
    pub kernel: String,
    /// The architecture.
    pub arch: String,
    /// The log that it was made from.
    pub source: String,
    /// How the log was recorded.
    pub captured: String,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// Bytes of a page.
    pub page_bytes: u64,
    /// The order of a pageblock.
    pub pageblock_order: u8,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Nodes with memory.
    pub nodes: usize,
    /// Records.
    pub records: usize,
    /// Allocations among them.
    pub allocations: usize,
    /// What its log proves; `None` of a made boot.
    pub proof: Option<Proof>,
    /// The kernel's own clock at the end of the recorded boot, in microseconds; `None` if the log does not tell.
    pub recorded_us: Option<u64>,
    /// A sentence for each of memblock's arrays that was nearly full, or doubled.
    pub tight: Vec<String>,
    /// What the kernel itself paid for its allocator; `None` if its boot was not counted.
    pub paid: Option<Paid>,
}

impl StrategyFacts {
    /// A strategy of which the name is all that is known.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self { name: name.into(), summary: String::new() }
    }
}

impl TraceFacts {
    /// What `trace` says of itself.
    #[must_use]
    pub fn of(name: &str, trace: &Trace) -> Self {
        let machine = Machine::of(trace);
        let mut nodes: Vec<_> = machine.nodes.iter().map(|piece| piece.nid).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let header = &trace.header;
        Self {
            name: name.into(),
            machine: header.machine.clone(),
            kernel: header.kernel.clone(),
            arch: header.arch.clone(),
            source: header.source.clone(),
            captured: header.captured.clone(),
            notes: header.notes.clone(),
            page_bytes: header.page_size.bytes(),
            pageblock_order: header.pageblock_order.0,
            memory_bytes: machine.nodes.iter().map(|piece| piece.range.size()).sum(),
            nodes: nodes.len(),
            records: trace.records.len(),
            allocations: trace.allocations().count(),
            proof: trace.proof(),
            recorded_us: trace.said.and_then(|said| said.at_us),
            tight: super::nearly_full(trace),
            paid: None,
        }
    }

    /// Its name, marked if its log leaves answers unexplained or holds no boot at all.
    #[must_use]
    pub fn shown(&self) -> String {
        marked(&self.name, self.proof)
    }

    /// The same with what the kernel paid in the boot of `trace`, where that was counted.
    #[must_use]
    pub fn paid(self, trace: &Trace, cost: Option<&Cost>) -> Self {
        Self { paid: cost.map(|cost| Paid::of(cost, trace)), ..self }
    }
}
