//! How exactly a strategy repeats what the kernel did: meant for the strategy that the recorded kernel ran.

use allocators::bootmem::Bootmem;
use allocators::memblock::Memblock;
use allocators::{
    AddrRange, BootAllocator, ChangeError, CountingSink, FreeError, PhysAddr, ReserveError, Strategy,
};
use rangemap::RangeSet;

use crate::replay::{Observer, Program, Reach, Slots, Stage, StageError, Step, StepResult, run_steps};
use crate::trace::{Dump, Evidence, Op, Recorded, Trace};

/// How exactly a strategy repeated a boot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fidelity {
    /// Allocations whose address stands in the log and was used for nothing else.
    pub proving: Share,
    /// Allocations of which something was inferred, from their own address or without a line in the log.
    pub inferred: Share,
    /// Answers that nothing explains: the trace holds only what they reserved.
    pub unexplained: u64,
    /// Whether the trace holds a state and no boot.
    pub is_state: bool,
    /// Requests that the kernel refused.
    pub refused: Share,
    /// Dumps whose reserved set is the strategy's at that point.
    pub dumps: Share,
    /// The pages that the strategy handed over, and what the kernel said.
    pub released: Option<(u64, u64)>,
    /// Every difference, in order.
    pub mismatches: Vec<Mismatch>,
}

/// So many of so many.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Share {
    /// How many are as the kernel had them.
    pub equal: u64,
    /// How many there are.
    pub all: u64,
}

/// A difference between a strategy and the kernel.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Mismatch {
    /// Another address.
    #[error("line {line}: the kernel gave {}, the replay {}", of(*.kernel), of(*.replay))]
    Address {
        /// The trace's line.
        line: usize,
        /// What the kernel gave.
        kernel: Option<PhysAddr>,
        /// What the replay gave.
        replay: Option<PhysAddr>,
    },
    /// A reservation, free or change of the memory map that the kernel made.
    #[error("line {line}: refused in the replay: {why}")]
    Refused {
        /// The trace's line.
        line: usize,
        /// What the strategy said.
        why: Refusal,
    },
    /// Another reserved set at a dump.
    #[error("line {line}: at this dump {range} is reserved {}", if *.by_kernel { "by the kernel, not in the replay" } else { "in the replay, not by the kernel" })]
    Dump {
        /// The trace's line.
        line: usize,
        /// The first range that only one of the two has reserved.
        range: AddrRange,
        /// Which of the two.
        by_kernel: bool,
    },
    /// Another number of pages handed over.
    #[error("line {line}: the kernel released {kernel} pages, the replay {replay}")]
    Released {
        /// The trace's line.
        line: usize,
        /// What the kernel said.
        kernel: u64,
        /// What the replay handed over.
        replay: u64,
    },
}

/// Why a strategy refused a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// A reservation.
    #[error("{0}")]
    Reserve(ReserveError),
    /// A free.
    #[error("{0}")]
    Free(FreeError),
    /// A change of the memory map.
    #[error("{0}")]
    Change(ChangeError),
}

fn of(addr: Option<PhysAddr>) -> String {
    addr.map_or_else(|| "nothing".into(), |addr| addr.to_string())
}

impl Share {
    fn count(&mut self, equal: bool) {
        self.all += 1;
        self.equal += u64::from(equal);
    }

    /// Whether all are equal.
    #[must_use]
    pub fn whole(self) -> bool {
        self.equal == self.all
    }
}

impl std::ops::AddAssign for Share {
    fn add_assign(&mut self, other: Self) {
        self.equal += other.equal;
        self.all += other.all;
    }
}

/// What a comparison comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Every answer is repeated, and some of them prove it.
    Exact,
    /// Something differs.
    Differs,
    /// Nothing differs, but the log holds answers that nothing explains.
    Unexplained,
    /// Nothing differs, but no address proves it.
    Unproven,
    /// There is nothing to replay: a listing alone gives a state, of which at most the released pages can be checked.
    State,
}

