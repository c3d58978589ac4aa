//! Strategies that try the instrument, not memory: known by name to worker processes, and in no list.

mod idle;
mod misbehaving;
mod repeated;

use allocators::Strategy;
use allocators::memblock::Memblock;
use allocators::registry::{self, StrategyVisitor};

pub use idle::Idle;
pub use misbehaving::Misbehaving;
pub use repeated::{BASE_TIMES, Repeated};

static MISBEHAVING: [Misbehaving; 5] = [
    Misbehaving::PANICS,
    Misbehaving::PANICS_LATE,
    Misbehaving::ABORTS,
    Misbehaving::HANGS,
    Misbehaving::HOARDS,
];
static REPEATED: [Repeated<Memblock>; 5] = [
    Repeated::new("200-times", 200, Memblock),
    Repeated::new("201-times", 201, Memblock),
    Repeated::new("202-times", 202, Memblock),
    Repeated::new("204-times", 204, Memblock),
    Repeated::new("210-times", 210, Memblock),
];

/// Visits the strategy of this name, a built-in one or a probe, or returns `false` if there is none.
pub fn visit_named(name: &str, visitor: &mut impl StrategyVisitor) -> bool {
    if registry::visit_named(name, visitor) {
        return true;
    }
    one_of(&[Idle], name, visitor) || one_of(&MISBEHAVING, name, visitor) || one_of(&REPEATED, name, visitor)
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
