//! Nodes and flags dealt anew: interleaved, not contiguous, without memory, not known yet; hot-pluggable, mirrored.

use allocators::{MemFlags, Nid};

use crate::Scenario;
use crate::dice::Dice;

/// Node numbers: neither dense nor ascending with addresses.
const NIDS: [u32; 5] = [0, 1, 5, 2, 63];

pub(super) fn deal(new: &mut Scenario, dice: &mut Dice) {
    let known: Vec<Nid> = NIDS.into_iter().filter_map(Nid::new).collect();
    let way = dice.below(4);
    let count = dice.within(1, known.len() as u64 + 1);
    for (index, piece) in (0..).zip(&mut new.memory) {
        match way {
            0 => piece.nid = Some(known[0]),
            1 => piece.nid = Some(known[usize::try_from(index % count).unwrap_or(0)]),
            2 => piece.nid = Some(dice.pick(&known)),
            // As recorded, most often not known yet.
            _ => {}
        }
    }
    if dice.one_in(4) {
        let own = new.nids();
        new.memoryless = known.into_iter().filter(|nid| !own.contains(nid)).take(2).collect();
    }
    let flags = dice.pick(&[0, 0, 0, 1, 2, 4, 3]);
    for piece in &mut new.memory {
        if flags != 0 && dice.one_in(2) {
            piece.flags = MemFlags(flags);
        }
    }
}
