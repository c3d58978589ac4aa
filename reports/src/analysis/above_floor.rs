//! How many times the floor a strategy takes: the least that any can.

use std::collections::BTreeMap;

use benches::probe::Floor;
use benches::results::Results;
use benches::stats::{Noise, Ratio, mean_of_ratios};
use serde::Serialize;

use super::noisy::Samples;
use super::pool::Pool;
use super::timing::Range;
use super::{Analysis, CONFIDENCE};

/// A boot's cost over the floor's.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct AboveFloor {
    /// How many times the floor's it is. Where the floor stands beside it, it follows from the two ratios that are shown.
    pub times: f64,
    /// Where the true ratio lies: from samples of the two that were taken side by side.
    pub interval: Range,
}

/// The cost of each strategy on each boot, over the floor's.
pub(super) struct Floors(BTreeMap<(String, String), Ratio>);

impl Floors {
    /// What these results say: of all strategies, also of those that nobody asks about, since the floor may be one.
    pub(super) fn of(results: &Results, apart: bool) -> Self {
        let pool = Pool::of(results, apart);
        let strategies = pool.strategies();
        if apart || !strategies.iter().any(|one| one == Floor::NAME) {
            return Self(BTreeMap::new());
        }
        let others = || strategies.iter().filter(|one| *one != Floor::NAME);
        let names = pool.traces();
        let cells = names.iter().flat_map(|trace| others().map(move |strategy| (trace, strategy)));
        let sampled: Vec<_> = cells
            .filter_map(|(trace, strategy)| {
                let found = pool.sampled(trace, Samples::BootCost, strategy, Floor::NAME).ok()?;
                Some(((trace.clone(), strategy.clone()), found))
            })
            .collect();
        let noise = Noise::pooled(sampled.iter().map(|(_, found)| found));
        Self(sampled.into_iter().filter_map(|(key, found)| Some((key, found.ratio(&noise).ok()?))).collect())
    }

    fn on(&self, boot: &str, strategy: &str) -> Option<Ratio> {
        self.0.get(&(boot.to_owned(), strategy.to_owned())).copied()
    }

    /// Notes it on each boot, and over all boots, beside the cost itself.
    pub(super) fn note(&self, analysis: &mut Analysis) {
        if analysis.headline != super::BOOT_COST {
            return;
        }
        let mut over: BTreeMap<String, Vec<Ratio>> = BTreeMap::new();
        for boot in &mut analysis.boots {
            let floor_ns = boot.subject(Floor::NAME).and_then(|one| Some(one.time(super::BOOT_COST)?.ns));
            for subject in &mut boot.subjects {
                let Some(ratio) = self.on(&boot.name, &subject.strategy) else { continue };
                let own = subject.time(super::BOOT_COST).map(|timed| timed.ns);
                let shown = own.zip(floor_ns).map(|(own, floor)| own / floor);
                subject.above_floor = Some(AboveFloor::new(&ratio, shown));
                over.entry(subject.strategy.clone()).or_default().push(ratio);
            }
        }
        let of_baseline = |total: &super::Total| {
            if total.strategy == analysis.baseline { Some(1.0) } else { total.mean(super::BOOT_COST)?.ratio }
        };
        let floor = analysis.totals.iter().find(|total| total.strategy == Floor::NAME).and_then(of_baseline);
        let shown: Vec<Option<f64>> = analysis
            .totals
            .iter()
            .map(|total| of_baseline(total).zip(floor).map(|(own, floor)| own / floor))
            .collect();
        for (total, shown) in analysis.totals.iter_mut().zip(shown) {
            let mean = over.get(&total.strategy).and_then(|ratios| mean_of_ratios(ratios).ok());
            total.above_floor = mean.map(|ratio| AboveFloor::new(&ratio, shown));
        }
    }
}

impl AboveFloor {
    /// The ratio that is shown, if there is one, with the interval around it that its own samples give.
    fn new(ratio: &Ratio, shown: Option<f64>) -> Self {
        let (times, interval) = (shown.unwrap_or(ratio.point()), ratio.interval(CONFIDENCE));
        let moved = times / ratio.point();
        Self { times, interval: Range { low: interval.low * moved, high: interval.high * moved } }
    }

    /// How far the ends of the interval are from it, as a share.
    #[must_use]
    pub fn spread(&self) -> f64 {
        (self.interval.high / self.times).max(self.times / self.interval.low) - 1.0
    }
}
