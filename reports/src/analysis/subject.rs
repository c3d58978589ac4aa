//! One strategy on one boot.

use benches::exact::{Exact, Fragmentation};
use benches::figures::Figures;
use benches::quantity::Quantity;
use benches::results::Failure;
use benches::stats::{Nanos, level};
use serde::Serialize;
use workloads::trace::{Proof, Trace};

use super::latency::{self, Latency};
use super::noisy::{Noisy, Samples};
use super::pool::Pool;
use super::{AboveFloor, Comparison, Parts, Timed, TraceFacts};

/// One boot.
#[derive(Clone, Debug, Serialize)]
pub struct Boot {
    /// The trace's name.
    pub name: String,
    /// The name as a part of the names of files and anchors; no other boot of the analysis has it.
    pub slug: String,
    /// What its log proves, as the results say; `None` of made boots, and in results that do not say.
    pub proof: Option<Proof>,
    /// What is known of it beside the results.
    pub facts: Option<TraceFacts>,
    /// What each strategy made of it, in the order of the analysis's strategies.
    pub subjects: Vec<Subject>,
}

impl Boot {
    /// Whether no kernel ran it: it was grown, or made on a machine that is known by its memory map.
    #[must_use]
    pub fn is_made(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.captured == Trace::MADE)
    }
}

/// One strategy on one boot. What was not measured is absent.
#[derive(Clone, Debug, Serialize)]
pub struct Subject {
    /// The strategy.
    pub strategy: String,
    /// The noisy figures.
    pub times: Vec<Timed>,
    /// How many times the floor's cost its boot costs; `None` of the floor, and where that was not measured.
    pub above_floor: Option<AboveFloor>,
    /// The exact figures, counted ones among them.
    pub figures: Figures,
    /// How long single allocations take: their distribution.
    pub latency: Option<Latency>,
    /// What is exact beside figures.
    pub exact: Option<Exact>,
    /// What was tried and gave no result.
    pub failures: Vec<Failed>,
}

/// A cell without a result.
#[derive(Clone, Debug, Serialize)]
pub struct Failed {
    /// What was to be measured.
    pub quantity: String,
    /// Why it was not.
    pub why: String,
}

impl Failed {
    /// What failed, in a sentence.
    #[must_use]
    pub fn sentence(&self, strategy: &str, boot: &str) -> String {
        format!("{} of {strategy} on {boot}: {}", self.quantity, self.why)
    }
}

/// The name of a boot, marked if its log leaves answers unexplained or holds no boot at all.
pub(crate) fn marked(name: &str, proof: Option<Proof>) -> String {
    let mark = if proof.and_then(Proof::objection).is_some() { " (!)" } else { "" };
    format!("{name}{mark}")
}

impl Boot {
    /// What speaks against taking it for what the kernel did, in words that follow its name; `None` if nothing does.
    #[must_use]
    pub fn objection(&self) -> Option<String> {
        self.proof.and_then(Proof::objection)
    }

    /// Its name, marked if its log leaves answers unexplained or holds no boot at all.
    #[must_use]
    pub fn shown(&self) -> String {
        marked(&self.name, self.proof)
    }

    /// The order of a pageblock there: what anti-fragmentation works in; 9 where it is not known.
    #[must_use]
    pub fn pageblock_order(&self) -> usize {
        self.facts.as_ref().map_or(9, |facts| usize::from(facts.pageblock_order))
    }

    /// The machine's memory in bytes, or what of it may be used, if that is all that is known.
    #[must_use]
    pub fn memory_bytes(&self) -> Option<u64> {
        let usable = || self.subjects.iter().find_map(|subject| subject.figures.get("usable"));
        self.facts.as_ref().map(|facts| facts.memory_bytes).or_else(usable)
    }

    /// What a strategy made of it.
    #[must_use]
    pub fn subject(&self, strategy: &str) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.strategy == strategy)
    }
}

impl Subject {
    /// A noisy figure.
    #[must_use]
    pub fn time(&self, figure: &str) -> Option<&Timed> {
        self.times.iter().find(|timed| timed.figure == figure)
    }

    pub(super) fn is_exact(&self) -> bool {
        self.exact.is_some()
    }

