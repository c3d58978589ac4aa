//! Settings that change in between: direction, current limit, whether lists may grow, hot-pluggable memory, marks.

use allocators::{PhysAddr, Setting};
use workloads::replay::Step;

use super::edges::Edges;
use crate::Scenario;
use crate::dice::Dice;

pub(super) fn sprinkle(new: &mut Scenario, dice: &mut Dice) {
    let edges = Edges::of(new);
    let put = |new: &mut Scenario, dice: &mut Dice, setting| {
        let at = dice.index(new.steps.len() + 1);
        new.steps.insert(at, Step::Set(setting));
    };
    if dice.one_in(3) {
        put(new, dice, Setting::BottomUp(true));
        if dice.one_in(3) {
            put(new, dice, Setting::BottomUp(false));
        }
    }
    if dice.one_in(4) {
        let limit = edges.near(dice).max(2);
        put(new, dice, Setting::CurrentLimit(Some(PhysAddr(limit))));
        put(new, dice, Setting::CurrentLimit(None));
    }
    if dice.one_in(8) {
        // As an architecture does: not at first, and allowed once what must stay is reserved.
        new.steps.insert(0, Step::Set(Setting::AllowResize(false)));
        put(new, dice, Setting::AllowResize(true));
    }
    if dice.one_in(6) {
        put(new, dice, Setting::MovableNode(true));
    }
}
