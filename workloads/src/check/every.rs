//! One boot through every strategy of the registry.

use allocators::Strategy;
use allocators::registry::{StrategyVisitor, visit_all};

use super::{Checked, check};
use crate::replay::{Program, Reach, Stage, StageError};
use crate::trace::Trace;

/// Replays `trace` through every strategy of the registry and checks each answer and the release.
pub fn check_every(trace: &Trace, stage: &mut Stage) -> Vec<(&'static str, Result<Checked, StageError>)> {
    struct Every<'t> {
        trace: &'t Trace,
        stage: &'t mut Stage,
        checked: Vec<(&'static str, Result<Checked, StageError>)>,
    }

    impl StrategyVisitor for Every<'_> {
        fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
            let program = Program::compile(self.trace, Reach::of(strategy));
            self.checked.push((strategy.name(), check(strategy, &program, self.stage)));
        }
    }

    let mut every = Every { trace, stage, checked: Vec::new() };
    visit_all(&mut every);
    every.checked
}
