//! Calls at the edges of what the machine and the boot so far consist of.

use allocators::{MapChange, MemFlags, MemoryRange};
use workloads::replay::{Part, Step};

use super::edges::Edges;
use super::request;
use crate::Scenario;
use crate::dice::Dice;

pub(super) fn add(new: &mut Scenario, dice: &mut Dice) {
    let edges = Edges::of(new);
    let mut slot = new.next_slot();
    let first_new = slot;
    for _ in 0..dice.pick(&[4, 12, 32, 60]) {
        let step = match dice.below(20) {
            0..7 => {
                slot += 1;
                Step::Alloc(request::odd(new, &edges, dice), slot - 1)
            }
            7..10 => Step::Reserve(edges.range(dice)),
            10..13 => Step::Free(edges.range(dice)),
            13..16 if slot > 0 => {
                let of = if slot > first_new && dice.one_in(2) { first_new } else { 0 };
                let which = u32::try_from(dice.within(of.into(), slot.into())).unwrap_or(0);
                let page = new.page.bytes();
                let offset = dice.pick(&[0, 0, 0, 64, page]);
                let size = dice.pick(&[1, 64, page, 16 * page, 1 << 20]);
                let part = Part { slot: which, offset, size };
                if dice.one_in(4) { Step::ReservePart(part) } else { Step::FreePart(part) }
            }
            16..19 => Step::Change(change(&edges, dice)),
            _ => Step::Probe(request::odd(new, &edges, dice)),
        };
        new.steps.push(step);
    }
    clip_parts(new);
}

fn change(edges: &Edges, dice: &mut Dice) -> MapChange {
    let range = edges.range(dice);
    let flags = MemFlags(dice.pick(&[1, 1, 2, 4, 0x10]));
    // What may be unplugged is whole pages: where the flag ended inside one, a hand-over of single nodes would lose it.
    let range = if flags == MemFlags::HOTPLUG { edges.whole_pages(range) } else { range };
    let nid = if edges.nids().is_empty() || dice.one_in(8) { None } else { Some(dice.pick(edges.nids())) };
    match dice.below(8) {
        0 => MapChange::Remove(range),
        1 => MapChange::Add(MemoryRange { range, nid, flags: MemFlags::NONE }),
        2..4 => MapChange::SetNode(range, nid),
        4 | 5 => MapChange::ClearFlags(range, flags),
        _ => MapChange::SetFlags(range, flags),
    }
}

/// Parts end where their blocks do.
fn clip_parts(new: &mut Scenario) {
    let mut sizes = std::collections::BTreeMap::new();
    for step in &mut new.steps {
        match step {
            Step::Alloc(request, slot) => {
                sizes.insert(*slot, request.size);
            }
            Step::FreePart(part) | Step::ReservePart(part) => {
                let size = sizes.get(&part.slot).copied().unwrap_or_default();
                part.offset = part.offset.min(size.saturating_sub(1));
                part.size = part.size.min(size - part.offset);
            }
            _ => {}
        }
    }
    new.steps
        .retain(|step| !matches!(step, Step::FreePart(part) | Step::ReservePart(part) if part.size == 0));
}
