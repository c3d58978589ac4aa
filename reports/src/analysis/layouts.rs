//! Code that was measured in several layouts.

use serde::Serialize;

use super::{Boot, StrategyFacts};
use crate::units::list;

/// Strategies whose code was laid out anew for each launch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Layouts {
    /// In how many layouts each was measured, on the boot that has fewest.
    pub count: usize,
    /// Which strategies.
    pub strategies: Vec<String>,
}

impl Layouts {
    pub(super) fn of(boots: &[Boot], strategies: Vec<String>) -> Option<Self> {
        let subjects = boots.iter().flat_map(|boot| &boot.subjects);
        let own = subjects.filter(|subject| strategies.contains(&subject.strategy));
        let count = own.flat_map(|subject| &subject.times).map(|timed| timed.launches).min()?;
        Some(Self { count, strategies })
    }

    /// What that means for what is claimed.
    pub(super) fn note(&self, all: &[StrategyFacts]) -> String {
        let others: Vec<String> =
            all.iter().map(|one| one.name.clone()).filter(|name| !self.strategies.contains(name)).collect();
        let others = match &others[..] {
            [] => String::new(),
            _ => format!("; {} had the one that it was built with", list(&others)),
        };
        format!(
            "each launch ran {} in another layout: functions and variables in an order and at distances that were drawn anew, so \
             that what layout does is in every interval, and a verdict holds over {} layouts{others}",
            list(&self.strategies),
            self.count
        )
    }
}
