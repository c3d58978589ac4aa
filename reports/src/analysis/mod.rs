//! From results to plain data: what every renderer takes, and nothing else.
//!
//! Noisy and exact figures stay apart: a [`Timing`] has an interval and a verdict, an [`Exact`] is a number.

mod answer;
mod facts;
mod latency;
mod pool;
mod sides;
mod timing;
mod total;

use benches::exact::{Exact, Fragmentation};
use benches::figures::Figures;
use benches::quantity::{Quantity, Sink};
use benches::results::{Failure, Header, Results};
use benches::stats::{Confidence, Judged, judge};
use serde::Serialize;

pub use answer::answer;
pub use facts::{StrategyFacts, TraceFacts};
pub use latency::{Class, Latency, Slow};
pub use timing::{Comparison, Middle, Range, Timing, Verdict};
pub use total::Total;

use pool::Pool;

/// All that a report says, as data.
#[derive(Clone, Debug, Serialize)]
pub struct Analysis {
    /// The strategy that the others are compared with.
    pub baseline: String,
    /// The strategies, in the order of the results.
    pub strategies: Vec<StrategyFacts>,
    /// The boots, in the order of the results.
    pub boots: Vec<Boot>,
    /// Each strategy over all boots, in the order of [`strategies`](Self::strategies).
    pub totals: Vec<Total>,
    /// The runs that the figures come from.
    pub runs: Vec<Header>,
    /// How many comparisons the verdicts are corrected for.
    pub comparisons: usize,
    /// What a reader should know: results left out, and why.
    pub notes: Vec<String>,
}

/// One boot.
#[derive(Clone, Debug, Serialize)]
pub struct Boot {
    /// The trace's name.
    pub name: String,
    /// What is known of it beside the results.
    pub facts: Option<TraceFacts>,
    /// What each strategy made of it, in the order of [`Analysis::strategies`].
    pub subjects: Vec<Subject>,
}

/// One strategy on one boot. What was not measured is `None`.
#[derive(Clone, Debug, Serialize)]
pub struct Subject {
    /// The strategy.
    pub strategy: String,
    /// The time of all calls of the boot.
    pub boot: Option<Timing>,
    /// How long single allocations take.
    pub latency: Option<Latency>,
    /// The time in which free memory is released, by sink and number of threads.
    pub releases: Vec<Release>,
    /// What is exact beside figures.
    pub exact: Option<Exact>,
    /// The exact figures, counted ones among them.
    pub figures: Figures,
    /// Instructions executed by all calls of the boot.
    pub instructions: Option<u64>,
    /// What was tried and gave no result.
    pub failures: Vec<Failed>,
}

/// A release into some sink on some threads; [`Timing::work`] counts pages.
#[derive(Clone, Debug, Serialize)]
pub struct Release {
    /// Into what.
    #[serde(skip)]
    pub sink: Sink,
    /// The quantity's name.
    pub quantity: String,
    /// On how many threads.
    pub threads: u16,
    /// How long it took.
    pub timing: Timing,
}

/// A cell without a result.
#[derive(Clone, Debug, Serialize)]
pub struct Failed {
    /// What was to be measured.
    pub quantity: String,
    /// Why it was not.
    pub why: String,
}

/// What an analysis is asked for beside the results.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    /// The strategy to compare with; else `memblock`, which kernels run today, else the first.
    pub baseline: Option<String>,
    /// What is known of strategies.
    pub strategies: Vec<StrategyFacts>,
    /// What is known of traces.
    pub traces: Vec<TraceFacts>,
    /// Whether strategies are compared that were measured at different times: files of results. Such ratios have wide
    /// intervals, and what the machine did in between is in them.
    pub apart: bool,
}

/// The confidence of every interval and verdict.
pub const CONFIDENCE: Confidence = Confidence::P95;

/// Turns results into what a report says.
#[must_use]
pub fn analyse(results: &Results, questions: &Questions) -> Analysis {
    let pool = Pool::of(results, questions.apart);
    let strategies = pool.strategies();
    let baseline = baseline(&strategies, questions);
    let known = |name: &String| questions.strategies.iter().find(|known| known.name == *name).cloned();
    let boot = |name: &String| Boot {
        name: name.clone(),
        facts: questions.traces.iter().find(|known| known.name == *name).cloned(),
        subjects: strategies.iter().map(|strategy| subject(&pool, name, strategy, &baseline)).collect(),
    };
    let boots: Vec<Boot> = pool.traces().iter().map(boot).collect();
    let totals = strategies.iter().map(|strategy| total::of(&pool, &boots, strategy, &baseline)).collect();
    let mut analysis = Analysis {
        baseline,
        strategies: strategies.iter().map(|name| known(name).unwrap_or(StrategyFacts::of(name))).collect(),
        boots,
        totals,
        runs: results.headers.clone(),
        comparisons: 0,
        notes: pool.notes(),
    };
    analysis.judge();
    analysis
}

