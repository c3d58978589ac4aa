//! How long single allocations take.

use benches::quantity::{CallClass, Latency as Measured, SlowCall};
use benches::results::{Cell, Histogram};
use benches::stats::{Nanos, Pair, Sampled, TooFew};
use serde::Serialize;

use super::pool::{Pool, latency};

/// How long the allocations of a boot take. Percentiles are over calls, intervals over launches.
#[derive(Clone, Debug, Serialize)]
pub struct Latency {
    /// Nine in ten take no longer; all launches together.
    pub p90_ns: f64,
    /// 999 in a thousand take no longer; all launches together.
    pub p999_ns: f64,
    /// The longest of all, interrupts included.
    pub max_ns: f64,
    /// How many calls were timed.
    pub timed: u64,
    /// The distribution: a time, and the share of calls that took no longer; ascending.
    pub curve: Vec<(f64, f64)>,
    /// By kind of call.
    pub classes: Vec<Class>,
    /// The slowest calls, by the median over replays.
    pub slowest: Vec<Slow>,
}

/// The calls of one kind, all launches together.
#[derive(Clone, Debug, Serialize)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// How many a boot makes. Exact.
    pub calls: u64,
    /// Half of them take no longer.
    pub p50_ns: f64,
    /// 99 in a hundred take no longer.
    pub p99_ns: f64,
    /// The longest.
    pub max_ns: f64,
}

/// A slow call.
#[derive(Clone, Debug, Serialize)]
pub struct Slow {
    /// The median over replays.
    pub median_ns: f64,
    /// The record of the trace.
    pub record: u32,
    /// What kind of call it is.
    pub class: String,
    /// The bytes that it asks for.
    pub size: u64,
    /// Who called, if the log says so.
    pub caller: Option<String>,
}

impl Latency {
    pub(super) fn of(pool: &Pool<'_>, trace: &str, strategy: &str) -> Option<Self> {
        let cells: Vec<(&Cell, &Measured)> = pool.latencies(trace, strategy).collect();
        let (_, first) = cells.first()?;
        let mut all = Histogram::new();
        cells.iter().flat_map(|(_, measured)| allocations(measured)).for_each(|launch| all.add(&launch));
        if all.count() == 0 {
            return None;
        }
        Some(Self {
            p90_ns: all.quantile_ns(0.9),
            p999_ns: all.quantile_ns(0.999),
            max_ns: all.max_ns(),
            timed: all.count(),
            curve: curve(&all),
            classes: classes(&cells),
            slowest: first.slowest.iter().map(slow).collect(),
        })
    }
}

fn slow(call: &SlowCall) -> Slow {
    Slow {
        median_ns: call.median_ns,
        record: call.record,
        class: call.class.to_string(),
        size: call.size,
        caller: call.caller.clone(),
    }
}

/// The allocations of each launch, whatever their size.
fn allocations(measured: &Measured) -> Vec<Histogram> {
    let classes = || measured.classes.iter().filter(|class| class.class.is_alloc());
    let launches = classes().map(|class| class.launches.len()).max().unwrap_or_default();
    let mut all = vec![Histogram::new(); launches];
    for class in classes() {
        class.launches.iter().zip(&mut all).for_each(|(launch, all)| all.add(launch));
    }
    all
}

/// A percentile of each launch of a strategy, and how many allocations a boot makes.
pub(super) fn launches(pool: &Pool<'_>, trace: &str, share: f64, strategy: &str) -> (u64, Vec<f64>) {
    let found: Vec<(&Cell, &Measured)> = pool.latencies(trace, strategy).collect();
    let classes = found.first().into_iter().flat_map(|(_, measured)| &measured.classes);
    let calls = classes.filter(|class| class.class.is_alloc()).map(|class| class.calls).sum();
    (calls, found.iter().flat_map(|(_, measured)| of_launches(measured, share)).collect())
}

/// The percentile of each launch.
fn of_launches(measured: &Measured, share: f64) -> Vec<f64> {
    allocations(measured).iter().map(|launch| launch.quantile_ns(share)).collect()
}

/// The percentile of each launch, beside that of the baseline.
pub(super) fn sampled(
    pool: &Pool<'_>,
    trace: &str,
    share: f64,
    strategy: &str,
    baseline: &str,
) -> Result<Sampled, TooFew> {
    let nanos = |ns: f64| Nanos::new(ns.max(f64::MIN_POSITIVE));
    if pool.is_apart() {
        let all = |strategy| -> Vec<Vec<Nanos>> {
            launches(pool, trace, share, strategy)
                .1
                .into_iter()
                .map(|ns| nanos(ns).into_iter().collect())
                .collect()
        };
        return Sampled::apart(&all(baseline), &all(strategy));
    }
    Sampled::of_figures(&pairs(pool, trace, share, strategy, baseline), pool.clock_step_ns(trace))
}

/// The percentile of each launch in a pair with that of the baseline.
pub(super) fn pairs(pool: &Pool<'_>, trace: &str, share: f64, strategy: &str, baseline: &str) -> Vec<Pair> {
    let nanos = |ns: f64| Nanos::new(ns.max(f64::MIN_POSITIVE));
    let mut pairs = Vec::new();
    for (cell, measured) in pool.latencies(trace, strategy) {
        if let Some(other) = pool.beside(cell, baseline).and_then(latency) {
            let both = of_launches(other, share).into_iter().zip(of_launches(measured, share));
            let pair = |(baseline, candidate)| {
                Some(Pair { baseline: nanos(baseline)?, candidate: nanos(candidate)? })
            };
            pairs.extend(both.filter_map(pair));
        }
    }
    pairs
}

fn curve(all: &Histogram) -> Vec<(f64, f64)> {
    let (total, mut below) = (all.count() as f64, 0);
    let point = |(ns, count): (f64, u64)| {
        below += count;
        (ns, below as f64 / total)
    };
    all.recorded_ns().map(point).collect()
}

fn classes(cells: &[(&Cell, &Measured)]) -> Vec<Class> {
    let of = |kind: CallClass| {
        let mut all = Histogram::new();
        let mut each = 0;
        for class in
            cells.iter().flat_map(|(_, measured)| &measured.classes).filter(|class| class.class == kind)
        {
            each = class.calls;
            class.launches.iter().for_each(|launch| all.add(launch));
        }
        (all.count() > 0).then(|| Class {
            name: kind.to_string(),
            calls: each,
            p50_ns: all.quantile_ns(0.5),
            p99_ns: all.quantile_ns(0.99),
            max_ns: all.max_ns(),
        })
    };
    CallClass::ALL.into_iter().filter_map(of).collect()
}