impl Verdict {
    /// It in a few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Differs => "differs",
            Self::Unexplained => "has unexplained answers",
            Self::Unproven => "nothing differs, nothing proves it",
            Self::State => "a state, nothing to replay",
        }
    }
}

impl Fidelity {
    /// Whether nothing differs, at least one address proves it, and no answer of the log is unexplained.
    #[must_use]
    pub fn exact(&self) -> bool {
        self.verdict() == Verdict::Exact
    }

    /// What the comparison comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if !self.mismatches.is_empty() {
            Verdict::Differs
        } else if self.unexplained > 0 {
            Verdict::Unexplained
        } else if self.proving.all > 0 {
            Verdict::Exact
        } else if self.is_state {
            Verdict::State
        } else {
            Verdict::Unproven
        }
    }

    /// All answers that the log holds.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.proving.all + self.inferred.all + self.unexplained
    }
}

/// Replays `trace` through the allocator that it was recorded from, and compares with what the kernel did.
///
/// # Errors
/// [`StageError`] when the allocator cannot be built.
pub fn verify_as_recorded(trace: &Trace, stage: &mut Stage) -> Result<Fidelity, StageError> {
    match trace.header.allocator {
        Some(Recorded::Bootmem) => verify(&Bootmem, trace, stage),
        // U-Boot's lists are memblock's.
        None | Some(Recorded::Memblock | Recorded::Lmb) => verify(&Memblock, trace, stage),
    }
}

/// Replays `trace` through `strategy` and compares with what the kernel did.
///
/// # Errors
/// [`StageError`] when the allocator cannot be built.
pub fn verify<S: Strategy + 'static>(
    strategy: &'static S,
    trace: &Trace,
    stage: &mut Stage,
) -> Result<Fidelity, StageError> {
    let program = Program::compile(trace, Reach::of(strategy));
    stage.play(strategy, &program, |allocator, slots| compare(trace, &program, allocator, slots))
}

fn compare(
    trace: &Trace,
    program: &Program,
    allocator: &mut dyn BootAllocator,
    slots: &mut Slots,
) -> Fidelity {
    let fidelity = Fidelity {
        unexplained: trace.answers().unexplained,
        is_state: trace.is_state(),
        ..Fidelity::default()
    };
    let mut compare = Compare { trace, program, lines: trace.record_lines(), fidelity };
    // In stretches from dump to dump, so that the state can be looked at in between.
    let mut from = 0;
    for (index, dump) in dumps(trace) {
        let to = program.record_of.partition_point(|&record| (record as usize) < index);
        run_steps(program, from..to, allocator, slots, &mut compare);
        from = to;
        compare.dump(index, dump, allocator);
    }
    run_steps(program, from..program.steps.len(), allocator, slots, &mut compare);
    compare.release(allocator);
    compare.fidelity
}

fn dumps(trace: &Trace) -> impl Iterator<Item = (usize, &Dump)> {
    trace.records.iter().enumerate().filter_map(|(index, record)| match &record.op {
        Op::Dump(dump) => Some((index, dump)),
        _ => None,
    })
}

struct Compare<'t> {
    trace: &'t Trace,
    program: &'t Program,
    lines: Vec<usize>,
    fidelity: Fidelity,
}

