//! A strategy over all boots.

use benches::quantity::{Quantity, Sink};
use serde::Serialize;

use super::pool::Pool;
use super::sides::Sides;
use super::{Boot, Comparison, Subject, latency, pages_below};

/// A strategy over all boots: geometric means of ratios, sums of exact figures.
#[derive(Clone, Debug, Serialize)]
pub struct Total {
    /// The strategy.
    pub strategy: String,
    /// The time of all calls of a boot, over the baseline's: the geometric mean over boots.
    pub boot: Option<Comparison>,
    /// The same for the time that 99 in a hundred allocations do not exceed.
    pub scan: Option<Comparison>,
    /// The same for the release into a counting sink on one thread.
    pub release: Option<Comparison>,
    /// The sum of the times of all calls of all boots, in nanoseconds; for a sense of proportion.
    pub boot_ns: f64,
    /// Boots whose figures are in the sums.
    pub boots: usize,
    /// Allocations asked for. Exact, as all that follows.
    pub allocations: u64,
    /// Allocations that found no memory or were refused.
    pub failed: u64,
    /// Allocations on another node than preferred.
    pub elsewhere: u64,
    /// Fixed reservations of what had been given to somebody.
    pub conflicts: u64,
    /// Answers that no allocator may give.
    pub violations: u64,
    /// Bytes handed over to the page allocator.
    pub released_bytes: u64,
    /// Bytes that rounding loses.
    pub rounding_bytes: u64,
    /// Bytes of state at the end.
    pub metadata_bytes: u64,
    /// Aligned free stretches of 2 MiB.
    pub intact_2m: u64,
    /// Aligned free stretches of 1 GiB.
    pub intact_1g: u64,
    /// Free bytes in blocks below the order of a pageblock.
    pub broken_bytes: u64,
    /// Instructions executed; `None` unless all boots were counted.
    pub instructions: Option<u64>,
}

impl Total {
    pub(super) fn comparisons(&mut self) -> impl Iterator<Item = &mut Comparison> {
        self.boot.iter_mut().chain(&mut self.scan).chain(&mut self.release)
    }
}

pub(super) fn of(pool: &Pool<'_>, boots: &[Boot], strategy: &str, baseline: &str) -> Total {
    let mean = |sides: &dyn Fn(&str) -> Sides| {
        let traces = boots.iter().map(|boot| sides(&boot.name)).filter(|sides| !sides.is_empty());
        let traces: Vec<_> = traces.collect();
        (strategy != baseline && !traces.is_empty()).then(|| Comparison::new(Sides::mean(traces)))
    };
    let of = |quantity| mean(&|trace| pool.sides(trace, quantity, strategy, baseline));
    let subjects: Vec<(&Boot, &Subject)> = boots
        .iter()
        .filter_map(|boot| Some((boot, boot.subjects.iter().find(|subject| subject.strategy == strategy)?)))
        .collect();
    let counted: Option<Vec<u64>> = subjects.iter().map(|(_, subject)| subject.instructions).collect();
    let mut total = Total {
        strategy: strategy.into(),
        boot: of(Quantity::BootCost),
        scan: mean(&|trace| latency::sides(pool, trace, 0.99, strategy, baseline)),
        release: of(Quantity::Release(Sink::Counting, 1)),
        boot_ns: subjects.iter().filter_map(|(_, subject)| Some(subject.boot.as_ref()?.middle.ns)).sum(),
        boots: 0,
        allocations: 0,
        failed: 0,
        elsewhere: 0,
        conflicts: 0,
        violations: 0,
        released_bytes: 0,
        rounding_bytes: 0,
        metadata_bytes: 0,
        intact_2m: 0,
        intact_1g: 0,
        broken_bytes: 0,
        instructions: counted.filter(|counts| !counts.is_empty()).map(|counts| counts.iter().sum()),
    };
    for (boot, subject) in subjects {
        total.add(boot, subject);
    }
    total
}

impl Total {
    fn add(&mut self, boot: &Boot, subject: &Subject) {
        let Some(exact) = &subject.exact else { return };
        let of = |id| subject.figures.get(id).unwrap_or_default();
        self.boots += 1;
        self.allocations += of("allocations");
        self.failed += of("failed");
        self.elsewhere += of("elsewhere");
        self.conflicts += of("conflicts");
        self.violations += of("violations");
        self.released_bytes += of("released");
        self.rounding_bytes += of("rounding");
        self.metadata_bytes += of("metadata");
        self.intact_2m += of("intact-2m");
        self.intact_1g += of("intact-1g");
        self.broken_bytes +=
            pages_below(&exact.fragmentation, boot.pageblock_order()) * exact.layout.page_bytes;
    }
}
