//! What is measured of a strategy on a trace.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is measured of a strategy on a trace. Its text form names it on the command line and in the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Quantity {
    /// `exact`: addresses, counts and bytes, which no repetition changes.
    Exact,
    /// `boot`: the time of all calls of a boot, no clock read among them.
    Boot,
    /// `latency`: the time of each call.
    Latency,
    /// `release-counting`, `release-buddy`, `release-buddy-2-threads`: the time in which all free memory is handed over.
    Release(Sink, u16),
    /// `instructions`: instructions executed, counted by callgrind.
    Instructions,
}

/// Into what memory is released.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sink {
    /// A sink that counts blocks.
    Counting,
    /// A model of the buddy allocator, which merges them.
    Buddy,
}

impl Sink {
    const fn word(self) -> &'static str {
        match self {
            Self::Counting => "counting",
            Self::Buddy => "buddy",
        }
    }
}

impl Quantity {
    /// Whether one thread does all of it.
    #[must_use]
    pub const fn is_on_one_thread(self) -> bool {
        !matches!(self, Self::Release(_, 2..))
    }

    /// Whether it is the same in every run.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        matches!(self, Self::Exact | Self::Instructions)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.pad("exact"),
            Self::Boot => f.pad("boot"),
            Self::Latency => f.pad("latency"),
            Self::Release(sink, 1) => f.pad(&format!("release-{}", sink.word())),
            Self::Release(sink, threads) => f.pad(&format!("release-{}-{threads}-threads", sink.word())),
            Self::Instructions => f.pad("instructions"),
        }
    }
}

/// No quantity has this name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "nothing is measured that is called `{0}`: there are exact, boot, latency, release-counting, release-buddy, \
     release-buddy-N-threads and instructions"
)]
pub struct UnknownQuantity(pub String);

impl FromStr for Quantity {
    type Err = UnknownQuantity;

    fn from_str(text: &str) -> Result<Self, UnknownQuantity> {
        let release = |rest: &str| {
            let (word, threads) = match rest.split_once('-') {
                None => (rest, 1),
                Some((word, threads)) => {
                    (word, threads.strip_suffix("-threads")?.parse().ok().filter(|&threads| threads > 1)?)
                }
            };
            let sink = [Sink::Counting, Sink::Buddy].into_iter().find(|sink| sink.word() == word)?;
            Some(Self::Release(sink, threads))
        };
        match text {
            "exact" => Some(Self::Exact),
            "boot" => Some(Self::Boot),
            "latency" => Some(Self::Latency),
            "instructions" => Some(Self::Instructions),
            _ => text.strip_prefix("release-").and_then(release),
        }
        .ok_or_else(|| UnknownQuantity(text.to_owned()))
    }
}

impl TryFrom<String> for Quantity {
    type Error = UnknownQuantity;

    fn try_from(text: String) -> Result<Self, UnknownQuantity> {
        text.parse()
    }
}

impl From<Quantity> for String {
    fn from(quantity: Quantity) -> Self {
        quantity.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        let release =
            [Sink::Counting, Sink::Buddy].map(|sink| [1, 2, 64].map(|n| Quantity::Release(sink, n)));
        let others = [Quantity::Exact, Quantity::Boot, Quantity::Latency, Quantity::Instructions];
        for quantity in release.into_iter().flatten().chain(others) {
            assert_eq!(quantity.to_string().parse(), Ok(quantity));
        }
        assert_eq!(Quantity::Release(Sink::Buddy, 2).to_string(), "release-buddy-2-threads");
        for bad in
            ["", "Boot", "release-", "release-buddy-1-threads", "release-buddy-0-threads", "release-buddy-x"]
        {
            assert_eq!(bad.parse::<Quantity>(), Err(UnknownQuantity(bad.into())), "{bad}");
        }
    }
}
