//! What is missing from results, and what makes them doubtful.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Header, Key, Results, RunId, Shard};

/// What is missing from results, and what makes them doubtful. Empty in whole ones.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Completeness {
    /// Bytes at the end of the file that are not a whole group: it was cut, or its writer was killed.
    pub cut_bytes: u64,
    /// Groups of cells that the plans have and the results do not.
    pub missing_groups: u64,
    /// Shards of the plans that no run measured.
    pub missing_shards: Vec<Shard>,
    /// Cells that gave no result.
    pub failed: Vec<Key>,
    /// Runs on a busy machine, with its load of the minute before: more tasks than processors that the measurement left free.
    pub busy: Vec<(RunId, f64)>,
    /// Boots whose trace is not what the kernel did for sure, and why.
    pub doubtful: Vec<(String, String)>,
}

impl Completeness {
    /// Whether nothing is missing and nothing doubtful.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::default()
    }
}

impl Results {
    /// What is missing, and what is doubtful.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        let mut plans: BTreeMap<&str, Vec<&Header>> = BTreeMap::new();
        for header in &self.headers {
            plans.entry(&header.plan.digest).or_default().push(header);
        }
        let failed = self.cells.iter().filter(|cell| cell.outcome.failure().is_some());
        let busy = |header: &Header| {
            let load = header.machine.load?.one_minute;
            // One processor is the measurement's own.
            (load > f64::from(header.machine.cpus.saturating_sub(1).max(1)))
                .then(|| (header.run.clone(), load))
        };
        let mut doubtful: Vec<(String, String)> = Vec::new();
        for boot in self.headers.iter().flat_map(|header| &header.plan.boots) {
            for doubt in boot.doubts.iter().map(|doubt| (boot.name.clone(), doubt.clone())) {
                if !doubtful.contains(&doubt) {
                    doubtful.push(doubt);
                }
            }
        }
        Completeness {
            cut_bytes: self.cut_bytes,
            missing_groups: plans.values().map(|headers| self.missing_groups(headers)).sum(),
            missing_shards: plans.values().flat_map(|headers| missing_shards(headers)).collect(),
            failed: failed.map(|cell| cell.key.clone()).collect(),
            busy: self.headers.iter().filter_map(busy).collect(),
            doubtful,
        }
    }

    /// The groups of a plan that none of its runs measured, those of missing shards included.
    fn missing_groups(&self, runs: &[&Header]) -> u64 {
        let all = runs.iter().map(|header| u64::from(header.plan.groups)).max().unwrap_or_default();
        let of_plan = self.cells.iter().filter(|cell| runs.iter().any(|header| header.run == cell.run));
        let measured: BTreeSet<u32> = of_plan.map(|cell| cell.group.number).collect();
        all.saturating_sub(measured.len() as u64)
    }
}

fn missing_shards(runs: &[&Header]) -> Vec<Shard> {
    // One run that took all of it makes it whole.
    let shards: Option<Vec<Shard>> = runs.iter().map(|header| header.plan.shard).collect();
    let shards = shards.unwrap_or_default();
    let of = shards.iter().map(|shard| shard.of).max().unwrap_or_default();
    // No plan is cut into more parts than it has groups; what a damaged file says may be.
    let missing = (1..=of.min(10_000)).map(|index| Shard { index, of });
    missing.filter(|shard| !shards.contains(shard)).collect()
}
