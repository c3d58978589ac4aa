//! The cells of results by what they are of, runs that may be pooled taken together.

use std::borrow::Cow;
use std::collections::BTreeSet;

use benches::exact::Exact;
use benches::figures::Figures;
use benches::plan::{Member, StrategyRef};
use benches::quantity::{BootCost, Latency, Quantity};
use benches::results::{Cell, Failure, Header, Key, Outcome, Results, Times};
use benches::stats::{LaunchRatio, Nanos, Pair, Sampled, TooFew};

use super::noisy::Samples;

/// Results, looked up by trace, quantity and strategy.
///
/// Launches of several runs count as launches of one where machine, toolchain and revision are the same; of others, the
/// run that measured a quantity of a trace first is taken and the rest are left out, with a note.
pub(super) struct Pool<'r> {
    results: &'r Results,
    /// Whether strategies are compared that were not measured side by side.
    apart: bool,
    /// The cells that count.
    cells: Vec<&'r Cell>,
    left_out: BTreeSet<String>,
}

impl<'r> Pool<'r> {
    pub(super) fn of(results: &'r Results, apart: bool) -> Self {
        let mut pool = Self { results, apart, cells: Vec::new(), left_out: BTreeSet::new() };
        // What is compared side by side has to come from one setup, what is compared apart only for itself.
        let same = |one: &Key, other: &Key| {
            let question = one.trace == other.trace && one.quantity == other.quantity;
            question && (!apart || one.strategy == other.strategy)
        };
        for cell in &results.cells {
            let first = pool.cells.iter().find(|known| same(&known.key, &cell.key));
            if first.is_none_or(|first| pool.poolable(first, cell)) {
                pool.cells.push(cell);
            } else {
                pool.left_out.insert(cell.run.to_string());
            }
        }
        pool
    }

    fn poolable(&self, one: &Cell, other: &Cell) -> bool {
        one.run == other.run
            || match (self.results.header(&one.run), self.results.header(&other.run)) {
                (Some(one), Some(other)) => setup(one) == setup(other),
                _ => false,
            }
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let note = |run: &String| {
            format!(
                "run {run} measured again what an earlier run had on another machine, toolchain or revision; that part is left out"
            )
        };
        self.left_out.iter().map(note).collect()
    }

    pub(super) fn strategies(&self) -> Vec<String> {
        distinct(self.cells.iter().map(|cell| &cell.key.strategy))
    }

    pub(super) fn traces(&self) -> Vec<String> {
        distinct(self.cells.iter().map(|cell| &cell.key.trace))
    }

    /// The quantities of all traces, in their own order.
    pub(super) fn all_quantities(&self) -> BTreeSet<Quantity> {
        self.cells.iter().map(|cell| cell.key.quantity).collect()
    }

