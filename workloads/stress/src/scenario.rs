//! A machine and a boot of it, before anybody has answered.

use std::collections::BTreeSet;

use allocators::{AddrRange, MapChange, MemoryRange, Nid, Order, PageSize};
use workloads::replay::{Program, Reach, Slot, Step};
use workloads::trace::Trace;

/// A machine and the calls of its boot. Blocks are spoken of by the number of their allocation, not by an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scenario {
    /// The size of a page.
    pub page: PageSize,
    /// The order of the largest block of the page allocator.
    pub max_order: Order,
    /// The memory at the start, ascending.
    pub memory: Vec<MemoryRange>,
    /// Nodes on line that own no memory.
    pub memoryless: Vec<Nid>,
    /// What is reserved at the start.
    pub reserved: Vec<AddrRange>,
    /// The calls.
    pub steps: Vec<Step>,
    /// What it was made from, in words.
    pub born: String,
}

impl Scenario {
    /// The boot that was recorded.
    #[must_use]
    pub fn of(name: &str, trace: &Trace) -> Self {
        let program = Program::compile(trace, Reach::Everywhere);
        Self {
            page: program.machine.page,
            max_order: program.machine.max_order,
            memory: program.machine.start,
            memoryless: program.machine.memoryless_nodes,
            reserved: program.setup,
            steps: program.steps,
            born: name.into(),
        }
    }

    /// Drops the steps that speak of blocks which no step before them allocates.
    pub(crate) fn drop_orphans(&mut self) {
        let mut known: BTreeSet<Slot> = BTreeSet::new();
        self.steps.retain(|step| match step {
            Step::Alloc(_, slot) => known.insert(*slot),
            Step::FreePart(part) | Step::ReservePart(part) => known.contains(&part.slot),
            _ => true,
        });
    }

    /// Makes all nodes known from the start, and for good: who counts pages takes them from the machine's map.
    pub(crate) fn settle_nodes(&mut self) {
        for piece in &mut self.memory {
            piece.nid = piece.nid.or(Nid::new(0));
        }
        self.steps.retain(|step| !matches!(step, Step::Change(MapChange::SetNode(..) | MapChange::Add(_))));
    }

    /// The number after all that its allocations have.
    pub(crate) fn next_slot(&self) -> Slot {
        let slots = self.steps.iter().filter_map(|step| match step {
            Step::Alloc(_, slot) => Some(*slot),
            _ => None,
        });
        slots.max().map_or(0, |last| last + 1)
    }

    /// The address after all of its memory.
    pub(crate) fn end(&self) -> u64 {
        self.memory.iter().map(|piece| piece.range.end().0).max().unwrap_or_default()
    }

    /// The nodes that own memory, each once.
    pub(crate) fn nids(&self) -> Vec<Nid> {
        let nids: BTreeSet<Nid> = self.memory.iter().filter_map(|piece| piece.nid).collect();
        nids.into_iter().collect()
    }
}
