//! What is to be measured: cells of strategy × trace × quantity, in groups that are measured side by side.

mod boot;
mod facts;
mod group;
mod library;
mod order;
mod pace;
mod strategy;

pub use boot::{Boot, BootFacts, BootSource};
pub use facts::PlanFacts;
pub use group::PlannedGroup;
pub use library::{LibraryError, LibraryRef, Machines, Source, TreeRef, Variant, target_of};
pub use order::turns;
pub use pace::{Limits, Pace};
pub use strategy::{Member, StrategyRef, Unresolved};

use serde::Serialize;
use workloads::trace::{Machine, Trace};

use crate::count::Counting;
use crate::digest::Digest;
use crate::quantity::{Quantity, Sink};
use crate::results::Shard;

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who is compared.
    pub members: Vec<Member>,
    /// On which boots.
    pub boots: Vec<Boot>,
    /// In what; those that a boot has no use for are left out there.
    pub quantities: Vec<Quantity>,
    /// How thoroughly.
    pub pace: Pace,
    /// What a cell may take.
    pub limits: Limits,
    /// What orders are drawn from.
    pub seed: u64,
    /// The part of the groups that is measured, or all of them.
    pub shard: Option<Shard>,
    /// Where counts of instructions come from, should they be among the quantities.
    pub counting: Counting,
}

impl Plan {
    /// Everything that is measured by default on a machine with so many processors, but for instructions, which only
    /// valgrind can count.
    #[must_use]
    pub fn default_quantities(cpus: u32) -> Vec<Quantity> {
        let threads = 1..=u16::try_from(cpus).unwrap_or(u16::MAX).min(Self::MOST_THREADS);
        let release = threads
            .flat_map(|threads| [Sink::Counting, Sink::Buddy].map(|sink| Quantity::Release(sink, threads)));
        let first = [Quantity::Exact, Quantity::BootCost, Quantity::Build, Quantity::Latency];
        first.into_iter().chain(release).collect()
    }

    /// What is measured where it is to be quick: releases by themselves are left out, since a boot's cost has the hand-over.
    #[must_use]
    pub fn quick_quantities() -> Vec<Quantity> {
        vec![Quantity::Exact, Quantity::BootCost, Quantity::Build, Quantity::Latency]
    }

    /// More threads than this are not tried by default: no boot here has more nodes.
    const MOST_THREADS: u16 = 8;

    /// Whether this quantity means anything on this boot: threads beyond its nodes have nothing to do.
    fn applies(quantity: Quantity, boot: &Boot) -> bool {
        match quantity {
            Quantity::Release(_, threads) if threads > 1 => usize::from(threads) <= nodes(&boot.trace),
            _ => true,
        }
    }

    /// The groups of the plan, in the order in which they are measured, those of other shards included.
    #[must_use]
    pub fn all_groups(&self) -> Vec<PlannedGroup<'_>> {
        let of_boot = |boot| self.quantities.iter().map(move |&quantity| (boot, quantity));
        let wanted =
            self.boots.iter().flat_map(of_boot).filter(|&(boot, quantity)| Self::applies(quantity, boot));
        (0..).zip(wanted).map(|(number, (boot, quantity))| PlannedGroup { number, boot, quantity }).collect()
    }

    /// The groups of this plan's shard.
    #[must_use]
    pub fn groups(&self) -> Vec<PlannedGroup<'_>> {
        let mine = |group: &PlannedGroup<'_>| match self.shard {
            Some(shard) => group.number % shard.of.max(1) == shard.index.saturating_sub(1),
            None => true,
        };
        self.all_groups().into_iter().filter(mine).collect()
    }

    /// Stands for all that changes results, but not for the shard.
    fn digest(&self) -> String {
        let mut digest =
            Digest::default().with(&json(&self.pace)).with(&json(&self.limits)).with(&json(&self.seed));
        for quantity in &self.quantities {
            digest = digest.with(&quantity.to_string());
        }
        digest = digest.with("members");
        for member in &self.members {
            digest = digest.with(&member.label).with(&json(&member.strategy));
        }
        digest = digest.with("boots");
        for boot in &self.boots {
            digest = digest.with(boot.name()).with(&boot.text);
        }
        if let Counting::Given(counts) = &self.counting {
            digest = digest.with("counts");
            for count in counts {
                digest = digest.with(&count.job.to_string()).with(&count.instructions.to_string());
            }
        }
        digest.text()
    }
}

/// The nodes that own memory in the end.
fn nodes(trace: &Trace) -> usize {
    let machine = Machine::of(trace);
    let mut nids: Vec<_> = machine.nodes.iter().filter_map(|piece| piece.nid).collect();
    nids.sort_unstable();
    nids.dedup();
    nids.len()
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
