//! Strategies that try the instrument, not memory: known by name to worker processes, and in no list.

mod ensemble;
mod idle;
mod misbehaving;

use allocators::Strategy;
use allocators::memblock::Memblock;
use allocators::registry::{self, StrategyVisitor};
use allocators::wordscan::Wordscan;

pub use ensemble::{BASE_COPIES, Ensemble};
pub use idle::Idle;
pub use misbehaving::Misbehaving;

static MISBEHAVING: [Misbehaving; 5] = [
    Misbehaving::PANICS,
    Misbehaving::PANICS_LATE,
    Misbehaving::ABORTS,
    Misbehaving::HANGS,
    Misbehaving::HOARDS,
];
static MEMBLOCKS: [Ensemble<Memblock>; 5] = [
    Ensemble::new("200-memblocks", 200, Memblock),
    Ensemble::new("201-memblocks", 201, Memblock),
    Ensemble::new("202-memblocks", 202, Memblock),
    Ensemble::new("204-memblocks", 204, Memblock),
    Ensemble::new("210-memblocks", 210, Memblock),
];
static WORDSCANS: [Ensemble<Wordscan>; 5] = [
    Ensemble::new("200-wordscans", 200, Wordscan),
    Ensemble::new("201-wordscans", 201, Wordscan),
    Ensemble::new("202-wordscans", 202, Wordscan),
    Ensemble::new("204-wordscans", 204, Wordscan),
    Ensemble::new("210-wordscans", 210, Wordscan),
];

/// Visits the strategy of this name, a built-in one or a probe, or returns `false` if there is none.
pub fn visit_named(name: &str, visitor: &mut impl StrategyVisitor) -> bool {
    if registry::visit_named(name, visitor) {
        return true;
    }
    one_of(&[Idle], name, visitor)
        || one_of(&MISBEHAVING, name, visitor)
        || one_of(&MEMBLOCKS, name, visitor)
        || one_of(&WORDSCANS, name, visitor)
}

fn one_of<S: Strategy + 'static>(list: &'static [S], name: &str, visitor: &mut impl StrategyVisitor) -> bool {
    let found = list.iter().find(|strategy| strategy.name() == name);
    found.map(|strategy| visitor.visit(strategy)).is_some()
}

/// Whether there is a strategy of this name, a built-in one or a probe.
#[must_use]
pub fn is_known(name: &str) -> bool {
    struct Nothing;
    impl StrategyVisitor for Nothing {
        fn visit<S: Strategy + 'static>(&mut self, _: &'static S) {}
    }
    visit_named(name, &mut Nothing)
}
