//! What times are read from.

use std::time::{Duration, Instant};

use crate::results::{ClockFacts, ClockKind};

/// A clock that knows what it is good for.
///
/// The time-stamp counter is read where the processor says that it is invariant: it then ticks at one speed, whatever the
/// cores' frequency and sleep. Elsewhere the operating system's monotonic clock is.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    facts: ClockFacts,
    origin: Instant,
}

/// A moment, in ticks of a clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Tick(u64);

impl Clock {
    /// The best clock of this machine, calibrated. Takes some 60 ms.
    #[must_use]
    pub fn calibrated() -> Self {
        let kind = if counter::is_invariant() { ClockKind::TimeStampCounter } else { ClockKind::Monotonic };
        Self::calibrated_as(kind)
    }

    /// A clock of this kind, calibrated. The counter must be invariant.
    fn calibrated_as(kind: ClockKind) -> Self {
        let raw = ClockFacts { kind, ns_per_tick: 1.0, cost_ns: 0.0, granularity_ns: 1.0 };
        let mut clock = Self::with_facts(raw);
        if kind == ClockKind::TimeStampCounter {
            clock.facts.ns_per_tick = clock.measure_tick();
        }
        let (cost, step) = clock.measure_reads();
        clock.facts.cost_ns = cost * clock.facts.ns_per_tick;
        clock.facts.granularity_ns = step * clock.facts.ns_per_tick;
        clock
    }

    /// A clock that another process of this machine has calibrated.
    #[must_use]
    pub fn with_facts(facts: ClockFacts) -> Self {
        Self { facts, origin: Instant::now() }
    }

    /// What it is good for.
    #[must_use]
    pub const fn facts(&self) -> ClockFacts {
        self.facts
    }

    /// The present moment: no instruction around it is executed on its other side.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Tick {
        match self.facts.kind {
            ClockKind::TimeStampCounter => Tick(counter::read()),
            #[expect(clippy::cast_possible_truncation, reason = "lasts for 584 years")]
            ClockKind::Monotonic => Tick(self.origin.elapsed().as_nanos() as u64),
        }
    }

    /// The nanoseconds between two moments, less the cost of reading them: not below 0.
    #[inline]
    #[must_use]
    pub fn ns_between(&self, start: Tick, end: Tick) -> f64 {
        let ticks = end.0.saturating_sub(start.0);
        (ticks as f64 * self.facts.ns_per_tick - self.facts.cost_ns).max(0.0)
    }

    /// Nanoseconds in a tick, against the monotonic clock over 50 ms: wrong by some parts in a million.
    fn measure_tick(&self) -> f64 {
        let (first, first_tick) = self.simultaneous();
        std::thread::sleep(Duration::from_millis(50));
        let (last, last_tick) = self.simultaneous();
        last.duration_since(first).as_nanos() as f64 / (last_tick.0 - first_tick.0).max(1) as f64
    }

    /// The same moment on the monotonic clock and on this one: the tightest of many tries.
    fn simultaneous(&self) -> (Instant, Tick) {
        let attempt = || {
            let before = self.now();
            let instant = Instant::now();
            (self.now().0 - before.0, instant, before)
        };
        let (width, instant, before) =
            (0..50).map(|_| attempt()).min_by_key(|&(width, ..)| width).unwrap_or_else(attempt);
        (instant, Tick(before.0 + width / 2))
    }

    /// The ticks between two reads that follow each other (median), and the smallest that are not none.
    fn measure_reads(&self) -> (f64, f64) {
        let mut distances = vec![0; READS];
        for distance in &mut distances {
            let start = self.now();
            *distance = self.now().0.saturating_sub(start.0);
        }
        distances.sort_unstable();
        (distances[READS / 2] as f64, step(&distances))
    }
}

/// How often the clock is read twice for its calibration.
const READS: usize = 20_001;

