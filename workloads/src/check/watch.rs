//! The observer that checks a replay step by step.

use allocators::{
    AddrRange, AllocError, AllocRequest, BootAllocator, Goal, NodeChoice, PhysAddr, Setting, Strategy,
};

use super::ledger::{Ledger, Taken};
use super::release::{self, Released};
use super::{Outcomes, Violation, ViolationKind};
use crate::replay::{Observer, Program, Reach, Slots, Stage, StageError, Step, StepResult, run};

/// What a checked replay found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// What the strategy could and could not do.
    pub outcomes: Outcomes,
    /// What it did that no allocator may do; empty if all is well.
    pub violations: Vec<Violation>,
    /// What it handed over in the end.
    pub released: Released,
    /// The address of each allocation, by slot; `None` where there was none.
    pub addresses: Vec<Option<PhysAddr>>,
    /// The bytes of its state at the end.
    pub metadata_bytes: usize,
    /// The bytes of memory that callers had asked for and not freed at the end.
    pub bytes_in_use: u64,
}

/// Replays `program` through `strategy` and checks every answer and the release.
///
/// # Errors
/// [`StageError`] when the allocator cannot be built.
pub fn check<S: Strategy + 'static>(
    strategy: &'static S,
    program: &Program,
    stage: &mut Stage,
) -> Result<Checked, StageError> {
    stage.play(strategy, program, |allocator, slots| {
        checked(program, allocator, slots, strategy.knows_nodes())
    })
}

/// The part of [`check`] that is compiled once for all strategies.
fn checked(
    program: &Program,
    allocator: &mut dyn BootAllocator,
    slots: &mut Slots,
    knows_nodes: bool,
) -> Checked {
    let mut watch = Watch::new(program, knows_nodes);
    run(program, allocator, slots, &mut watch);
    watch.release(allocator)
}

/// Checks the answers of a replay, step by step; [`check`] for those who want to look at nothing in between.
pub struct Watch<'p> {
    program: &'p Program,
    ledger: Ledger,
    outcomes: Outcomes,
    violations: Vec<Violation>,
    addresses: Vec<Option<PhysAddr>>,
    current_limit: Option<PhysAddr>,
    scratch_only: bool,
    knows_nodes: bool,
}

impl<'p> Watch<'p> {
    /// Nothing has happened yet. Whether the strategy knows nodes decides what it may be blamed for.
    #[must_use]
    pub fn new(program: &'p Program, knows_nodes: bool) -> Self {
        let whole_pages = (program.reach == Reach::Memory).then_some(program.machine.page);
        let mut ledger = Ledger::new(&program.machine.start, whole_pages);
        for range in &program.setup {
            ledger.reserve(*range);
        }
        Self {
            program,
            ledger,
            outcomes: Outcomes { clipped: program.clipped, ..Outcomes::default() },
            violations: Vec::new(),
            addresses: vec![None; program.slots],
            current_limit: None,
            scratch_only: false,
            knows_nodes,
        }
    }

    /// Releases all memory after the last step, and says what was found.
    pub fn release(self, allocator: &mut dyn BootAllocator) -> Checked {
        let metadata_bytes = allocator.metadata_bytes();
        let Self { program, ledger, outcomes, mut violations, addresses, .. } = self;
        let bytes_in_use = ledger.bytes_in_use();
        let released = release::check(program, allocator, &ledger, &mut violations);
        Checked { outcomes, violations, released, addresses, metadata_bytes, bytes_in_use }
    }

    fn violation(&mut self, index: usize, kind: ViolationKind) {
        self.violations.push(Violation { record: self.program.record_of.get(index).copied(), kind });
    }