impl Compare<'_> {
    fn line(&self, record: usize) -> usize {
        self.lines.get(record).copied().unwrap_or_default()
    }

    fn address(&mut self, step: usize, replay: Option<PhysAddr>) {
        let record = self.program.record_of[step] as usize;
        let Op::Alloc(_, kernel) = self.trace.records[record].op else { return };
        let equal = kernel == replay;
        match (kernel, self.trace.records[record].evidence) {
            (None, _) => self.fidelity.refused.count(equal),
            (Some(_), Evidence::Logged) => self.fidelity.proving.count(equal),
            (Some(_), _) => self.fidelity.inferred.count(equal),
        }
        if !equal {
            let line = self.line(record);
            self.fidelity.mismatches.push(Mismatch::Address { line, kernel, replay });
        }
    }

    fn refused(&mut self, step: usize, why: Refusal) {
        let line = self.line(self.program.record_of[step] as usize);
        self.fidelity.mismatches.push(Mismatch::Refused { line, why });
    }

    fn dump(&mut self, record: usize, dump: &Dump, allocator: &dyn BootAllocator) {
        let kernel = set(dump.reserved.iter().map(|piece| piece.range));
        let mut replay = RangeSet::new();
        allocator.for_each_reserved(&mut |range| insert(&mut replay, range));
        let only = |here: &RangeSet<u64>, there: &RangeSet<u64>| {
            here.iter().find_map(|range| there.gaps(range).next())
        };
        let by_kernel = only(&kernel, &replay).map(|range| (range, true));
        let by_replay = only(&replay, &kernel).map(|range| (range, false));
        let first = [by_kernel, by_replay].into_iter().flatten().min_by_key(|(range, _)| range.start);
        self.fidelity.dumps.count(first.is_none());
        if let Some((range, by_kernel)) = first {
            let range = AddrRange::clamped(PhysAddr(range.start), PhysAddr(range.end));
            let line = self.line(record);
            self.fidelity.mismatches.push(Mismatch::Dump { line, range, by_kernel });
        }
    }

    fn release(&mut self, allocator: &mut dyn BootAllocator) {
        let page = self.program.machine.page;
        let Some(kernel) = self.trace.said.and_then(|said| said.released_pages(page)) else { return };
        let Ok(map) = self.program.machine.map() else { return };
        let mut sink = CountingSink::default();
        for nid in map.nids().iter() {
            // Every node of the map can be released once.
            let _ = allocator.release(nid, &mut sink);
        }
        let replay = sink.pages();
        self.fidelity.released = Some((replay, kernel));
        if replay != kernel {
            let line = self.trace.said_line();
            self.fidelity.mismatches.push(Mismatch::Released { line, kernel, replay });
        }
    }
}

impl Observer for Compare<'_> {
    fn after(&mut self, index: usize, step: &Step, result: &StepResult) {
        match (step, *result) {
            (Step::Alloc(..) | Step::Probe(_), StepResult::Alloc(given)) => self.address(index, given.ok()),
            (_, StepResult::Reserve(Err(error))) => self.refused(index, Refusal::Reserve(error)),
            (_, StepResult::Free(Err(error))) => self.refused(index, Refusal::Free(error)),
            (_, StepResult::Change(Err(error))) => self.refused(index, Refusal::Change(error)),
            // A block that was not given was an address that differs.
            _ => {}
        }
    }
}

fn set(ranges: impl Iterator<Item = AddrRange>) -> RangeSet<u64> {
    let mut set = RangeSet::new();
    ranges.for_each(|range| insert(&mut set, range));
    set
}

fn insert(set: &mut RangeSet<u64>, range: AddrRange) {
    if !range.is_empty() {
        set.insert(range.start().0..range.end().0);
    }
}

#[cfg(test)]
mod tests {
    use allocators::{FreeError, Pfn};

    use super::*;

    /// ```text
    /// pfn   0x200     0x201
    ///       |xxxxxxxxx|         x: reserved, freed, and freed again
    /// ```
    /// Expect the second free to be a difference, at its line, where the strategy refuses what the kernel did.
    #[test]
    fn a_refused_call_is_a_difference() {
        let twice = "1 reserve 0x200000-0x201000\n2 free 0x200000-0x201000\n3 free 0x200000-0x201000\n";
        let trace = crate::replay::tests::trace(twice);
        let refused = verify(&Bootmem, &trace, &mut Stage::default()).unwrap().mismatches;
        let line = trace.record_lines()[2];
        assert_eq!(
            refused,
            [Mismatch::Refused { line, why: Refusal::Free(FreeError::AlreadyFree(Pfn(0x200))) }]
        );
        let repeated = verify(&Memblock, &trace, &mut Stage::default()).unwrap();
        // Nothing was asked for, so no address proves anything.
        assert_eq!(repeated.verdict(), Verdict::Unproven);
    }
}