fn baseline(strategies: &[String], questions: &Questions) -> String {
    let usual = Some("memblock".to_owned());
    let wanted = [questions.baseline.clone(), usual].into_iter().flatten();
    wanted.chain(strategies.first().cloned()).find(|name| strategies.contains(name)).unwrap_or_default()
}

fn subject(pool: &Pool<'_>, trace: &str, strategy: &str, baseline: &str) -> Subject {
    let timing = |quantity| Timing::of(pool, trace, quantity, strategy, baseline);
    let release = |quantity| {
        let Quantity::Release(sink, threads) = quantity else { return None };
        Some(Release { sink, quantity: quantity.to_string(), threads, timing: timing(quantity)? })
    };
    let figures = pool.figures(trace, strategy);
    Subject {
        strategy: strategy.into(),
        boot: timing(Quantity::BootCost),
        latency: Latency::of(pool, trace, strategy, baseline),
        releases: pool.quantities(trace).into_iter().filter_map(release).collect(),
        exact: pool.exact(trace, strategy).cloned(),
        instructions: figures.get("instructions-calls"),
        figures,
        failures: pool.failures(trace, strategy).map(|(quantity, why)| failed(quantity, why)).collect(),
    }
}

fn failed(quantity: Quantity, why: &Failure) -> Failed {
    Failed { quantity: quantity.to_string(), why: why.to_string() }
}

impl Analysis {
    /// Judges all comparisons of the report, so that not one false claim is likely in all of it.
    ///
    /// Half of the probability of such a claim goes to the few means over boots, which readers look at first, and half to
    /// the many figures of single boots; each half is shared out by Holm. In one family of all, the means would pay for
    /// figures that most readers never see.
    fn judge(&mut self) {
        let boots = self.boots.iter_mut().flat_map(|boot| &mut boot.subjects).flat_map(Subject::comparisons);
        let totals = self.totals.iter_mut().flat_map(Total::comparisons);
        let families: [Vec<&mut Comparison>; 2] = [boots.collect(), totals.collect()];
        let halves = families.len();
        for mut family in families {
            let statistics: Vec<_> = family.iter().map(|comparison| comparison.statistic()).collect();
            self.comparisons += statistics.iter().filter(|ratio| ratio.is_ok()).count();
            for (comparison, judged) in
                family.iter_mut().zip(judge(&statistics, CONFIDENCE.shared_by(halves)))
            {
                let adjusted_p = judged.adjusted_p.map(|p| (p * halves as f64).min(1.0));
                comparison.settle(Judged { adjusted_p, ..judged });
            }
        }
    }

    /// The place of the baseline among the strategies.
    #[must_use]
    pub fn baseline_index(&self) -> usize {
        self.strategies.iter().position(|one| one.name == self.baseline).unwrap_or_default()
    }
}

impl Subject {
    fn comparisons(&mut self) -> Vec<&mut Comparison> {
        let boot = self.boot.as_mut().and_then(|timing| timing.comparison.as_mut());
        let latency = self.latency.iter_mut().flat_map(|latency| [&mut latency.p50, &mut latency.p99]);
        let latency = latency.filter_map(|timing| timing.comparison.as_mut());
        let releases = self.releases.iter_mut().filter_map(|release| release.timing.comparison.as_mut());
        boot.into_iter().chain(latency).chain(releases).collect()
    }

    /// The release into this sink on so many threads.
    #[must_use]
    pub fn release(&self, sink: Sink, threads: u16) -> Option<&Timing> {
        let wanted = |release: &&Release| release.sink == sink && release.threads == threads;
        self.releases.iter().find(wanted).map(|release| &release.timing)
    }
}

/// Free pages that lie in blocks below an order: useless to whoever asks for one of that order.
#[must_use]
pub fn pages_below(left: &Fragmentation, order: usize) -> u64 {
    (0_u32..).zip(&left.free_blocks).take(order).map(|(order, blocks)| blocks << order).sum()
}

impl Boot {
    /// The order of a pageblock there: what anti-fragmentation works in; 9 where it is not known.
    #[must_use]
    pub fn pageblock_order(&self) -> usize {
        self.facts.as_ref().map_or(9, |facts| usize::from(facts.pageblock_order))
    }
}
