//! A machine that nobody has, and its boot, made from a recorded one.
//!
//! ```text
//! a recorded boot -> a window of its calls -> its memory laid out anew -> nodes and flags dealt anew
//!                 -> lists filled to the brim -> free memory left in awkward places -> calls at the edges, settings in between
//! ```

mod calls;
mod edges;
mod fullness;
mod layout;
mod nodes;
mod request;
mod settings;
mod starve;
mod window;

use crate::Scenario;
use crate::dice::Dice;
use crate::scenes::Scenes;

/// Boot `index` of a run with this seed: the recorded ones first, as they are, then those that are made from them.
pub(crate) fn make(scenes: &Scenes, seed: u64, index: u64) -> Scenario {
    if let Some(known) = usize::try_from(index).ok().filter(|&known| known < scenes.len()) {
        return scenes.get(known).clone();
    }
    let mut dice = Dice::new(seed, index);
    let scene = scenes.pick(&mut dice);
    let mut new = window::cut(scene, &mut dice);
    layout::lay_out(&mut new, &mut dice);
    nodes::deal(&mut new, &mut dice);
    // Whether lists are full before memory is scarce or after decides where they find room.
    if dice.one_in(2) {
        fullness::fill(&mut new, &mut dice);
        starve::starve(&mut new, &mut dice);
    } else {
        starve::starve(&mut new, &mut dice);
        fullness::fill(&mut new, &mut dice);
    }
    calls::add(&mut new, &mut dice);
    settings::sprinkle(&mut new, &mut dice);
    new.drop_orphans();
    new.born = format!("{}, as boot {index} of seed {seed}", scene.born);
    new
}
