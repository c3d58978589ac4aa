//! Memory that nobody gets, and memory that nobody is known to use.

use std::collections::BTreeMap;
use std::ops::Range;

use allocators::AddrRange;
use rangemap::RangeMap;

use crate::trace::{Op, Record, Trace};

use super::state::State;

/// Memory that nobody gets, or is known to use, at the end of a boot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lost {
    /// Bytes that are free in pages that are not wholly free: they are not handed over, and nobody has them.
    pub parts: u64,
    /// Those bytes by who has the rest of the page, the most first; `None` for what is reserved by nobody who is logged.
    pub parts_by_caller: Vec<(Option<String>, u64)>,
    /// Bytes of memory that are reserved, and neither freed nor reserved by a call that the log holds: what was reserved before it
    /// begins, the kernel's own image among it, and what follows from a listing only.
    pub unknown: u64,
    /// The longest range of that, if there is any.
    pub longest_unknown: Option<AddrRange>,
}

/// What is lost at the end of the recorded boot, at the addresses that the kernel gave.
///
/// Frees after the hand-over are not in a trace, so that what they lose is not counted.
#[must_use]
pub fn lost(trace: &Trace) -> Lost {
    let state = State::end(trace);
    let owners = Owners::of(trace);
    let mut lost = Lost::default();
    let mut parts: BTreeMap<Option<&str>, u64> = BTreeMap::new();
    for (memory, _) in state.memory.iter() {
        for gap in state.reserved.gaps(memory) {
            for part in parts_of(&gap, trace.header.page_size.bytes()) {
                // The rest of the page lies before what is free at the start of a gap, and behind what is free at its end.
                let beside =
                    if part.start == gap.start && gap.start > memory.start { gap.start - 1 } else { gap.end };
                *parts.entry(owners.at(beside)).or_default() += part.end - part.start;
            }
        }
        for (range, _) in state.reserved.overlapping(memory) {
            let reserved = range.start.max(memory.start)..range.end.min(memory.end);
            for unknown in owners.nobodys(&reserved) {
                lost.unknown += unknown.end - unknown.start;
                let longest = lost.longest_unknown.map_or(0, AddrRange::size);
                if unknown.end - unknown.start > longest {
                    let [start, end] = [unknown.start, unknown.end].map(allocators::PhysAddr);
                    lost.longest_unknown = Some(AddrRange::clamped(start, end));
                }
            }
        }
    }
    lost.parts = parts.values().sum();
    lost.parts_by_caller = parts.into_iter().map(|(who, bytes)| (who.map(str::to_owned), bytes)).collect();
    lost.parts_by_caller.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    lost
}

/// The bytes of [`Lost::parts`], had an allocator left these ranges reserved at the end, ascending.
#[must_use]
pub fn lost_parts_with(trace: &Trace, reserved: &[AddrRange]) -> u64 {
    let mut taken: RangeMap<u64, ()> = RangeMap::new();
    for range in reserved.iter().filter(|range| !range.is_empty()) {
        taken.insert(range.start().0..range.end().0, ());
    }
    let page = trace.header.page_size.bytes();
    let state = State::end(trace);
    let gaps = state.memory.iter().flat_map(|(memory, _)| taken.gaps(memory).collect::<Vec<_>>());
    gaps.flat_map(|gap| parts_of(&gap, page)).map(|part| part.end - part.start).sum()
}

/// The parts of a free range that lie in pages which are not in it as a whole.
fn parts_of(gap: &Range<u64>, page: u64) -> impl Iterator<Item = Range<u64>> + use<> {
    let (first, last) = (gap.start.div_ceil(page) * page, gap.end / page * page);
    let parts = if first > last { [gap.clone(), 0..0] } else { [gap.start..first, last..gap.end] };
    parts.into_iter().filter(|part| !part.is_empty())
}

/// Who has which bytes, by function.
struct Owners<'t> {
    names: Vec<&'t str>,
    ranges: RangeMap<u64, usize>,
}

/// Who has an array that the allocator made for itself.
const ITSELF: &str = "memblock";

impl<'t> Owners<'t> {
    fn of(trace: &'t Trace) -> Self {
        let mut owners = Self { names: Vec::new(), ranges: RangeMap::new() };
        for record in &trace.records {
            match record.op {
                Op::Alloc(request, Some(at)) => {
                    let end = allocators::PhysAddr(at.0.saturating_add(request.size));
                    owners.take(record, AddrRange::clamped(at, end));
                }
                Op::Reserve(range) => owners.take(record, range),
                Op::Doubled { at, .. } => owners.note(ITSELF, at),
                Op::Free(range) if !range.is_empty() => owners.ranges.remove(range.start().0..range.end().0),
                Op::Alloc(_, None) | Op::Free(_) | Op::Change(_) | Op::Set(_) | Op::Dump(_) => {}
            }
        }
        owners
    }

    /// Who was first stays: later ones reserve what is somebody's.
    fn take(&mut self, record: &'t Record, range: AddrRange) {
        if let Some(caller) = &record.caller {
            self.note(caller.split(['+', '.']).next().unwrap_or(caller), range);
        } else if matches!(record.op, Op::Alloc(..)) {
            self.note("a caller that is not logged", range);
        }
    }

    fn note(&mut self, name: &'t str, range: AddrRange) {
        if range.is_empty() {
            return;
        }
        let known = self.names.iter().position(|known| *known == name);
        let place = known.unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        let gaps: Vec<_> = self.ranges.gaps(&(range.start().0..range.end().0)).collect();
        for gap in gaps {
            self.ranges.insert(gap, place);
        }
    }

    fn at(&self, byte: u64) -> Option<&'t str> {
        self.ranges.get(&byte).map(|place| self.names[*place])
    }

    /// What of a range nobody is known to have.
    fn nobodys(&self, range: &Range<u64>) -> Vec<Range<u64>> {
        if range.is_empty() { Vec::new() } else { self.ranges.gaps(range).collect() }
    }
}
