//! The same boot under two kernels.

use std::collections::BTreeMap;

use super::model::{Cost, Function};

/// What a function cost in two boots. Instructions are exact: any difference is one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Its name, without what a compiler put behind it.
    pub function: String,
    /// How often it was called in each; `None` where it did not run.
    pub calls: [u64; 2],
    /// Instructions of its own in each.
    pub own: [u64; 2],
}

impl Difference {
    /// How many more instructions the second boot spent in it.
    #[must_use]
    pub fn more(&self) -> i128 {
        i128::from(self.own[1]) - i128::from(self.own[0])
    }
}

/// The functions that differ, those first that differ most.
///
/// Clones and parts that a compiler makes of a function are counted with it, as builds differ in which there are.
#[must_use]
pub fn differences(before: &Cost, after: &Cost) -> Vec<Difference> {
    let mut all: BTreeMap<String, Difference> = BTreeMap::new();
    for (side, cost) in [before, after].into_iter().enumerate() {
        for Function { name, calls, own, .. } in &cost.functions {
            let name = name.split('.').next().unwrap_or(name).to_owned();
            let sum =
                all.entry(name.clone()).or_insert(Difference { function: name, calls: [0; 2], own: [0; 2] });
            sum.calls[side] += calls;
            sum.own[side] += own.instructions;
        }
    }
    let mut different: Vec<Difference> =
        all.into_values().filter(|sum| sum.own[0] != sum.own[1] || sum.calls[0] != sum.calls[1]).collect();
    different.sort_by_key(|sum| (std::cmp::Reverse(sum.more().abs()), sum.function.clone()));
    different
}
