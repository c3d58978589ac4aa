//! Statistics of noisy times: few, in one place, each with its source.
//!
//! Pure functions over slices of measured times ([`Nanos`]). Nothing here draws random numbers, so equal data
//! give equal answers. Exact figures ([`ExactCount`]) are compared as they are and do not fit into any of it.
//!
//! | question | answer |
//! |---|---|
//! | How long does it take? | [`Median::of_launches`], an interval by order statistics; [`quantile`] |
//! | How many times as long as the other? | [`Ratio`], from launches of [`Pair`]s |
//! | And with few launches? | [`Sampled`], with the [`Noise`] of all comparisons of the plan |
//! | Which times stand beside it? | [`level`] of the baseline, and [`Ratio::beside`] |
//! | And if they were not measured side by side? | [`Ratio::apart`] |
//! | And over all traces? | [`mean_of_ratios`] of the rows that are shown, [`mean_of_rounds`] where launches share layouts; [`geometric_mean`], [`geometric_mean_apart`] |
//! | Is that a difference? | [`judge`]: better, worse, `(~)`, `~`, `?`, corrected by [`holm`] for their number |
//!
//! Below a stated minimum there is no answer: [`TooFew`] takes its place.
//!
#![doc = include_str!("STUDY.md")]
#![expect(clippy::doc_markdown, reason = "McLaughlin is a person")]

mod apart;
mod confidence;
mod exact_count;
mod gamma;
mod geomean;
mod holm;
mod launch;
mod law;
mod level;
mod median;
mod paired;
mod pooled;
mod quantile;
mod sample;
mod too_few;
mod trimmed;
mod verdict;

pub use apart::geometric_mean_apart;
pub use confidence::{Confidence, Interval};
pub use exact_count::{CountChange, ExactCount};
pub use geomean::geometric_mean;
pub use holm::holm;
pub use launch::LaunchRatio;
pub(crate) use law::student_quantile;
pub use level::level;
pub use median::Median;
pub use paired::Ratio;
pub use pooled::{Noise, Sampled, mean_of_ratios, mean_of_rounds};
pub use quantile::quantile;
pub use sample::{Nanos, Pair};
pub use too_few::TooFew;
pub use verdict::{Judged, Verdict, judge};
