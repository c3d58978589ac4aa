//! A plan as results keep it: all that a run can be resumed from.

use serde::{Deserialize, Serialize};

use super::{BootFacts, Limits, Member, Pace, Plan};
use crate::count::Counting;
use crate::quantity::Quantity;
use crate::results::Shard;

/// What was to be measured, and how: a plan, where each trace stands by its source and its digest.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PlanFacts {
    /// Stands for everything of the plan that changes results, its shard left out.
    pub digest: String,
    /// The part of it that this run measures.
    pub shard: Option<Shard>,
    /// What the order of samples was drawn from.
    pub seed: u64,
    /// Who is compared.
    pub members: Vec<Member>,
    /// On which boots.
    pub boots: Vec<BootFacts>,
    /// In what.
    pub quantities: Vec<Quantity>,
    /// How thoroughly.
    pub pace: Pace,
    /// What a cell may take.
    pub limits: Limits,
    /// Where counts of instructions come from.
    pub counting: Counting,
    /// How many groups it has, those of other shards included; 0 in results of before this was kept.
    #[serde(default)]
    pub groups: u32,
}

impl PlanFacts {
    /// What its strategies are called.
    pub fn strategies(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.label.as_str())
    }

    /// What its boots are called.
    pub fn traces(&self) -> impl Iterator<Item = &str> {
        self.boots.iter().map(|boot| boot.name.as_str())
    }
}

impl Plan {
    /// What results say of it.
    #[must_use]
    pub fn facts(&self) -> PlanFacts {
        PlanFacts {
            digest: self.digest(),
            shard: self.shard,
            seed: self.seed,
            members: self.members.clone(),
            boots: self.boots.iter().map(|boot| boot.facts.clone()).collect(),
            quantities: self.quantities.clone(),
            pace: self.pace,
            limits: self.limits,
            counting: self.counting.clone(),
            groups: u32::try_from(self.all_groups().len()).unwrap_or(u32::MAX),
        }
    }
}
