//! What a report about some candidates would claim.

use std::collections::BTreeMap;

use crate::quantity::Latency;
use crate::results::{Cell, Histogram, Outcome, Results};
use crate::stats::{Confidence, Nanos, Noise, Pair, Ratio, Sampled, TooFew, Verdict, judge, mean_of_ratios};

/// A ratio of a report, and what is said of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Judgement {
    /// What it is a ratio of.
    pub kind: Kind,
    /// The candidate.
    pub candidate: String,
    /// The ratio.
    pub ratio: Ratio,
    /// What is said of it.
    pub verdict: Verdict,
}

/// What is compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// The calls of a single boot.
    Single,
    /// Their mean over boots.
    Mean,
    /// A percentile of the single allocations of a boot.
    Percentile,
}

/// All that a report on these results would say of `candidates` against `baseline`, judged together.
#[must_use]
pub fn report(results: &Results, baseline: &str, candidates: &[String]) -> Vec<Judgement> {
    // Each question has noise of its own.
    let mut questions: BTreeMap<(Kind, u32), Vec<(String, Sampled)>> = BTreeMap::new();
    for group in results.groups() {
        let of = |label: &str| group.iter().find(|cell| cell.key.strategy == label);
        let Some(base) = of(baseline) else { continue };
        for candidate in candidates {
            let Some(cell) = of(candidate) else { continue };
            for (question, sampled) in compared(results, base, cell) {
                questions.entry(question).or_default().push((candidate.clone(), sampled));
            }
        }
    }
    let mut found: Vec<(Kind, String, Ratio)> = Vec::new();
    for ((kind, _), cells) in questions {
        let noise = Noise::pooled(cells.iter().map(|(_, sampled)| sampled));
        let rows: Vec<(String, Ratio)> = cells
            .into_iter()
            .filter_map(|(candidate, sampled)| Some((candidate, sampled.ratio(&noise).ok()?)))
            .collect();
        if kind == Kind::Single {
            for candidate in candidates {
                let of: Vec<Ratio> =
                    rows.iter().filter(|(name, _)| name == candidate).map(|row| row.1).collect();
                found.extend(mean_of_ratios(&of).ok().map(|mean| (Kind::Mean, candidate.clone(), mean)));
            }
        }
        found.extend(rows.into_iter().map(|(candidate, ratio)| (kind, candidate, ratio)));
    }
    let family: Vec<Result<Ratio, TooFew>> = found.iter().map(|(.., ratio)| Ok(*ratio)).collect();
    let judged = judge(&family, Confidence::P95);
    let of = |((kind, candidate, ratio), judged): ((Kind, String, Ratio), crate::stats::Judged)| Judgement {
        kind,
        candidate,
        ratio,
        verdict: judged.verdict,
    };
    found.into_iter().zip(judged).map(of).collect()
}

/// The comparisons of two cells of a group, each with its question.
fn compared(results: &Results, base: &Cell, cell: &Cell) -> Vec<((Kind, u32), Sampled)> {
    match (&base.outcome, &cell.outcome) {
        (Outcome::BootCost(base), Outcome::BootCost(candidate)) => {
            let pairs: Vec<Vec<Pair>> = candidate.calls.pairs_with(&base.calls);
            Sampled::of(&pairs).ok().map(|sampled| ((Kind::Single, 0), sampled)).into_iter().collect()
        }
        (Outcome::Latency(base), Outcome::Latency(candidate)) => {
            let step = results.header(&cell.run).map_or(0.0, |header| header.clock.granularity_ns);
            let of = |percent: u32| {
                let share = f64::from(percent) / 100.0;
                let both = percentiles(base, share).into_iter().zip(percentiles(candidate, share));
                let pair = |(baseline, candidate)| {
                    Some(Pair { baseline: Nanos::new(baseline)?, candidate: Nanos::new(candidate)? })
                };
                let pairs: Vec<Pair> = both.filter_map(pair).collect();
                Some(((Kind::Percentile, percent), Sampled::of_figures(&pairs, step).ok()?))
            };
            [50, 99].into_iter().filter_map(of).collect()
        }
        _ => Vec::new(),
    }
}

/// The percentile of all allocations, of each launch.
fn percentiles(latency: &Latency, share: f64) -> Vec<f64> {
    let classes = || latency.classes.iter().filter(|class| class.class.is_alloc());
    let launches = classes().map(|class| class.launches.len()).max().unwrap_or_default();
    let mut all = vec![Histogram::new(); launches];
    for class in classes() {
        class.launches.iter().zip(&mut all).for_each(|(launch, all)| all.add(launch));
    }
    all.iter().map(|launch| launch.quantile_ns(share)).collect()
}
