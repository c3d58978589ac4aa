//! What is noted of memory and of reservations beside their ranges: flags that no line tells of, or not at once.
//!
//! A kernel since 6.16 notes what is its own allocation, and prints that with each reservation. What is noted by calls of
//! their own is not printed: that page descriptors are left alone, that memory is scratch. Neighbours of which different
//! things are noted stay apart, so a list is longer for it, and may double earlier.

use allocators::{AddrRange, MapChange, MemFlags, PhysAddr};

use super::recorder::Recorder;
use super::start::Start;
use crate::import::dialects::linux::Facts;
use crate::import::dialects::memblock::{Model, Step, What, symbol};
use crate::ranges::Ranges;
use crate::trace::{Evidence, Op, Reason};

/// Up to here x86 marks its memory as scratch until the real-mode trampoline has its place.
///
/// Source: 6.16 `e820__memblock_setup`, `reserve_real_mode`.
const X86_LOW: u64 = 1 << 20;

/// The functions by which a kernel reserves what another one preserved for it: 7.3, and 6.16 with what it may be inlined into.
const PRESERVED: [&str; 4] =
    ["kho_preserved_memory_reserve", "deserialize_bitmap", "kho_mem_deserialize", "kho_memory_init"];

/// Records what is noted of the reservations at the start.
pub(super) fn at_start(recorder: &mut Recorder, start: &Start) {
    for &(range, flags) in &start.noted {
        set(recorder, range, flags, Evidence::Inferred(Reason::Dump));
    }
}

/// What of the range that `step` reserves is not reserved yet: of what is, nothing new is noted.
pub(super) fn new_in(step: &Step, model: &Model) -> Ranges {
    let range = match &step.what {
        What::Reserve(range) | What::Bare(range, _) | What::Alloc(_, Some(range)) => *range,
        _ => return Ranges::default(),
    };
    Ranges::from_iter([range]).without(model.reserved())
}

/// Records what is noted with or after `step`, of which `new` is reserved only now.
pub(super) fn after(step: &Step, new: &Ranges, recorder: &mut Recorder, facts: &Facts) {
    let by = step.caller.as_deref().map_or("", symbol);
    // An allocation is marked as one by the setting for that.
    let is_request = recorder.records.last().is_some_and(|record| matches!(record.op, Op::Alloc(..)));
    let said = if is_request { step.noted.flags.without(MemFlags::RSRV_KERN) } else { step.noted.flags };
    if said != MemFlags::NONE {
        new.iter().for_each(|range| set(recorder, range, said, Evidence::Inferred(Reason::Log)));
    }
    match &step.what {
        // All but the first page of a huge page: its descriptors are made later, by others.
        What::Alloc(request, Some(range)) if request.hugetlb => {
            let head = PhysAddr(range.start().0.saturating_add(recorder.model.page()));
            let tail = AddrRange::clamped(head, range.end());
            set(recorder, tail, MemFlags::RSRV_NOINIT, Evidence::Inferred(Reason::Version));
        }
        What::Reserve(range) if facts.kho_boot && is_preserved(step) => {
            set(recorder, *range, MemFlags::RSRV_NOINIT, Evidence::Inferred(Reason::Version));
        }
        What::Reserve(_) if by == "reserve_real_mode" => end_of_low_scratch(recorder),
        _ => {}
    }
}

/// Whether a step reserves what another kernel preserved for this one.
pub(super) fn is_preserved(step: &Step) -> bool {
    let by = step.caller.as_deref().map_or("", symbol);
    matches!(step.what, What::Reserve(_)) && PRESERVED.contains(&by)
}

/// Low memory of x86 is not scratch memory any more.
fn end_of_low_scratch(recorder: &mut Recorder) {
    let is_low = |range: AddrRange| range.start() < PhysAddr(X86_LOW);
    let mut memory = recorder.model.memory().iter();
    if memory.any(|piece| is_low(piece.range) && piece.flags.has(MemFlags::KHO_SCRATCH)) {
        let change = low_scratch_ends();
        recorder.record(Op::Change(change), Evidence::Inferred(Reason::Arch), None);
    }
}

/// What x86 does when its real-mode trampoline has its place.
pub(super) fn low_scratch_ends() -> MapChange {
    MapChange::ClearFlags(AddrRange::clamped(PhysAddr(0), PhysAddr(X86_LOW)), MemFlags::KHO_SCRATCH)
}

fn set(recorder: &mut Recorder, range: AddrRange, flags: MemFlags, evidence: Evidence) {
    if !range.is_empty() {
        recorder.record(Op::Change(MapChange::SetFlags(range, flags)), evidence, None);
    }
}
