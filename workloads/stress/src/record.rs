//! From a scenario to a trace: what is asked gets the addresses that the built-in memblock gives.

use std::collections::BTreeMap;

use allocators::memblock::Memblock;
use allocators::{AddrRange, BootAllocator, Exclusive, Order, PhysAddr};
use workloads::replay::{Part, Program, Reach, Slot, Stage, Step};
use workloads::trace::{Evidence, Header, Machine, Op, Record, StartMemory, StartReserved, Trace};

use crate::Scenario;

impl Scenario {
    /// The trace of this boot, or `None` where its memory makes no map, or none that an allocator can be built for.
    ///
    /// Addresses are those of the built-in memblock, so that frees can name them; what it refuses is written as refused.
    #[must_use]
    pub fn record(&self, stage: &mut Stage) -> Option<Trace> {
        let mut trace = self.unanswered();
        let machine = Machine::of(&trace);
        machine.map().ok()?;
        let setup = self.reserved.clone();
        let steps = Vec::new();
        let program = Program {
            reach: Reach::Everywhere,
            machine,
            setup,
            steps,
            record_of: Vec::new(),
            slots: 0,
            noinit: Vec::new(),
            clipped: 0,
        };
        trace.records = stage
            .play(&Memblock, &program, |allocator, _| {
                let mut blocks = BTreeMap::new();
                self.steps
                    .iter()
                    .filter_map(|step| answer(allocator, &mut blocks, *step))
                    .map(logged)
                    .collect()
            })
            .ok()?;
        Some(trace)
    }

    /// The trace without answers: whatever changes the memory map is in it.
    fn unanswered(&self) -> Trace {
        let changes = self.steps.iter().filter_map(|step| match step {
            Step::Change(change) => Some(logged(Op::Change(*change))),
            _ => None,
        });
        let evidence = Evidence::Logged;
        Trace {
            header: Header {
                machine: "made up".into(),
                kernel: "none".into(),
                arch: "none".into(),
                allocator: None,
                page_size: self.page,
                max_order: self.max_order,
                pageblock_order: Order(self.max_order.0.min(9)),
                command_line: None,
                source: self.born.clone(),
                captured: "cargo xtask stress; addresses are the built-in memblock's".into(),
                notes: Vec::new(),
            },
            zones: Vec::new(),
            memoryless_nodes: self.memoryless.clone(),
            memory: self.memory.iter().map(|&memory| StartMemory { memory, evidence }).collect(),
            reserved: self.reserved.iter().map(|&range| StartReserved { range, evidence }).collect(),
            records: changes.collect(),
            said: None,
        }
    }
}

fn logged(op: Op) -> Record {
    Record { op, evidence: Evidence::Logged, caller: None }
}

/// Makes a call and says how a trace has it; `None` where it speaks of a block that was not given.
fn answer(
    allocator: &mut impl BootAllocator,
    blocks: &mut BTreeMap<Slot, PhysAddr>,
    step: Step,
) -> Option<Op> {
    let of = |part: Part, blocks: &BTreeMap<Slot, PhysAddr>| {
        blocks.get(&part.slot).map(|&base| part.of(base)).filter(|range: &AddrRange| !range.is_empty())
    };
    // What is refused here may be granted by another strategy, and the other way round: only addresses matter.
    match step {
        Step::Alloc(request, slot) => {
            let given = allocator.alloc(&request).ok();
            blocks.extend(given.map(|addr| (slot, addr)));
            Some(Op::Alloc(request, given))
        }
        Step::Probe(request) => {
            let given = allocator.alloc(&request).ok();
            if let Some(block) = given.and_then(|addr| AddrRange::from_size(addr, request.size)) {
                let _ = allocator.free(block);
            }
            Some(Op::Alloc(request, None))
        }
        Step::Reserve(range) => {
            let _ = allocator.reserve(range, Exclusive::No);
            Some(Op::Reserve(range))
        }
        Step::ReservePart(part) => {
            let range = of(part, blocks)?;
            let _ = allocator.reserve(range, Exclusive::No);
            Some(Op::Reserve(range))
        }
        Step::Free(range) => {
            let _ = allocator.free(range);
            Some(Op::Free(range))
        }
        Step::FreePart(part) => {
            let range = of(part, blocks)?;
            let _ = allocator.free(range);
            Some(Op::Free(range))
        }
        Step::Change(change) => {
            let _ = allocator.change(change);
            Some(Op::Change(change))
        }
        Step::Set(setting) => {
            let _ = allocator.set(setting);
            Some(Op::Set(setting))
        }
    }
}
