//! Measuring by a clock, and counting by callgrind.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Kind;
use super::probe::Meter;
use crate::clock::Clock;
use crate::count::counted_region;

/// Rounds of calls, each kind between two reads of the clock.
pub(super) struct Timer {
    clock: Clock,
    ns: BTreeMap<Kind, Vec<f64>>,
    begun: Instant,
}

/// No more rounds than this, and no longer than that unless a round takes longer.
const ROUNDS: u32 = 100;
const LONG_ENOUGH: Duration = Duration::from_millis(60);

impl Timer {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, ns: BTreeMap::new(), begun: Instant::now() }
    }

    /// The median of each kind.
    pub(super) fn medians(self) -> BTreeMap<Kind, f64> {
        let median = |mut times: Vec<f64>| {
            times.sort_unstable_by(f64::total_cmp);
            times[times.len() / 2]
        };
        self.ns.into_iter().map(|(kind, times)| (kind, median(times))).collect()
    }

    pub(super) fn note(&mut self, kind: Kind, ns: f64) {
        self.ns.entry(kind).or_default().push(ns);
    }
}

impl Meter for Timer {
    #[inline]
    fn measure<T>(&mut self, kind: Kind, calls: u32, work: impl FnOnce() -> T) -> T {
        let start = self.clock.now();
        let done = work();
        let end = self.clock.now();
        self.note(kind, self.clock.ns_between(start, end) / f64::from(calls));
        done
    }

    fn again(&mut self, done: u32) -> bool {
        if done == 0 {
            self.begun = Instant::now();
        }
        done < 1 || done < ROUNDS && self.begun.elapsed() < LONG_ENOUGH
    }
}

/// One round, each kind in a region that callgrind counts and then writes a file of its own for.
#[derive(Default)]
pub(super) struct Counter {
    /// What was counted, in the order of the files.
    pub(super) counted: Vec<(Kind, u32)>,
}

impl Meter for Counter {
    fn measure<T>(&mut self, kind: Kind, calls: u32, work: impl FnOnce() -> T) -> T {
        self.counted.push((kind, calls));
        counted_region(work)
    }

    fn again(&mut self, done: u32) -> bool {
        done == 0
    }
}
