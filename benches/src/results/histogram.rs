//! Histograms of times, kept as `HdrHistogram` V2.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram as Hdr;
use hdrhistogram::serialization::{Deserializer as HdrReader, Serializer as _, V2Serializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// A histogram of times in picoseconds, to two significant figures; as text, `HdrHistogram` V2 in base64.
///
/// Picoseconds, because a call of 15 ns would otherwise be known to 7 % only.
// In memory only the times that occur: the tables of `HdrHistogram` are 40 KiB each, and a file of results has one for each
// kind of call of each launch, of a few hundred bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Histogram {
    /// How many times there are of at most so many picoseconds, by the largest time that counts as the same.
    counts: BTreeMap<u64, u64>,
}

impl Histogram {
    /// The longest time that is told apart: a hundred seconds. What takes longer counts as this.
    const HIGHEST_PS: u64 = 100_000_000_000_000;

    /// Two significant figures.
    const FIGURES: u8 = 2;

    /// No times yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty table.
    fn table() -> Hdr<u64> {
        Hdr::new_with_bounds(1, Self::HIGHEST_PS, Self::FIGURES)
            .expect("1 < highest / 2, and 2 figures are few")
    }

    /// Counts a time. What the clock could not tell from nothing counts as 0.
    pub fn record_ns(&mut self, ns: f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, 0 and up")]
        let ps = (ns * 1000.0).round().max(0.0) as u64;
        *self.counts.entry(largest_alike(ps.min(Self::HIGHEST_PS))).or_default() += 1;
    }

    /// Adds the times of another.
    pub fn add(&mut self, other: &Self) {
        for (&ps, &count) in &other.counts {
            let sum = self.counts.entry(ps).or_default();
            *sum = sum.saturating_add(count);
        }
    }

    /// How many times there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.values().copied().fold(0, u64::saturating_add)
    }

    /// The time in nanoseconds that this share of them, 0 to 1, does not exceed; 0 when there are none.
    #[must_use]
    pub fn quantile_ns(&self, share: f64) -> f64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to the count")]
        let wanted = ((share.clamp(0.0, 1.0) * self.count() as f64).ceil() as u64).max(1);
        let mut below = 0_u64;
        let reached = self.counts.iter().find(|&(_, &count)| {
            below = below.saturating_add(count);
            below >= wanted
        });
        reached.map_or(0.0, |(&ps, _)| ps as f64 / 1000.0)
    }

    /// The longest in nanoseconds.
    #[must_use]
    pub fn max_ns(&self) -> f64 {
        self.counts.last_key_value().map_or(0.0, |(&ps, _)| ps as f64 / 1000.0)
    }

    /// Each distinct time in nanoseconds with its count, ascending: for drawing.
    pub fn recorded_ns(&self) -> impl Iterator<Item = (f64, u64)> {
        self.counts.iter().map(|(&ps, &count)| (ps as f64 / 1000.0, count))
    }
}

/// The largest time that is the same to two significant figures: its bucket's end, as `HdrHistogram` has them. 256 values are
/// kept apart by one, then 128 by two, and so on.
fn largest_alike(ps: u64) -> u64 {
    let shift = (64 - ps.leading_zeros()).saturating_sub(8);
    (((ps >> shift) + 1) << shift) - 1
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = Self::table();
        for (&ps, &count) in &self.counts {
            table.record_n(ps.min(Self::HIGHEST_PS), count).map_err(ser::Error::custom)?;
        }
        let mut bytes = Vec::new();
        V2Serializer::new().serialize(&table, &mut bytes).map_err(ser::Error::custom)?;
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(de::Error::custom)?;
        if !is_ours(&bytes) {
            return Err(de::Error::custom("a histogram of other bounds than this program's"));
        }
        let read: Hdr<u64> =
            HdrReader::new().deserialize(&mut bytes.as_slice()).map_err(de::Error::custom)?;
        let step = |step: hdrhistogram::iterators::IterationValue<u64>| {
            (largest_alike(step.value_iterated_to().min(Self::HIGHEST_PS)), step.count_at_value())
        };
        Ok(Self { counts: read.iter_recorded().map(step).collect() })
    }
}

/// Whether it is of this program's bounds: the reader makes tables of whatever size the bytes ask for.
///
/// Source: the V2 encoding of `HdrHistogram`: cookie, length, offset and figures of 4 bytes, then the lowest and the highest
/// value of 8, big-endian.
fn is_ours(bytes: &[u8]) -> bool {
    let word = |at: usize| {
        bytes.get(at..at + 4).map(|four| four.iter().fold(0, |all, &byte| all << 8 | u64::from(byte)))
    };
    let long = |at: usize| Some(word(at)? << 32 | word(at + 4)?);
    word(12) == Some(u64::from(Histogram::FIGURES))
        && long(16) == Some(1)
        && long(24).is_some_and(|highest| highest <= 2 * Histogram::HIGHEST_PS)
}
