//! Memory laid out anew: permuted, shifted, scaled; everything that speaks of it moves along.

use allocators::{AddrRange, MapChange, MemoryRange, PhysAddr};
use workloads::replay::Step;

use super::request;
use crate::Scenario;
use crate::dice::Dice;

/// Where each piece was, and where it is.
pub(super) struct Moves {
    pieces: Vec<(AddrRange, AddrRange)>,
    shift: u32,
}

/// The pages that all memory should come to.
const SIZES: [u64; 4] = [16, 96, 640, 4096];

/// Gives each piece of memory a new place and size.
pub(super) fn lay_out(new: &mut Scenario, dice: &mut Dice) {
    let page = new.page.bytes();
    let total: u64 = new.memory.iter().map(|piece| piece.range.size()).sum();
    let wanted = dice.pick(&SIZES) * page;
    let shift = (total / wanted).checked_ilog2().map_or(0, |shift| shift + 1);
    let mut order: Vec<MemoryRange> = new.memory.clone();
    if !dice.one_in(3) {
        dice.shuffle(&mut order);
    }
    // At the bottom, where page 0 counts; in the middle of nowhere; or where addresses have 40 bits.
    let mut at = dice.pick(&[0, page, 0x10_0000, 0x1_0000_0000, 0xff_0000_0000]);
    let ragged = dice.one_in(6);
    let apart = dice.below(3);
    let mut pieces = Vec::new();
    let mut memory = Vec::new();
    for piece in order {
        at += match apart {
            0 => 0,
            1 => dice.pick(&[0, 0, page, 2 * page, 16 * page]),
            _ => page * dice.within(1, 64),
        };
        let parts = if ragged && dice.one_in(2) { dice.below(page) & !7 } else { 0 };
        let size = ((piece.range.size() >> shift) & !(page - 1)).max(page * dice.within(1, 4)) + parts;
        let range = AddrRange::clamped(PhysAddr(at), PhysAddr(at + size));
        pieces.push((piece.range, range));
        memory.push(MemoryRange { range, ..piece });
        at += size;
    }
    memory.sort_by_key(|piece| piece.range.start());
    pieces.sort_by_key(|(old, _)| old.start());
    new.memory = memory;
    let moves = Moves { pieces, shift };
    new.reserved = new.reserved.iter().map(|&range| moves.range(range)).collect();
    new.reserved.retain(|range| !range.is_empty());
    new.steps = new.steps.iter().map(|&step| moves.step(step)).collect();
}

impl Moves {
    pub(super) fn size(&self, size: u64) -> u64 {
        (size >> self.shift).max(1)
    }

    pub(super) fn addr(&self, addr: PhysAddr) -> PhysAddr {
        let next = self.pieces.partition_point(|(old, _)| old.end() <= addr);
        let Some((old, new)) = self.pieces.get(next).or(self.pieces.last()) else { return addr };
        let into = addr.0.saturating_sub(old.start().0) >> self.shift;
        PhysAddr(new.start().0.saturating_add(into).min(new.end().0))
    }

    /// A limit. One of 0 or 1 is none to a kernel, and written down as a difference.
    pub(super) fn limit(&self, limit: PhysAddr) -> PhysAddr {
        self.addr(limit).max(PhysAddr(2))
    }

    fn range(&self, range: AddrRange) -> AddrRange {
        let start = self.addr(range.start());
        AddrRange::clamped(start, PhysAddr(start.0.saturating_add(self.size(range.size()))))
    }

    fn step(&self, step: Step) -> Step {
        let change = |change: MapChange| match change {
            MapChange::Add(piece) => MapChange::Add(MemoryRange { range: self.range(piece.range), ..piece }),
            MapChange::Remove(range) => MapChange::Remove(self.range(range)),
            MapChange::SetNode(range, nid) => MapChange::SetNode(self.range(range), nid),
            MapChange::SetFlags(range, flags) => MapChange::SetFlags(self.range(range), flags),
            MapChange::ClearFlags(range, flags) => MapChange::ClearFlags(self.range(range), flags),
        };
        let part = |part: workloads::replay::Part| workloads::replay::Part {
            offset: part.offset >> self.shift,
            size: self.size(part.size),
            ..part
        };
        match step {
            Step::Alloc(asked, slot) => Step::Alloc(request::moved(&asked, self), slot),
            Step::Probe(asked) => Step::Probe(request::moved(&asked, self)),
            Step::Reserve(range) => Step::Reserve(self.range(range)),
            Step::ReservePart(of) => Step::ReservePart(part(of)),
            Step::Free(range) => Step::Free(self.range(range)),
            Step::FreePart(of) => Step::FreePart(part(of)),
            Step::Change(of) => Step::Change(change(of)),
            Step::Set(allocators::Setting::CurrentLimit(Some(limit))) => {
                Step::Set(allocators::Setting::CurrentLimit(Some(self.limit(limit))))
            }
            Step::Set(setting) => Step::Set(setting),
        }
    }
}
