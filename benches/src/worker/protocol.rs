//! What a measuring process and its worker processes say to each other: one JSON object a line.

use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::plan::StrategyRef;
use crate::quantity::{CallClass, ClassLatency, NodeRelease, Quantity};
use crate::results::{ClockFacts, Failure};

/// The version of the protocol: both sides may be different builds when revisions are compared.
pub const PROTOCOL: u32 = 2;

/// The first line to a worker: the cell that it measures.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Job {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The strategy.
    pub strategy: StrategyRef,
    /// The text of the trace.
    pub trace: String,
    /// What is measured.
    pub quantity: Quantity,
    /// The clock, already calibrated.
    pub clock: ClockFacts,
    /// Whether the strategy's answers are checked first.
    pub checked: bool,
    /// Address space that the process may have.
    pub memory_bytes: u64,
    /// Processor time after which the system ends the process, should nobody else.
    pub cpu_seconds: u64,
    /// Which of the processors that it may use the process is to stay on, counted round and round; `None` for no one in
    /// particular. Of processes that are compared, one runs at a time, so that they can share it.
    #[serde(default)]
    pub processor: Option<u32>,
}

/// A further line to a worker.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Take a sample of so many repetitions; at least one.
    Sample(u32),
    /// Forget what samples have left behind so far: they were for warming up.
    Forget,
    /// Tell what was found beside the samples, and end.
    Finish,
}

/// A line from a worker.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// All is ready for samples, each of so much work.
    Ready(u64),
    /// A sample.
    Sample(Sample),
    /// What was asked for is done.
    Done,
    /// What was found beside the samples.
    Found(Box<Found>),
    /// There is nothing to be measured.
    Failed(Failure),
}

/// A sample.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Sample {
    /// Nanoseconds of one repetition: the mean.
    pub ns: f64,
    /// The same of each part of it, where parts were timed: of a release, each node; of a boot, its calls and the hand-over.
    pub parts: Vec<f64>,
    /// Nanoseconds that it took altogether, preparations included.
    pub wall_ns: u64,
}

/// What was found beside samples.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// Nothing.
    Nothing,
    /// Exact figures.
    Exact(Box<Exact>),
    /// Single calls.
    Calls(Calls),
    /// What each node released.
    Nodes(Vec<NodeRelease>),
    /// The pages that were handed over.
    Pages(u64),
}

/// How long single calls took in one launch.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Calls {
    /// How often each call was timed.
    pub replays: u32,
    /// By kind, with the one histogram of this launch.
    pub classes: Vec<ClassLatency>,
    /// Every call, in order.
    pub calls: Vec<Call>,
}

/// How long one call took.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Call {
    /// The index of its record.
    pub record: u32,
    /// Its kind.
    pub class: CallClass,
    /// The bytes that it was about.
    pub size: u64,
    /// The median in nanoseconds.
    pub median_ns: f64,
    /// The longest in nanoseconds.
    pub max_ns: f64,
}
