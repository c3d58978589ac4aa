//! Following who owns what through a replay.

use std::ops::Range;

use allocators::{AddrRange, MapChange, PhysAddr};
use rangemap::{RangeMap, RangeSet};
use workloads::replay::{Observer, Part, Program, Step, StepResult};

use super::{Content, addrs, bytes};

/// Who owns which bytes in a replay.
pub(in crate::exact) struct Track {
    owners: RangeMap<u64, Content>,
    /// The step that allocated what is owned; what was reserved has none.
    steps: RangeMap<u64, usize>,
    removed: RangeSet<u64>,
    blocks: Vec<Option<PhysAddr>>,
}

/// Who was the first to own any of a range.
pub(in crate::exact) enum FirstOwner {
    /// Nothing of it is owned.
    Nobody,
    /// It was reserved where it lies.
    Fixed,
    /// The step that allocated it.
    Step(usize),
}

impl Track {
    pub(in crate::exact) fn new(program: &Program) -> Self {
        let blocks = vec![None; program.slots];
        let mut track =
            Self { owners: RangeMap::new(), steps: RangeMap::new(), removed: RangeSet::new(), blocks };
        program.setup.iter().for_each(|range| track.reserve(*range));
        track
    }

    /// The bytes that are owned as `content`.
    pub(super) fn owned_as(&self, content: Content) -> impl Iterator<Item = AddrRange> {
        self.owners.iter().filter(move |(_, owner)| **owner == content).map(|(range, _)| addrs(range))
    }

    /// Who was the first to own any of `range`, of those who still do.
    pub(in crate::exact) fn first_in(&self, range: Range<u64>) -> FirstOwner {
        let mut owners = self.owners.overlapping(&range).map(|(_, owner)| *owner).peekable();
        if owners.peek().is_none() {
            return FirstOwner::Nobody;
        }
        // What is reserved was so before anything was allocated beside it, or would have been given to somebody.
        if owners.any(|owner| owner == Content::Fixed) {
            return FirstOwner::Fixed;
        }
        let first = self.steps.overlapping(&range).map(|(_, step)| *step).min();
        first.map_or(FirstOwner::Fixed, FirstOwner::Step)
    }

    /// The memory that was taken away.
    pub(super) fn removed(&self) -> impl Iterator<Item = AddrRange> {
        self.removed.iter().map(addrs)
    }

    /// What has an owner keeps it.
    fn reserve(&mut self, range: AddrRange) {
        let Some(range) = bytes(range) else { return };
        let gaps: Vec<_> = self.owners.gaps(&range).collect();
        for gap in gaps {
            self.owners.insert(gap, Content::Fixed);
        }
    }

    fn free(&mut self, range: AddrRange) {
        if let Some(range) = bytes(range) {
            self.owners.remove(range.clone());
            self.steps.remove(range);
        }
    }

    fn part(&self, part: Part) -> Option<AddrRange> {
        self.blocks.get(part.slot as usize).copied().flatten().map(|base| part.of(base))
    }
}

impl Observer for Track {
    fn after(&mut self, index: usize, step: &Step, result: &StepResult) {
        match (*step, *result) {
            (Step::Alloc(request, slot), StepResult::Alloc(Ok(addr))) => {
                if let Some(place) = self.blocks.get_mut(slot as usize) {
                    *place = Some(addr);
                }
                if let Some(block) = AddrRange::from_size(addr, request.size).and_then(bytes) {
                    self.owners.insert(block.clone(), Content::of_size(request.size));
                    self.steps.insert(block, index);
                }
            }
            (Step::Reserve(range), StepResult::Reserve(Ok(()))) => self.reserve(range),
            (Step::Free(range), StepResult::Free(Ok(()))) => self.free(range),
            (Step::FreePart(part), StepResult::Free(Ok(()))) => {
                if let Some(range) = self.part(part) {
                    self.free(range);
                }
            }
            (Step::Change(MapChange::Remove(range)), StepResult::Change(Ok(()))) => {
                self.removed.extend(bytes(range));
            }
            (Step::Change(MapChange::Add(piece)), StepResult::Change(Ok(()))) => {
                if let Some(range) = bytes(piece.range) {
                    self.removed.remove(range);
                }
            }
            _ => {}
        }
    }
}
