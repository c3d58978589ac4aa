//! Samples of a time.

use serde::{Deserialize, Serialize};

use super::{Nanos, Pair};

/// Every sample of a time, by launch, in the order in which they were taken.
///
/// A sample is the mean over [`repeats`](Self::repeats) repetitions that follow each other, each from fresh state.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Times {
    /// What was done in that time: calls or pages, by quantity. Exact.
    pub work: u64,
    /// How often it was done for one sample.
    pub repeats: u32,
    /// The samples of each launch.
    pub launches: Vec<Launch>,
}

/// The samples of one process.
///
/// Sample `i` of each cell of a group belongs to block `i`: they were taken within moments, in the order of `turns`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Launch {
    /// The place of each sample among those of its block, from 0 on.
    pub turns: Vec<u16>,
    /// The time of each sample: nanoseconds for all the work once.
    #[serde(with = "nanos")]
    pub ns: Vec<Nanos>,
}

impl Times {
    /// All samples, launch by launch.
    pub fn samples(&self) -> impl Iterator<Item = Nanos> {
        self.launches.iter().flat_map(|launch| launch.ns.iter().copied())
    }

    /// Pairs of samples that were taken within moments, by launch: `self` is the candidate.
    ///
    /// Empty unless both were measured in one group with the same launches and blocks.
    #[must_use]
    pub fn pairs_with(&self, baseline: &Self) -> Vec<Vec<Pair>> {
        let launch = |(candidate, baseline): (&Launch, &Launch)| {
            let both = baseline.ns.iter().zip(&candidate.ns);
            both.map(|(&baseline, &candidate)| Pair { baseline, candidate }).collect()
        };
        self.launches.iter().zip(&baseline.launches).map(launch).collect()
    }
}

/// Times as plain numbers; what is no time is refused.
mod nanos {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::results::Nanos;

    pub(super) fn serialize<S: Serializer>(times: &[Nanos], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(times.iter().map(|time| time.get()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Nanos>, D::Error> {
        let time = |ns| Nanos::new(ns).ok_or_else(|| de::Error::custom(format!("{ns} ns is no time")));
        Vec::<f64>::deserialize(deserializer)?.into_iter().map(time).collect()
    }
}
