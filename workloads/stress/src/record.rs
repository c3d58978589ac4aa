//! From a scenario to a trace: what is asked gets the addresses that the built-in memblock gives.

use std::collections::BTreeMap;
use std::ops::Range;

use allocators::memblock::Memblock;
use allocators::{AddrRange, BootAllocator, Exclusive, Order, PhysAddr};
use rangemap::RangeSet;
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
                let mut callers = Callers::new(&self.reserved);
                self.steps.iter().filter_map(|step| callers.call(allocator, *step)).map(logged).collect()
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

/// What callers have, as far as the allocator granted it.
struct Callers {
    blocks: BTreeMap<Slot, PhysAddr>,
    taken: RangeSet<u64>,
}

impl Callers {
    fn new(reserved: &[AddrRange]) -> Self {
        let mut new = Self { blocks: BTreeMap::new(), taken: RangeSet::new() };
        for &range in reserved {
            new.take(range);
        }
        new
    }

    /// Makes a call and says how a trace has it; `None` where it speaks of a block that was not given, or of what the allocator
    /// itself is in.
    fn call(&mut self, allocator: &mut impl BootAllocator, step: Step) -> Option<Op> {
        // What is refused here may be granted by another strategy, and the other way round: only addresses matter.
        match step {
            Step::Alloc(request, slot) => {
                let given = allocator.alloc(&request).ok();
                self.blocks.extend(given.map(|addr| (slot, addr)));
                if let Some(block) = given.and_then(|addr| AddrRange::from_size(addr, request.size)) {
                    self.take(block);
                }
                Some(Op::Alloc(request, given))
            }
            Step::Probe(request) => {
                let given = allocator.alloc(&request).ok();
                if let Some(block) = given.and_then(|addr| AddrRange::from_size(addr, request.size)) {
                    let _ = allocator.free(block);
                }
                Some(Op::Alloc(request, None))
            }
            Step::Reserve(range) => self.reserve(allocator, range),
            Step::ReservePart(part) => {
                let range = self.of(part)?;
                self.reserve(allocator, range)
            }
            Step::Free(range) => Some(self.free(allocator, range)),
            Step::FreePart(part) => {
                let range = self.of(part)?;
                Some(self.free(allocator, range))
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

    fn reserve(&mut self, allocator: &mut impl BootAllocator, range: AddrRange) -> Option<Op> {
        if self.meets_its_own(allocator, range) {
            return None;
        }
        if allocator.reserve(range, Exclusive::No).is_ok() {
            self.take(range);
        }
        Some(Op::Reserve(range))
    }

    fn free(&mut self, allocator: &mut impl BootAllocator, range: AddrRange) -> Op {
        if allocator.free(range).is_ok() && !range.is_empty() {
            self.taken.remove(bytes(range));
        }
        Op::Free(range)
    }

    /// Whether part of `range` is reserved by nobody but the allocator, for a list that has grown:
    ///
    /// ```text
    /// reserved   |--- the list ---|
    /// asked for        |----|
    /// ```
    ///
    /// Whoever reserves that nevertheless loses it when the list grows again or is given up at the end, with every kernel: no
    /// finding about a patch. A boot reserves what firmware has before its lists may grow.
    fn meets_its_own(&self, allocator: &impl BootAllocator, range: AddrRange) -> bool {
        let mut meets = false;
        allocator.for_each_reserved(&mut |reserved| {
            let part = reserved.intersection(range);
            meets |= !part.is_empty() && self.taken.gaps(&bytes(part)).next().is_some();
        });
        meets
    }

    fn take(&mut self, range: AddrRange) {
        if !range.is_empty() {
            self.taken.insert(bytes(range));
        }
    }

    fn of(&self, part: Part) -> Option<AddrRange> {
        self.blocks.get(&part.slot).map(|&base| part.of(base)).filter(|range| !range.is_empty())
    }
}

fn bytes(range: AddrRange) -> Range<u64> {
    range.start().0..range.end().0
}