    fn cells_of(&self, trace: &str, quantity: Quantity, strategy: &str) -> impl Iterator<Item = &'r Cell> {
        let wanted = move |cell: &&Cell| {
            cell.key.trace == trace && cell.key.quantity == quantity && cell.key.strategy == strategy
        };
        self.cells.iter().copied().filter(wanted)
    }

    /// The samples of a noisy figure, one [`Times`] a run.
    pub(super) fn times(&self, trace: &str, samples: Samples, strategy: &str) -> Vec<Cow<'r, Times>> {
        let Some(quantity) = samples.quantity() else { return Vec::new() };
        self.cells_of(trace, quantity, strategy).filter_map(|cell| times(cell, samples)).collect()
    }

    /// What a boot costs, one a run.
    pub(super) fn boot_costs(&self, trace: &str, strategy: &str) -> impl Iterator<Item = &'r BootCost> {
        self.cells_of(trace, Quantity::BootCost, strategy).filter_map(|cell| match &cell.outcome {
            Outcome::BootCost(cost) => Some(cost),
            _ => None,
        })
    }

    /// What launches say of `strategy` beside `baseline`: those of every run that measured them side by side, or of all runs
    /// if they are compared apart.
    pub(super) fn sampled(
        &self,
        trace: &str,
        samples: Samples,
        strategy: &str,
        baseline: &str,
    ) -> Result<Sampled, TooFew> {
        if let Samples::Percentile(thousandths) = samples {
            return super::latency::sampled(self, trace, f64::from(thousandths) / 1000.0, strategy, baseline);
        }
        if self.apart {
            let launches = |strategy| self.launches(trace, samples, strategy);
            return Sampled::apart(&launches(baseline), &launches(strategy));
        }
        Sampled::of(&self.pairs(trace, samples, strategy, baseline))
    }

    /// The pairs of each launch, of all runs that measured both side by side.
    fn pairs(&self, trace: &str, samples: Samples, strategy: &str, baseline: &str) -> Vec<Vec<Pair>> {
        let of = |cell: &Cell| {
            let other = times(self.beside(cell, baseline)?, samples)?;
            Some(times(cell, samples)?.pairs_with(&other))
        };
        let cells =
            samples.quantity().into_iter().flat_map(|quantity| self.cells_of(trace, quantity, strategy));
        cells.filter_map(of).flatten().collect()
    }

    /// The logarithm of each launch's ratio; `None` for a launch that does not say it.
    pub(super) fn rounds(
        &self,
        trace: &str,
        samples: Samples,
        strategy: &str,
        baseline: &str,
    ) -> Vec<Option<f64>> {
        if let Samples::Percentile(thousandths) = samples {
            let pairs =
                super::latency::pairs(self, trace, f64::from(thousandths) / 1000.0, strategy, baseline);
            return pairs.into_iter().map(|pair| Some(pair.log_ratio())).collect();
        }
        let pairs = self.pairs(trace, samples, strategy, baseline);
        pairs.iter().map(|pairs| LaunchRatio::of(pairs).ok().map(LaunchRatio::log)).collect()
    }

    /// Which strategies are there in several layouts of their code, of all runs that have them.
    pub(super) fn laid_out(&self) -> Vec<String> {
        let members = || self.results.headers.iter().flat_map(|header| &header.plan.members);
        let is_laid_out = |member: &&Member| match &member.strategy {
            StrategyRef::Library(library) => library.layouts() > 1,
            StrategyRef::BuiltIn(_) | StrategyRef::BehindAbi(_) => false,
        };
        let whole =
            |name: &String| members().filter(|member| member.label == *name).all(|one| is_laid_out(&one));
        self.strategies().into_iter().filter(whole).collect()
    }

    /// The samples of each launch, of all runs.
    pub(super) fn launches(&self, trace: &str, samples: Samples, strategy: &str) -> Vec<Vec<Nanos>> {
        let times = self.times(trace, samples, strategy);
        times.iter().flat_map(|times| &times.launches).map(|launch| launch.ns.clone()).collect()
    }

    /// The smallest step of the clock that measured this trace, in nanoseconds.
    pub(super) fn clock_step_ns(&self, trace: &str) -> f64 {
        let cells = self.cells.iter().filter(|cell| cell.key.trace == trace);
        let steps = cells.filter_map(|cell| Some(self.results.header(&cell.run)?.clock.granularity_ns));
        steps.fold(0.0, f64::max)
    }

    pub(super) const fn is_apart(&self) -> bool {
        self.apart
    }

    /// The cell of `strategy` that was measured side by side with `cell`.
    pub(super) fn beside(&self, cell: &Cell, strategy: &str) -> Option<&'r Cell> {
        self.cells_of(&cell.key.trace, cell.key.quantity, strategy)
            .find(|other| other.run == cell.run && other.group == cell.group)
    }

    /// The cells of latencies, each with what they hold.
    pub(super) fn latencies(
        &self,
        trace: &str,
        strategy: &str,
    ) -> impl Iterator<Item = (&'r Cell, &'r Latency)> {
        self.cells_of(trace, Quantity::Latency, strategy).filter_map(|cell| Some((cell, latency(cell)?)))
    }

    pub(super) fn exact(&self, trace: &str, strategy: &str) -> Option<&'r Exact> {
        self.cells_of(trace, Quantity::Exact, strategy).find_map(|cell| match &cell.outcome {
            Outcome::Exact(exact) => Some(&**exact),
            _ => None,
        })
    }

    /// The exact figures, counted ones among them.
    pub(super) fn figures(&self, trace: &str, strategy: &str) -> Figures {
        let mut all = Figures::default();
        for quantity in [Quantity::Exact, Quantity::Instructions] {
            let found = self.cells_of(trace, quantity, strategy).find_map(|cell| cell.outcome.figures());
            if let Some(figures) = found {
                all.extend(figures);
            }
        }
        all
    }

    pub(super) fn failures(
        &self,
        trace: &str,
        strategy: &str,
    ) -> impl Iterator<Item = (Quantity, &'r Failure)> {
        let here = move |cell: &&&Cell| cell.key.trace == trace && cell.key.strategy == strategy;
        let failure = |cell: &&'r Cell| Some((cell.key.quantity, cell.outcome.failure()?));
        self.cells.iter().filter(here).filter_map(failure)
    }
}

pub(super) fn latency(cell: &Cell) -> Option<&Latency> {
    match &cell.outcome {
        Outcome::Latency(latency) => Some(latency),
        _ => None,
    }
}

/// What has to be the same for launches of two runs to be of one kind.
fn setup(header: &Header) -> impl PartialEq + '_ {
    let machine = &header.machine;
    let revision = header.commit.as_ref().map(|commit| &commit.id);
    let built = &header.toolchain;
    (
        &machine.cpu,
        machine.cpus,
        &built.rustc,
        &built.flags,
        &built.opt_level,
        built.debug_assertions,
        revision,
    )
}

fn distinct<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        if !distinct.contains(name) {
            distinct.push(name.clone());
        }
    }
    distinct
}

/// The samples of a cell.
fn times(cell: &Cell, samples: Samples) -> Option<Cow<'_, Times>> {
    match (&cell.outcome, samples) {
        (Outcome::BootCost(cost), Samples::BootCost) => cost.total().map(Cow::Owned),
        (Outcome::BootCost(cost), Samples::BootCalls) => Some(Cow::Borrowed(&cost.calls)),
        (outcome, Samples::Of(_)) => outcome.times(),
        _ => None,
    }
}

impl Samples {
    /// Whose cells they are in; `None` for what is not samples but percentiles.
    const fn quantity(self) -> Option<Quantity> {
        match self {
            Self::BootCost | Self::BootCalls => Some(Quantity::BootCost),
            Self::Of(quantity) => Some(quantity),
            Self::Percentile(_) => None,
        }
    }
}
