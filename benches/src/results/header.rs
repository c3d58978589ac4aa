//! Where and how a measurement was made.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::PlanFacts;

/// The name of a run: sixteen hexadecimal digits that differ between runs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The facts of one run, which hold for all of its cells.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Header {
    /// The version of the schema.
    pub schema: u32,
    /// The run.
    pub run: RunId,
    /// When it began, in seconds since 1970-01-01 UTC.
    pub started_unix_s: u64,
    /// The command line, the program's own name first.
    pub command: Vec<String>,
    /// The revision that was measured, if it was under version control.
    pub commit: Option<Commit>,
    /// What built the program.
    pub toolchain: Toolchain,
    /// What it ran on.
    pub machine: MachineFacts,
    /// What it was timed with.
    pub clock: ClockFacts,
    /// What was to be measured, and how.
    pub plan: PlanFacts,
    /// What may have spoiled it.
    pub warnings: Vec<Warning>,
}

/// A revision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Commit {
    /// Its hash.
    pub id: String,
    /// Whether tracked files differed from it.
    pub dirty: bool,
}

/// What built the program.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Toolchain {
    /// What the compiler says of its version.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// Cargo's profile, such as `release`.
    pub profile: String,
    /// The level of optimisation, such as `3`.
    pub opt_level: String,
    /// Flags given to the compiler from outside.
    pub flags: String,
    /// Whether assertions are checked: a debug build.
    pub debug_assertions: bool,
}

/// What it ran on. What could not be found out is `None` or empty.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MachineFacts {
    /// The processor's name.
    pub cpu: Option<String>,
    /// The processors that the program may use.
    pub cpus: u32,
    /// The caches of the first processor.
    pub caches: Vec<Cache>,
    /// How the clock frequency is chosen.
    pub governor: Option<String>,
    /// Whether the processor says that it belongs to a virtual machine.
    pub virtual_machine: Option<bool>,
    /// Main memory in bytes.
    pub memory_bytes: Option<u64>,
    /// The operating system and its release.
    pub system: String,
    /// How busy the machine was at the start.
    pub load: Option<Load>,
}

/// A cache.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cache {
    /// 1, 2 or 3.
    pub level: u32,
    /// `Data`, `Instruction` or `Unified`.
    pub kind: String,
    /// Its size.
    pub bytes: u64,
    /// The processors that share it, as the kernel lists them.
    pub shared_by: String,
}

/// How many tasks were running or waiting, on average.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Load {
    /// Over the last minute.
    pub one_minute: f64,
    /// Over the last five.
    pub five_minutes: f64,
}

/// A kind of clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    /// The processor's time-stamp counter, which runs at one speed always.
    TimeStampCounter,
    /// The operating system's monotonic clock.
    Monotonic,
}

/// What a clock is good for.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct ClockFacts {
    /// Which one it is.
    pub kind: ClockKind,
    /// Nanoseconds in a tick.
    pub ns_per_tick: f64,
    /// What a pair of reads adds to the time between them, in nanoseconds. It is subtracted from times.
    pub cost_ns: f64,
    /// Its step: the smallest difference that it showed between reads that follow each other, in nanoseconds.
    pub granularity_ns: f64,
}

impl ClockFacts {
    /// The steps that a single time should have at least.
    pub const STEPS: f64 = 10.0;

    /// Whether this clock tells a time of so many nanoseconds from one that is a tenth longer.
    #[must_use]
    pub fn tells(&self, ns: f64) -> bool {
        ns >= Self::STEPS * self.granularity_ns
    }
}

/// Which part of a plan, from 1 on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Shard {
    /// This part.
    pub index: u32,
    /// Of so many.
    pub of: u32,
}

/// Something that may spoil a measurement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Warning {
    /// What it is.
    pub what: String,
    /// What helps.
    pub remedy: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.remedy)
    }
}
