//! A part of a recorded boot's calls.

use workloads::replay::Step;

use crate::Scenario;
use crate::dice::Dice;

/// The most calls that a boot takes over from the recorded one; most take fewer.
const MOST: u64 = 96;

/// A window of the calls, with some of the changes of the memory map that came before it.
pub(super) fn cut(scene: &Scenario, dice: &mut Dice) -> Scenario {
    let len = scene.steps.len() as u64;
    let count = [0, 8, 24, MOST][dice.index(4)].min(len);
    let first = dice.below(len - count + 1);
    let (first, last) = (usize::try_from(first).unwrap_or(0), usize::try_from(first + count).unwrap_or(0));
    let keep = dice.one_in(3);
    let changes = scene.steps[..first].iter().filter(|step| keep && matches!(step, Step::Change(_))).take(64);
    let steps = changes.chain(&scene.steps[first..last]).copied().collect();
    let mut new = Scenario { steps, ..without_steps(scene) };
    // Of many pieces and reservations a few do, but not always: lists that are long from the start have their own edges.
    if !dice.one_in(8) {
        let pieces = [1, 2, 4, 12][dice.index(4)];
        thin(&mut new.memory, pieces, dice);
        let reservations = [0, 2, 8][dice.index(3)];
        thin(&mut new.reserved, reservations, dice);
    }
    new
}

fn without_steps(scene: &Scenario) -> Scenario {
    Scenario {
        page: scene.page,
        max_order: scene.max_order,
        memory: scene.memory.clone(),
        memoryless: scene.memoryless.clone(),
        reserved: scene.reserved.clone(),
        steps: Vec::new(),
        born: String::new(),
    }
}

/// Leaves at most `most`, and at least what there is of one.
fn thin<T>(of: &mut Vec<T>, most: usize, dice: &mut Dice) {
    while of.len() > most {
        of.remove(dice.index(of.len()));
    }
}
