//! From results to plain data: what every renderer takes, and nothing else.
//!
//! It has a row for each figure of each strategy on each boot. Noisy and exact figures stay apart: a [`Timed`] has a ratio,
//! an interval and a verdict, an exact one is a number. Boots are in order of memory, small ones first.

mod above_floor;
mod answer;
mod clean;
mod complete;
mod facts;
mod head_room;
mod latency;
mod layouts;
mod noisy;
mod paid;
mod pool;
mod size;
mod slug;
mod subject;
mod timing;
mod total;

use benches::quantity::Quantity;
use benches::results::{Completeness, Header, Results};
use benches::stats::{Confidence, Noise, judge};
use serde::Serialize;

pub use above_floor::AboveFloor;
pub use answer::{answer, scope};
pub use facts::{StrategyFacts, TraceFacts};
pub(crate) use head_room::nearly_full;
pub use latency::{Class, Latency, Slow};
pub use layouts::Layouts;
pub use noisy::{BOOT_CALLS, BOOT_COST, Noisy, is_noisy};
pub use paid::{Apart, Paid, PaidKind};
pub use size::{BySize, about};
pub(crate) use subject::marked;
pub use subject::{Boot, Failed, Subject, pages_below};
pub use timing::{Comparison, Parts, Range, Timed, Verdict, legend};
pub use total::{Mean, PartRatios, Total};

use crate::growth::Grown;
use pool::Pool;

/// All that a report says, as data.
#[derive(Clone, Debug, Serialize)]
pub struct Analysis {
    /// What is missing: a clause each. Empty if all that was planned is there.
    pub incomplete: Vec<String>,
    /// Why the machine that measured was not quiet; empty if it was.
    pub busy: Vec<String>,
    /// The strategy that the others are compared with.
    pub baseline: String,
    /// The noisy figure that comes first: what a boot costs, or its calls alone where no more was measured.
    pub headline: &'static str,
    /// The noisy figures that there are.
    pub noisy: Vec<Noisy>,
    /// The strategies, in the order of the results.
    pub strategies: Vec<StrategyFacts>,
    /// The boots, by their memory.
    pub boots: Vec<Boot>,
    /// Each strategy over all boots, in the order of [`strategies`](Self::strategies).
    pub totals: Vec<Total>,
    /// In how many layouts of their code strategies were measured, if in several.
    pub layouts: Option<Layouts>,
    /// The runs that the figures come from.
    pub runs: Vec<Header>,
    /// How many comparisons the verdicts are corrected for.
    pub comparisons: usize,
    /// What a reader should know: results left out, and why.
    pub notes: Vec<String>,
    /// How cost grows on made machines, if a sweep was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub growth: Option<Grown>,
}

/// What an analysis is asked for beside the results.
#[derive(Clone, Debug, Default)]
pub struct Questions {
    /// The strategy to compare with; else `memblock`, else the first.
    pub baseline: Option<String>,
    /// The only strategies that are asked about; all of them if empty. Verdicts pay for no others.
    pub only: Vec<String>,
    /// What is known of strategies.
    pub strategies: Vec<StrategyFacts>,
    /// What is known of traces.
    pub traces: Vec<TraceFacts>,
    /// What is missing, where the results alone do not say it, because they were cut or narrowed.
    pub completeness: Option<Completeness>,
    /// Whether strategies are compared that were measured at different times: files of results. Such ratios have wide
    /// intervals, and what the machine did in between is in them.
    pub apart: bool,
    /// How cost grows, to be shown beside what recorded boots cost.
    pub growth: Option<Grown>,
}

/// The confidence of every interval and verdict.
pub const CONFIDENCE: Confidence = Confidence::P95;

