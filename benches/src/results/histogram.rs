//! Histograms of times, kept as `HdrHistogram` V2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram as Hdr;
use hdrhistogram::serialization::{Deserializer as HdrReader, Serializer as _, V2Serializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// A histogram of times in picoseconds, to two significant figures; as text, `HdrHistogram` V2 in base64.
///
/// Picoseconds, because a call of 15 ns would otherwise be known to 7 % only.
#[derive(Clone, PartialEq, Debug)]
pub struct Histogram(Hdr<u64>);

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// The longest time that is told apart: a hundred seconds. What takes longer counts as this.
    const HIGHEST_PS: u64 = 100_000_000_000_000;

    /// No times yet.
    ///
    /// # Panics
    /// Never: the bounds are constants that hold.
    #[must_use]
    pub fn new() -> Self {
        Self(Hdr::new_with_bounds(1, Self::HIGHEST_PS, 2).expect("1 < highest / 2, and 2 figures are few"))
    }

    /// Counts a time. What the clock could not tell from nothing counts as 0.
    pub fn record_ns(&mut self, ns: f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, 0 and up")]
        let ps = (ns * 1000.0).round().max(0.0) as u64;
        self.0.saturating_record(ps);
    }

    /// Adds the times of another.
    ///
    /// # Panics
    /// Never: all have the same bounds.
    pub fn add(&mut self, other: &Self) {
        self.0.add(&other.0).expect("the bounds are the same");
    }

    /// How many times there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The time in nanoseconds that this share of them, 0 to 1, does not exceed; 0 when there are none.
    #[must_use]
    pub fn quantile_ns(&self, share: f64) -> f64 {
        self.0.value_at_quantile(share) as f64 / 1000.0
    }

    /// The longest in nanoseconds.
    #[must_use]
    pub fn max_ns(&self) -> f64 {
        self.0.max() as f64 / 1000.0
    }

    /// Each distinct time in nanoseconds with its count, ascending: for drawing.
    pub fn recorded_ns(&self) -> impl Iterator<Item = (f64, u64)> {
        self.0.iter_recorded().map(|step| (step.value_iterated_to() as f64 / 1000.0, step.count_at_value()))
    }
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        V2Serializer::new().serialize(&self.0, &mut bytes).map_err(ser::Error::custom)?;
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(de::Error::custom)?;
        let read: Hdr<u64> =
            HdrReader::new().deserialize(&mut bytes.as_slice()).map_err(de::Error::custom)?;
        // Added to a fresh one, so that all histograms of a program have the same bounds, whatever a file says.
        let mut own = Self::new();
        own.0.add(&read).map_err(de::Error::custom)?;
        Ok(own)
    }
}
