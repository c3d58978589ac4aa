//! The noisy figures: what each is, and which samples it is made from.

use benches::quantity::{Quantity, Sink};
use benches::stats::Noise;
use serde::Serialize;

/// A time that is compared.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Noisy {
    /// The word that names it in rules and data.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// What is measured for it.
    #[serde(skip)]
    pub(super) samples: Samples,
    /// How far its launches spread, learnt from all comparisons of it.
    #[serde(skip)]
    pub(super) noise: Noise,
}

/// Where the samples of a figure are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Samples {
    /// A boot, both parts together.
    BootCost,
    /// The calls of a boot alone.
    BootCalls,
    /// All samples of a quantity.
    Of(Quantity),
    /// The time that this share of a launch's allocations do not exceed, in thousandths.
    Percentile(u16),
}

/// The headline: all calls of a boot and the hand-over.
pub const BOOT_COST: &str = "boot-cost";

/// What takes its place in results of before the hand-over was measured with it.
pub const BOOT_CALLS: &str = "boot-calls";

/// Every figure that results may hold, in the order in which they are shown; `releases` are those that were measured.
pub(super) fn all(releases: impl IntoIterator<Item = Quantity>) -> Vec<Noisy> {
    let noisy = |id: &str, title: &str, samples| Noisy {
        id: id.into(),
        title: title.into(),
        samples,
        noise: Noise::UNKNOWN,
    };
    let mut all = vec![
        noisy(BOOT_COST, "boot cost: all calls and the hand-over", Samples::BootCost),
        noisy(BOOT_CALLS, "all calls of a boot, without the hand-over", Samples::BootCalls),
        noisy("build", "building the allocator's state", Samples::Of(Quantity::Build)),
        noisy("p50", "time that half of the allocations do not exceed", Samples::Percentile(500)),
        noisy("p99", "time that 99 in 100 allocations do not exceed", Samples::Percentile(990)),
    ];
    for quantity in releases {
        let Quantity::Release(sink, threads) = quantity else { continue };
        let into = match sink {
            Sink::Counting => "a sink that counts",
            Sink::Buddy => "the model of the page allocator",
        };
        let on = if threads == 1 { "one thread".into() } else { format!("{threads} threads") };
        all.push(noisy(
            &quantity.to_string(),
            &format!("hand-over into {into}, {on}"),
            Samples::Of(quantity),
        ));
    }
    all
}

/// Whether a word names a noisy figure.
#[must_use]
pub fn is_noisy(id: &str) -> bool {
    let known = all([]).iter().any(|noisy| noisy.id == id);
    known || matches!(id.parse(), Ok(Quantity::Release(..)))
}