    /// Checks a block against its request and takes it into the ledger.
    fn block(&mut self, index: usize, request: &AllocRequest, addr: PhysAddr) -> Option<AddrRange> {
        let Some(block) = AddrRange::from_size(addr, request.size) else {
            self.violation(index, ViolationKind::Wraps { addr, size: request.size });
            return None;
        };
        if !addr.0.is_multiple_of(request.align) {
            self.violation(index, ViolationKind::Unaligned { addr, align: request.align });
        }
        let limit = match request.goal {
            Goal::AtLeast(_) => request.limit.or(self.current_limit),
            Goal::Prefer(_) => [request.limit, self.current_limit].into_iter().flatten().min(),
        };
        if let Some(limit) = limit.filter(|&limit| block.end() > limit) {
            self.violation(index, ViolationKind::AboveLimit { block, limit });
        }
        match request.goal {
            Goal::AtLeast(min) if addr < min => {
                self.violation(index, ViolationKind::BelowMinimum { block, min });
            }
            _ => {}
        }
        if let Some(part) = self.ledger.outside_scratch(block).filter(|_| self.scratch_only) {
            self.violation(index, ViolationKind::OutsideScratch { block, part });
        }
        match request.node {
            // Who has the map from the start may know a node that memblock has still to learn.
            NodeChoice::Exact(nid)
                if self.knows_nodes && !self.ledger.belongs_to(block, nid, &self.program.machine.nodes) =>
            {
                self.violation(index, ViolationKind::WrongNode { block, nid });
            }
            _ => {}
        }
        match self.ledger.allocate(block) {
            Ok(()) => {}
            Err(Taken::NotMemory(part)) => self.violation(index, ViolationKind::NotMemory { block, part }),
            Err(Taken::InUse(part)) => self.violation(index, ViolationKind::InUse { block, part }),
        }
        Some(block)
    }

    fn allocated(
        &mut self,
        index: usize,
        request: &AllocRequest,
        slot: u32,
        given: Result<PhysAddr, AllocError>,
    ) {
        self.outcomes.allocations += 1;
        self.outcomes.bytes_asked += u128::from(request.size);
        let addr = match given {
            Ok(addr) => addr,
            Err(AllocError::NoMemory | AllocError::MetadataFull) => return self.outcomes.failed += 1,
            Err(_) => return self.outcomes.refused += 1,
        };
        self.addresses[slot as usize] = Some(addr);
        self.outcomes.below_goal += u64::from(addr < request.goal.addr());
        if let Some(block) = self.block(index, request, addr)
            && let NodeChoice::Prefer(nid) | NodeChoice::Exact(nid) = request.node
        {
            self.outcomes.elsewhere += u64::from(!self.ledger.is_on(block, nid));
        }
    }

    fn part(&self, part: crate::replay::Part) -> Option<AddrRange> {
        self.addresses.get(part.slot as usize).copied().flatten().map(|base| part.of(base))
    }
}

impl Observer for Watch<'_> {
    fn after(&mut self, index: usize, step: &Step, result: &StepResult) {
        match (*step, *result) {
            (Step::Alloc(request, slot), StepResult::Alloc(given)) => {
                self.allocated(index, &request, slot, given);
            }
            (Step::Probe(request), StepResult::Alloc(given)) => {
                self.outcomes.granted_beyond_kernel += u64::from(given.is_ok());
                if let Some(block) = given.ok().and_then(|addr| self.block(index, &request, addr)) {
                    self.ledger.free(block);
                }
            }
            (Step::Reserve(range), StepResult::Reserve(Ok(()))) => {
                self.outcomes.conflicts += u64::from(self.ledger.reserve(range));
            }
            (_, StepResult::Reserve(Err(_))) => self.outcomes.reserves_refused += 1,
            (Step::Free(range), StepResult::Free(Ok(()))) => self.ledger.free(range),
            (Step::FreePart(part), StepResult::Free(Ok(()))) => {
                if let Some(range) = self.part(part) {
                    self.ledger.free(range);
                }
            }
            (_, StepResult::Free(Err(_))) => self.outcomes.frees_refused += 1,
            (Step::Change(change), StepResult::Change(Ok(()))) => self.ledger.change(&change),
            (_, StepResult::Change(Err(_))) => self.outcomes.changes_refused += 1,
            (Step::Set(Setting::CurrentLimit(limit)), StepResult::Set(true)) => self.current_limit = limit,
            (Step::Set(Setting::KhoScratchOnly(on)), StepResult::Set(true)) => self.scratch_only = on,
            (_, StepResult::Set(known)) => self.outcomes.settings_ignored += u64::from(!known),
            (_, StepResult::NoBlock) => self.outcomes.without_block += 1,
            // The block's own bytes, reserved once more, are still its own.
            _ => {}
        }
    }
}