/// Turns results into what a report says.
#[must_use]
pub fn analyse(results: &Results, questions: &Questions) -> Analysis {
    let mut results = clean::cleaned(results);
    let floors = above_floor::Floors::of(&results, questions.apart);
    let whole = questions.completeness.clone().unwrap_or_else(|| results.completeness());
    if !questions.only.is_empty() {
        results.cells.retain(|cell| questions.only.contains(&cell.key.strategy));
        for header in &mut results.headers {
            header.plan.members.retain(|member| questions.only.contains(&member.label));
        }
    }
    let pool = Pool::of(&results, questions.apart);
    let strategies = pool.strategies();
    let baseline = baseline(&strategies, questions);
    let releases =
        pool.all_quantities().into_iter().filter(|quantity| matches!(quantity, Quantity::Release(..)));
    let mut noisy = noisy::all(releases);
    let names = pool.traces();
    let laid_out = pool.laid_out();
    // Boots that share layouts spread alike because of it: together they know no more of that than one of them.
    for noisy in noisy.iter_mut().filter(|_| !questions.apart && laid_out.is_empty()) {
        let others = || strategies.iter().filter(|strategy| **strategy != baseline);
        let of = |(trace, strategy): (&String, &String)| {
            pool.sampled(trace, noisy.samples, strategy, &baseline).ok()
        };
        let cells = names.iter().flat_map(|trace| others().map(move |strategy| (trace, strategy)));
        noisy.noise = Noise::pooled(&cells.filter_map(of).collect::<Vec<_>>());
    }
    let slugs = slug::slugs(&names);
    let boot = |(name, slug): (&String, String)| Boot {
        name: name.clone(),
        slug,
        proof: results
            .headers
            .iter()
            .flat_map(|header| &header.plan.boots)
            .find_map(|boot| boot.proof.filter(|_| boot.name == *name)),
        facts: questions.traces.iter().find(|known| known.name == *name).cloned(),
        subjects: strategies
            .iter()
            .map(|strategy| subject::of(&pool, &noisy, name, strategy, &baseline))
            .collect(),
    };
    let mut boots: Vec<Boot> = names.iter().zip(slugs).map(boot).collect();
    // Those of unknown size come last.
    boots.sort_by_key(|boot| boot.memory_bytes().unwrap_or(u64::MAX));
    let has = |id: &str| boots.iter().flat_map(|boot| &boot.subjects).any(|one| one.time(id).is_some());
    noisy.retain(|noisy| has(&noisy.id));
    let headline = if has(BOOT_COST) || !has(BOOT_CALLS) { BOOT_COST } else { BOOT_CALLS };
    // The calls alone are a part of the cost, and stand there.
    noisy.retain(|noisy| noisy.id != BOOT_CALLS || headline == BOOT_CALLS);
    if headline == BOOT_COST {
        boots.iter_mut().flat_map(|boot| &mut boot.subjects).for_each(|one| one.forget(BOOT_CALLS));
    }
    let totals = strategies
        .iter()
        .map(|strategy| {
            let rounds =
                |boot: &Boot, noisy: &Noisy| pool.rounds(&boot.name, noisy.samples, strategy, &baseline);
            // Files that are compared apart share no rounds.
            let shared = !questions.apart && [strategy, &baseline].iter().any(|name| laid_out.contains(name));
            total::of(&boots, &noisy, strategy, &baseline, shared.then_some(&rounds as &total::Rounds<'_>))
        })
        .collect();
    let layouts = Layouts::of(&boots, laid_out);
    let known = |name: &String| questions.strategies.iter().find(|known| known.name == *name).cloned();
    let incomplete = complete::missing(&whole, &questions.only);
    let busy = complete::busy(&whole);
    let mut analysis = Analysis {
        incomplete,
        busy,
        baseline,
        headline,
        noisy,
        strategies: strategies.iter().map(|name| known(name).unwrap_or(StrategyFacts::of(name))).collect(),
        boots,
        totals,
        layouts,
        runs: results.headers.clone(),
        comparisons: 0,
        notes: pool.notes(),
        growth: questions.growth.clone(),
    };
    let laid_out = analysis.layouts.as_ref().map(|layouts| layouts.note(&analysis.strategies));
    analysis.notes.extend(laid_out);
    analysis.judge();
    floors.note(&mut analysis);
    analysis
}

fn baseline(strategies: &[String], questions: &Questions) -> String {
    let usual = Some("memblock".to_owned());
    let wanted = [questions.baseline.clone(), usual].into_iter().flatten();
    wanted.chain(strategies.first().cloned()).find(|name| strategies.contains(name)).unwrap_or_default()
}

impl Analysis {
    /// Judges all comparisons as one family, so that not one false claim is likely in all of what is asked.
    fn judge(&mut self) {
        let boots = self.boots.iter_mut().flat_map(|boot| &mut boot.subjects).flat_map(Subject::comparisons);
        let totals = self.totals.iter_mut().flat_map(Total::comparisons);
        let mut family: Vec<&mut Comparison> = boots.chain(totals).collect();
        let statistics: Vec<_> = family.iter().map(|comparison| comparison.statistic()).collect();
        self.comparisons = statistics.iter().filter(|ratio| ratio.is_ok()).count();
        for (comparison, judged) in family.iter_mut().zip(judge(&statistics, CONFIDENCE)) {
            comparison.settle(judged);
        }
    }

    /// The place of the baseline among the strategies.
    #[must_use]
    pub fn baseline_index(&self) -> usize {
        self.strategies.iter().position(|one| one.name == self.baseline).unwrap_or_default()
    }

    /// What has to stand on the first line of every output: what is missing; `None` if nothing is.
    #[must_use]
    pub fn first_line(&self) -> Option<String> {
        (!self.incomplete.is_empty())
            .then(|| format!("INCOMPLETE: {}.", self.incomplete.join("; ")))
            .or_else(|| self.partly())
    }

    /// That results of an earlier version know only a part of what a boot costs; `None` of all others.
    #[must_use]
    pub fn partly(&self) -> Option<String> {
        (self.headline == BOOT_CALLS).then(|| {
            "CALLS ONLY: the hand-over to the page allocator was not measured, and may turn every verdict.".into()
        })
    }

    /// What a noisy figure is, in words.
    #[must_use]
    pub fn title(&self, figure: &str) -> &str {
        self.noisy.iter().find(|noisy| noisy.id == figure).map_or("", |noisy| &noisy.title)
    }

    /// What may have spoiled the measurement, and what was left out.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut notes: Vec<String> =
            self.runs.iter().flat_map(|run| &run.warnings).map(ToString::to_string).collect();
        notes.sort();
        notes.dedup();
        notes.extend(self.notes.iter().cloned());
        notes
    }

    /// What the mark behind the name of a boot means, a sentence for each that has one.
    #[must_use]
    pub fn objections(&self) -> Vec<String> {
        let told = |boot: &Boot| Some(format!("{}: {}.", boot.shown(), boot.objection()?));
        self.boots.iter().filter_map(told).collect()
    }

    /// What was tried and gave no result, a sentence each.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let of = |boot: &Boot| {
            let subjects = boot.subjects.iter();
            let told = |subject: &Subject| {
                let of = |failed: &Failed| failed.sentence(&subject.strategy, &boot.shown());
                subject.failures.iter().map(of).collect::<Vec<_>>()
            };
            subjects.flat_map(told).collect::<Vec<_>>()
        };
        self.boots.iter().flat_map(of).collect()
    }
}
