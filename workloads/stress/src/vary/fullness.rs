//! Lists filled until the next call, or the one after it, must double them.
//!
//! ```text
//! reserved   x.x.x.x.x. ..  .x        a comb of as many teeth as the list has slots, but for a few
//! ```

use allocators::{AddrRange, MapChange, MemFlags, MemoryRange, Nid, PhysAddr};
use workloads::replay::Step;

use crate::Scenario;
use crate::dice::Dice;

/// How many regions a list of the kernel holds at the start.
const SLOTS: u64 = 128;

pub(super) fn fill(new: &mut Scenario, dice: &mut Dice) {
    match dice.below(8) {
        0..4 => reservations(new, dice),
        4 => memory(new, dice),
        5 => {
            memory(new, dice);
            reservations(new, dice);
        }
        _ => {}
    }
}

/// A number of regions about where the list is full, most often for the first time.
fn about(dice: &mut Dice) -> u64 {
    let slots = if dice.one_in(8) { 2 * SLOTS } else { SLOTS };
    (slots + dice.below(4)).saturating_sub(dice.pick(&[0, 2, 4, 8, 20, 60]))
}

fn comb(start: u64, tooth: u64, apart: u64, count: u64) -> impl Iterator<Item = AddrRange> {
    (0..count).map(move |index| {
        let at = start + index * apart;
        AddrRange::clamped(PhysAddr(at), PhysAddr(at + tooth))
    })
}

fn reservations(new: &mut Scenario, dice: &mut Dice) {
    let page = new.page.bytes();
    let known = new.reserved.len() as u64;
    let count = about(dice).saturating_sub(known);
    // Beside all memory, where it takes nothing; or in a piece, as finely as fits.
    let (start, apart) = match (dice.below(3), new.memory.is_empty()) {
        (0 | 1, false) => {
            let piece = new.memory[dice.index(new.memory.len())].range;
            (piece.start().0, (piece.size() / (count + 1)).next_power_of_two().min(2 * page).max(128) / 2)
        }
        _ => (new.end() + page, 2 * page),
    };
    let tooth = dice.pick(&[apart / 2, 64.min(apart / 2), 1]).max(1);
    new.steps.extend(comb(start, tooth, apart, count).map(Step::Reserve));
}

fn memory(new: &mut Scenario, dice: &mut Dice) {
    let page = new.page.bytes();
    let count = about(dice).saturating_sub(new.memory.len() as u64);
    let start = new.end() + dice.pick(&[0, page, 64 * page]);
    let touching = dice.one_in(2);
    let nids = [0, 1].map(Nid::new);
    let pieces = comb(start, page, if touching { page } else { 2 * page }, count);
    let changes = pieces.zip(0usize..).map(|(range, index)| {
        // Pieces that touch are kept apart by their nodes.
        let nid = if touching { nids[index % 2] } else { nids[0] };
        MapChange::Add(MemoryRange { range, nid, flags: MemFlags::NONE })
    });
    new.steps.extend(changes.map(Step::Change));
}