/// The step of a clock in ticks: the smallest difference that it shows, of those between reads that follow each other.
// Not what all of them are multiples of: that is the unit in which it counts, 0.4 ns of a counter that is seen to move by 10.
fn step(ascending: &[u64]) -> f64 {
    ascending.iter().find(|&&distance| distance > 0).map_or(1.0, |&distance| distance as f64)
}

#[cfg(target_arch = "x86_64")]
mod counter {
    use core::arch::x86_64::{__cpuid, _mm_lfence, _rdtsc};

    /// Whether the counter ticks at one speed always: CPUID leaf `0x8000_0007`, EDX bit 8.
    ///
    /// Source: Intel SDM volume 3, 19.17 "Time-Stamp Counter"; AMD APM volume 3, appendix E.4.6.
    pub(super) fn is_invariant() -> bool {
        const LEAF: u32 = 0x8000_0007;
        __cpuid(0x8000_0000).eax >= LEAF && __cpuid(LEAF).edx & (1 << 8) != 0
    }

    /// Reads it. The fences keep what is timed from being executed before the first read or after the second.
    // `rdtscp` alone is cheaper (17 ns against 22 where both were measured), but lets what is timed begin before the
    // first read.
    #[inline]
    pub(super) fn read() -> u64 {
        // SAFETY: SSE2 and the counter are part of x86-64; where an operating system forbids reading it, the process
        // is killed.
        unsafe {
            _mm_lfence();
            let ticks = _rdtsc();
            _mm_lfence();
            ticks
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod counter {
    pub(super) const fn is_invariant() -> bool {
        false
    }

    pub(super) const fn read() -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calibrated_clock_agrees_with_the_monotonic_one() {
        let clock = Clock::calibrated();
        let (begin, start) = (Instant::now(), clock.now());
        std::thread::sleep(Duration::from_millis(20));
        let (ns, real) = (clock.ns_between(start, clock.now()), begin.elapsed().as_nanos() as f64);
        // What a busy machine does between the two reads is in the tolerance.
        assert!((ns / real - 1.0).abs() < 0.05, "{ns} ns, {real} ns");
    }

    #[test]
    fn each_kind_states_what_it_costs() {
        let mut kinds = vec![ClockKind::Monotonic];
        kinds.extend(counter::is_invariant().then_some(ClockKind::TimeStampCounter));
        for kind in kinds {
            let facts = Clock::calibrated_as(kind).facts();
            assert!(facts.cost_ns >= 0.0 && facts.cost_ns < 10_000.0, "{facts:?}");
            // A clock that often shows none between two reads shows more than their cost when it moves.
            assert!(facts.granularity_ns > 0.0 && facts.granularity_ns < 1e6, "{facts:?}");
        }
    }

    /// Expect a counter whose unit is 1 and that is seen to move by 24 and 26 to have steps of 24, and one that stands still
    /// between most reads to have that of its moves.
    #[test]
    fn the_step_is_the_smallest_difference_that_is_seen() {
        assert!((step(&[24, 24, 26, 26, 27]) - 24.0).abs() < 1e-9);
        assert!((step(&[0, 0, 0, 100, 100]) - 100.0).abs() < 1e-9);
        assert!((step(&[0, 0]) - 1.0).abs() < 1e-9);
    }

    /// Expect a time of ten steps to be told, and one below not to be.
    #[test]
    fn ten_steps_are_needed() {
        let facts =
            ClockFacts { kind: ClockKind::Monotonic, ns_per_tick: 1.0, cost_ns: 0.0, granularity_ns: 10.0 };
        assert!(facts.tells(100.0) && !facts.tells(99.0));
    }

    #[test]
    fn nothing_takes_less_than_no_time() {
        let facts =
            ClockFacts { kind: ClockKind::Monotonic, ns_per_tick: 0.5, cost_ns: 10.0, granularity_ns: 0.5 };
        let clock = Clock::with_facts(facts);
        for (end, ns) in [(99, 0.0), (100, 0.0), (119, 0.0), (140, 10.0)] {
            assert!((clock.ns_between(Tick(100), Tick(end)) - ns).abs() < 1e-9, "{end}");
        }
    }
}