    pub(super) fn forget(&mut self, figure: &str) {
        self.times.retain(|timed| timed.figure != figure);
    }

    pub(super) fn comparisons(&mut self) -> impl Iterator<Item = &mut Comparison> {
        self.times.iter_mut().filter_map(|timed| timed.comparison.as_mut())
    }
}

pub(super) fn of(pool: &Pool<'_>, noisy: &[Noisy], trace: &str, strategy: &str, baseline: &str) -> Subject {
    let failed = |(quantity, why): (Quantity, &Failure)| Failed {
        quantity: quantity.to_string(),
        why: why.to_string(),
    };
    Subject {
        strategy: strategy.into(),
        times: noisy.iter().filter_map(|noisy| timed(pool, noisy, trace, strategy, baseline)).collect(),
        above_floor: None,
        figures: pool.figures(trace, strategy),
        latency: Latency::of(pool, trace, strategy),
        exact: pool.exact(trace, strategy).cloned(),
        failures: pool.failures(trace, strategy).map(failed).collect(),
    }
}

/// A noisy figure of a strategy; `None` if it was not measured.
fn timed(pool: &Pool<'_>, noisy: &Noisy, trace: &str, strategy: &str, baseline: &str) -> Option<Timed> {
    let (work, launches) = samples(pool, noisy.samples, trace, strategy);
    let own = level_ns(&launches)?;
    let comparison = (strategy != baseline)
        .then(|| {
            pool.sampled(trace, noisy.samples, strategy, baseline).and_then(|one| one.ratio(&noisy.noise))
        })
        .map(Comparison::new);
    let of_baseline = || level_ns(&samples(pool, noisy.samples, trace, baseline).1);
    let ratio = comparison.as_ref().and_then(|comparison| comparison.ratio);
    let ns = ratio.and_then(|ratio| Some(ratio * of_baseline()?)).unwrap_or(own);
    Some(Timed {
        figure: noisy.id.clone(),
        work,
        ns,
        parts: (noisy.samples == Samples::BootCost).then(|| parts(pool, trace, strategy, ns)).flatten(),
        launches: launches.len(),
        samples: launches.iter().map(Vec::len).sum(),
        below_clock: ns < 10.0 * pool.clock_step_ns(trace),
        comparison,
    })
}

/// The work of a figure, and the samples of each launch.
fn samples(pool: &Pool<'_>, samples: Samples, trace: &str, strategy: &str) -> (u64, Vec<Vec<Nanos>>) {
    if let Samples::Percentile(thousandths) = samples {
        let (calls, launches) = latency::launches(pool, trace, f64::from(thousandths) / 1000.0, strategy);
        return (calls, launches.into_iter().map(|ns| Nanos::new(ns).into_iter().collect()).collect());
    }
    let work = pool.times(trace, samples, strategy).first().map_or(0, |times| times.work);
    (work, pool.launches(trace, samples, strategy))
}

/// A cost of `ns` cut in the proportion of the medians of its parts.
fn parts(pool: &Pool<'_>, trace: &str, strategy: &str, ns: f64) -> Option<Parts> {
    let (mut calls, mut hand_over) = (Vec::new(), Vec::new());
    for cost in pool.boot_costs(trace, strategy) {
        calls.extend(cost.calls.launches.iter().map(|launch| launch.ns.clone()));
        hand_over.extend(cost.hand_over.as_ref()?.launches.iter().map(|launch| launch.ns.clone()));
    }
    let (calls, hand_over) = (level_ns(&calls)?, level_ns(&hand_over)?);
    let calls_ns = ns * calls / (calls + hand_over);
    Some(Parts { calls_ns, hand_over_ns: ns - calls_ns })
}

/// The time that stands for launches.
fn level_ns(launches: &[Vec<Nanos>]) -> Option<f64> {
    level(launches).map(Nanos::get)
}

/// Free pages that lie in blocks below an order: useless to whoever asks for one of that order.
#[must_use]
pub fn pages_below(left: &Fragmentation, order: usize) -> u64 {
    (0_u32..).zip(&left.free_blocks).take(order).map(|(order, blocks)| blocks << order).sum()
}
