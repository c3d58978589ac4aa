//! Trying the instrument itself: what it says where the truth is known.
//!
//! * The same strategy under several names: whatever difference is claimed is false.
//! * A strategy that does a known share more work: the difference should be found, and the interval should hold it.
//!
//! Comparisons are judged one by one at 95 %, without the correction that reports make for their number: it is the
//! instrument that is tried here, and the correction would only hide what it does.

mod trial;

pub use trial::{Planted, Rates, Same};

use std::borrow::Cow;

use crate::results::{Results, Times};
use crate::stats::{Pair, Ratio, TooFew};

/// The ratio of two members of a group.
fn ratio(candidate: &Times, baseline: &Times) -> Result<Ratio, TooFew> {
    let launches: Vec<Vec<Pair>> = candidate.pairs_with(baseline);
    Ratio::of(&launches)
}

/// The times of each group, by the labels of its members.
fn groups(results: &Results) -> impl Iterator<Item = Vec<(&str, Cow<'_, Times>)>> {
    results.groups().map(|group| {
        group.iter().filter_map(|cell| Some((cell.key.strategy.as_str(), cell.outcome.times()?))).collect()
    })
}
