//! Requests: those of the recorded boot on the new machine, and those at the edges.

use allocators::{AllocRequest, Goal, NodeChoice, PhysAddr};

use super::edges::{Edges, size};
use super::layout::Moves;
use crate::Scenario;
use crate::dice::Dice;

/// The same request on memory that was laid out anew.
pub(super) fn moved(request: &AllocRequest, moves: &Moves) -> AllocRequest {
    let goal = match request.goal {
        Goal::Prefer(PhysAddr(0)) => request.goal,
        Goal::Prefer(goal) => Goal::Prefer(moves.addr(goal)),
        Goal::AtLeast(min) => Goal::AtLeast(moves.addr(min)),
    };
    let size = moves.size(request.size);
    // A scaled block keeps its alignment where that still makes sense.
    let align = request.align.min(size.next_power_of_two().max(64));
    AllocRequest {
        size,
        align,
        goal,
        limit: request.limit.map(|limit| moves.limit(limit)),
        node: request.node,
    }
}

/// A request with something odd about it.
pub(super) fn odd(new: &Scenario, edges: &Edges, dice: &mut Dice) -> AllocRequest {
    let page = new.page.bytes();
    let size = size(page, dice);
    let align = match dice.below(6) {
        0 | 1 => 1,
        2 => 64,
        3 => page,
        4 => 1 << dice.below(24),
        _ => size.next_power_of_two().min(1 << 40),
    };
    let goal = match dice.below(6) {
        0..3 => Goal::Prefer(PhysAddr(0)),
        3 | 4 => Goal::Prefer(PhysAddr(edges.near(dice))),
        _ => Goal::AtLeast(PhysAddr(edges.near(dice))),
    };
    // A limit of 0 or 1 is none to a kernel, and written down as a difference.
    let limit = if dice.one_in(3) { Some(PhysAddr(edges.near(dice).max(2))) } else { None };
    let nids = edges.nids();
    let node = match dice.below(4) {
        0 if !nids.is_empty() => NodeChoice::Prefer(dice.pick(nids)),
        1 if !nids.is_empty() => NodeChoice::Exact(dice.pick(nids)),
        _ => NodeChoice::Any,
    };
    AllocRequest { size, align, goal, limit, node }
}
