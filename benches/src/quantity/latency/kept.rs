//! What is kept of single calls.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::Boot;
use crate::quantity::Gathered;
use crate::results::{ClockFacts, Histogram, Outcome};
use crate::worker::{Call, Calls, Found};

/// How many slow calls are kept.
const SLOWEST: usize = 10;

/// How long each call of a boot takes, the clock's own cost subtracted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Latency {
    /// How often the boot was replayed in each launch: each call is in its histogram so many times.
    pub replays: u32,
    /// The step of the clock, in nanoseconds; absent from results of before it was kept here.
    #[serde(default)]
    pub step_ns: Option<f64>,
    /// The percentiles of all allocations that are below ten steps of the clock: `p50`, `p90`, `p99`. What is said of them
    /// says more of the clock.
    #[serde(default)]
    pub below_ten_steps: Vec<String>,
    /// By kind of call; kinds that do not occur are left out.
    pub classes: Vec<ClassLatency>,
    /// The calls that took longest, by the median over all replays of all launches, slowest first; at most ten.
    pub slowest: Vec<SlowCall>,
}

/// The calls of one kind.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ClassLatency {
    /// The kind.
    pub class: CallClass,
    /// How many of them a boot makes. Exact.
    pub calls: u64,
    /// How long they took, one histogram a launch.
    pub launches: Vec<Histogram>,
}

/// A call that took long.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SlowCall {
    /// The median over all replays, in nanoseconds: what the call costs, whatever else the machine did once.
    pub median_ns: f64,
    /// The longest that it took, in nanoseconds: interrupts are in there.
    pub max_ns: f64,
    /// The number of its record: the first word of its line in the trace. Exact.
    pub record: u32,
    /// The kind of call.
    pub class: CallClass,
    /// The bytes that it was about; 0 where there are none. Exact.
    pub size: u64,
    /// Who called, if the log says so.
    pub caller: Option<String>,
}

/// A kind of call; allocations by size.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallClass {
    /// An allocation of less than 4 KiB.
    AllocBelow4k,
    /// An allocation of 4 KiB or more, below 64 KiB.
    Alloc4k,
    /// An allocation of 64 KiB or more, below 2 MiB.
    Alloc64k,
    /// An allocation of 2 MiB or more, below 1 GiB.
    Alloc2m,
    /// An allocation of 1 GiB or more.
    Alloc1g,
    /// An allocation that the kernel was refused, and the free that follows where it is granted here.
    Probe,
    /// A reservation.
    Reserve,
    /// A free.
    Free,
    /// A change of the memory map or of a setting.
    Change,
}

impl CallClass {
    /// All of them, in order.
    pub const ALL: [Self; 9] = [
        Self::AllocBelow4k,
        Self::Alloc4k,
        Self::Alloc64k,
        Self::Alloc2m,
        Self::Alloc1g,
        Self::Probe,
        Self::Reserve,
        Self::Free,
        Self::Change,
    ];

    /// The class of an allocation of so many bytes.
    #[must_use]
    pub const fn of_size(bytes: u64) -> Self {
        match bytes {
            0..0x1000 => Self::AllocBelow4k,
            0x1000..0x1_0000 => Self::Alloc4k,
            0x1_0000..0x20_0000 => Self::Alloc64k,
            0x20_0000..0x4000_0000 => Self::Alloc2m,
            _ => Self::Alloc1g,
        }
    }

    /// Whether it is an allocation that the kernel was granted: what is called scan latency.
    #[must_use]
    pub const fn is_alloc(self) -> bool {
        matches!(self, Self::AllocBelow4k | Self::Alloc4k | Self::Alloc64k | Self::Alloc2m | Self::Alloc1g)
    }
}

impl fmt::Display for CallClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::AllocBelow4k => "alloc < 4 KiB",
            Self::Alloc4k => "alloc < 64 KiB",
            Self::Alloc64k => "alloc < 2 MiB",
            Self::Alloc2m => "alloc < 1 GiB",
            Self::Alloc1g => "alloc >= 1 GiB",
            Self::Probe => "probe",
            Self::Reserve => "reserve",
            Self::Free => "free",
            Self::Change => "change",
        })
    }
}

/// What is kept of the calls of all launches.
pub(in crate::quantity) fn keep(gathered: Gathered, boot: &Boot, clock: &ClockFacts) -> Option<Outcome> {
    let launches: Vec<Calls> = gathered
        .found
        .into_iter()
        .map(|found| match found {
            Found::Calls(calls) => Some(calls),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let replays = launches.first()?.replays;
    let slowest = slowest(&launches, boot)?;
    let mut classes: BTreeMap<CallClass, ClassLatency> = BTreeMap::new();
    for launch in launches {
        for class in launch.classes {
            match classes.get_mut(&class.class) {
                Some(known) => known.launches.extend(class.launches),
                None => drop(classes.insert(class.class, class)),
            }
        }
    }
    let classes: Vec<ClassLatency> = classes.into_values().collect();
    let below_ten_steps = below_ten_steps(&classes, clock);
    let step_ns = Some(clock.granularity_ns);
    Some(Outcome::Latency(Latency { replays, step_ns, below_ten_steps, classes, slowest }))
}

fn below_ten_steps(classes: &[ClassLatency], clock: &ClockFacts) -> Vec<String> {
    let mut all = Histogram::new();
    for class in classes.iter().filter(|class| class.class.is_alloc()) {
        class.launches.iter().for_each(|launch| all.add(launch));
    }
    let named = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)];
    let below =
        named.into_iter().filter(|&(_, share)| all.count() > 0 && !clock.tells(all.quantile_ns(share)));
    below.map(|(name, _)| name.to_owned()).collect()
}

/// The calls that took longest: of each, the middle launch's median.
fn slowest(launches: &[Calls], boot: &Boot) -> Option<Vec<SlowCall>> {
    let first = launches.first()?;
    if launches.iter().any(|launch| launch.calls.len() != first.calls.len()) {
        return None;
    }
    let mut calls: Vec<SlowCall> = (first.calls.iter().enumerate())
        .map(|(index, call)| {
            let of = |launch: &Calls| launch.calls[index].clone();
            let mut seen: Vec<Call> = launches.iter().map(of).collect();
            seen.sort_by(|a, b| a.median_ns.total_cmp(&b.median_ns));
            let record = boot.trace.records.get(call.record as usize);
            SlowCall {
                median_ns: seen[seen.len() / 2].median_ns,
                max_ns: seen.iter().map(|call| call.max_ns).fold(0.0, f64::max),
                record: call.record.saturating_add(1),
                class: call.class,
                size: call.size,
                caller: record.and_then(|record| record.caller.clone()),
            }
        })
        .collect();
    calls.sort_by(|a, b| b.median_ns.total_cmp(&a.median_ns));
    calls.truncate(SLOWEST);
    Some(calls)
}
