//! Strategies that try the instrument, not memory: known by name to worker processes, and in no list.

mod floor;
mod idle;
mod misbehaving;
mod repeated;

use allocators::Strategy;
use allocators::memblock::Memblock;
use allocators::registry::{self, StrategyVisitor};
use workloads::replay::StageError;
use workloads::trace::Trace;

pub use floor::Floor;
pub use idle::Idle;
pub use misbehaving::Misbehaving;
pub use repeated::{BASE_TIMES, Repeated};

/// The name of the strategy that does nothing.
pub const IDLE: &str = "idle";

static MISBEHAVING: [Misbehaving; 5] = [
    Misbehaving::PANICS,
    Misbehaving::PANICS_LATE,
    Misbehaving::ABORTS,
    Misbehaving::HANGS,
    Misbehaving::HOARDS,
];
static REPEATED: [Repeated<Memblock>; 4] = [
    Repeated::new("200-times", 200, Memblock),
    Repeated::new("206-times", 206, Memblock),
    Repeated::new("300-times", 300, Memblock),
    Repeated::new("420-times", 420, Memblock),
];

/// Visits the strategy of this name, a built-in one or a probe, or returns `false` if there is none.
pub fn visit_named(name: &str, visitor: &mut impl StrategyVisitor) -> bool {
    if registry::visit_named(name, visitor) {
        return true;
    }
    one_of(&[Idle], name, visitor) || one_of(&MISBEHAVING, name, visitor) || one_of(&REPEATED, name, visitor)
}

/// The same for one boot, of which the [floor](Floor) is known too: it is made here, once, and for as long as the process
/// lives.
///
/// # Errors
/// [`StageError`] when the answers of the floor cannot be found.
pub fn visit_for(name: &str, boot: &Trace, visitor: &mut impl StrategyVisitor) -> Result<bool, StageError> {
    if name != Floor::NAME {
        return Ok(visit_named(name, visitor));
    }
    visitor.visit(Box::leak(Box::new(Floor::of(boot)?)));
    Ok(true)
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
    name == Floor::NAME || visit_named(name, &mut Nothing)
}
