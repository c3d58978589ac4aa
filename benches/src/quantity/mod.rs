//! What is measured of a strategy on a boot.
//!
//! A noisy quantity is one file: its name, its pace, its sampler, and the form in which results keep it. The list below names
//! them all, and is the one place to which a new one is added.

mod boot_cost;
mod build;
mod instructions;
mod latency;
mod release;
mod site;

use std::fmt;
use std::str::FromStr;

use allocators::Strategy;
use serde::{Deserialize, Serialize};

use crate::plan::{Boot, Pace};
use crate::results::{ClockFacts, Outcome};
use crate::worker::Trouble;

pub use boot_cost::BootCost;
pub(crate) use instructions::{KINDS, PARTS, WALK};
pub use latency::{CallClass, ClassLatency, Latency, SlowCall};
pub use release::{NodeRelease, Release, Sink};
pub(crate) use site::{Gathered, Site};

/// What is measured of a strategy on a trace. Its text form names it on the command line and in the file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Quantity {
    /// `exact`: addresses, counts and bytes, which no repetition changes.
    Exact,
    /// `boot-cost`: the time of all calls of a boot, then that of the hand-over into the page allocator's model.
    BootCost,
    /// `build`: the time in which the allocator's state is built.
    Build,
    /// `latency`: the time of each call.
    Latency,
    /// `release-counting`, `release-buddy`, `release-buddy-2-threads`: the time in which all free memory is handed over.
    Release(Sink, u16),
    /// `instructions`: instructions executed, counted by callgrind.
    Instructions,
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

    /// The pace of it, of a plan whose pace is `usual`.
    pub(crate) fn pace(self, usual: Pace) -> Pace {
        match self {
            Self::Exact | Self::Instructions => Pace { launches: 1, blocks: 0, ..usual },
            Self::BootCost => boot_cost::pace(usual),
            Self::Build => build::pace(usual),
            Self::Latency => latency::pace(usual),
            Self::Release(..) => release::pace(usual),
        }
    }

    /// Takes samples of it for as long as it is asked to, in a worker process.
    pub(crate) fn serve<S: Strategy + 'static>(self, site: &mut Site<'_, S>) -> Result<(), Trouble> {
        match self {
            Self::Exact => site.exact(),
            Self::Instructions => instructions::serve(site),
            Self::BootCost => boot_cost::serve(site),
            Self::Build => build::serve(site),
            Self::Latency => latency::serve(site),
            Self::Release(sink, threads) => release::serve(site, sink, threads),
        }
    }

    /// What is kept of what was gathered; `None` if launches contradict each other in what no repetition changes.
    pub(crate) fn keep(self, gathered: Gathered, boot: &Boot, clock: &ClockFacts) -> Option<Outcome> {
        match self {
            Self::Exact => gathered.exact(),
            Self::Instructions => None,
            Self::BootCost => boot_cost::keep(gathered),
            Self::Build => Some(build::keep(&gathered)),
            Self::Latency => latency::keep(gathered, boot, clock),
            Self::Release(..) => release::keep(gathered),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.pad("exact"),
            Self::BootCost => f.pad(boot_cost::NAME),
            Self::Build => f.pad(build::NAME),
            Self::Latency => f.pad(latency::NAME),
            Self::Release(sink, threads) => f.pad(&release::name(*sink, *threads)),
            Self::Instructions => f.pad("instructions"),
        }
    }
}

/// No quantity has this name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "nothing is measured that is called `{0}`: there are exact, boot-cost, build, latency, release-counting, \
     release-buddy, release-buddy-N-threads and instructions"
)]
pub struct UnknownQuantity(pub String);

impl FromStr for Quantity {
    type Err = UnknownQuantity;

    fn from_str(text: &str) -> Result<Self, UnknownQuantity> {
        match text {
            "exact" => Some(Self::Exact),
            boot_cost::NAME => Some(Self::BootCost),
            build::NAME => Some(Self::Build),
            latency::NAME => Some(Self::Latency),
            "instructions" => Some(Self::Instructions),
            _ => release::named(text).map(|(sink, threads)| Self::Release(sink, threads)),
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
        let others =
            [Quantity::Exact, Quantity::BootCost, Quantity::Build, Quantity::Latency, Quantity::Instructions];
        for quantity in release.into_iter().flatten().chain(others) {
            assert_eq!(quantity.to_string().parse(), Ok(quantity));
        }
        assert_eq!(Quantity::Release(Sink::Buddy, 2).to_string(), "release-buddy-2-threads");
        for bad in [
            "",
            "boot",
            "Build",
            "release-",
            "release-buddy-1-threads",
            "release-buddy-0-threads",
            "release-buddy-x",
        ] {
            assert_eq!(bad.parse::<Quantity>(), Err(UnknownQuantity(bad.into())), "{bad}");
        }
    }
}
