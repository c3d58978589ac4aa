//! `boot-cost`: what a boot costs inside the allocator. All calls before the hand-over, then the hand-over of all free memory
//! into the model of the page allocator, in one sample; both parts are kept.

use std::hint::black_box;

use allocators::Strategy;
use serde::{Deserialize, Serialize};

use super::{Gathered, Site};
use crate::buddy::{HandOver, hand_over};
use crate::count::replay;
use crate::plan::Pace;
use crate::results::{FailureKind, Launch, Nanos, Outcome, Times};
use crate::worker::{Sample, Take, Trouble};

pub(super) const NAME: &str = "boot-cost";

/// What a boot costs, in its two parts. Sample `i` of one part and of the other are of the same replays.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BootCost {
    /// All calls before the hand-over; [`Times::work`] counts calls.
    pub calls: Times,
    /// The hand-over into the model of the page allocator; [`Times::work`] counts pages. Absent from results of before it
    /// was measured.
    pub hand_over: Option<Times>,
}

impl BootCost {
    /// Both parts together, if both were measured.
    #[must_use]
    pub fn total(&self) -> Option<Times> {
        let hand_over = self.hand_over.as_ref()?;
        let launch = |(calls, hand_over): (&Launch, &Launch)| Launch {
            turns: calls.turns.clone(),
            ns: calls.ns.iter().zip(&hand_over.ns).map(|(one, other)| one.plus(*other)).collect(),
        };
        let launches = self.calls.launches.iter().zip(&hand_over.launches).map(launch).collect();
        Some(Times { launches, ..self.calls.clone() })
    }
}

/// It is the figure that everybody looks at, so all of the plan's samples go to it.
pub(super) const fn pace(usual: Pace) -> Pace {
    usual
}

/// A sample is the mean of so many boots, each on an allocator that is as it was built.
// Reads of the clock around each replay, and none inside, instead of two a sample: to replay without a pause, as many allocators
// would have to be built before, and their maps would have left the cache by the time they are used, which a boot's own map
// has not.
pub(super) fn serve<S: Strategy + 'static>(site: &mut Site<'_, S>) -> Result<(), Trouble> {
    let Site { pipe, strategy, program, stage, clock, .. } = site;
    let mut sinks = HandOver::of(&program.machine);
    let pages = stage.often(*strategy, program, |boots| {
        let pages = boots
            .play(|allocator, slots| {
                replay(program, allocator, slots);
                sinks.first(allocator)
            })?
            .map_err(|wrong| Trouble::new(FailureKind::Wrong, &wrong))?;
        pipe.serve(program.steps.len() as u64, |take| {
            let Take::Repeats(repeats) = take else { return Ok(Sample::default()) };
            let (mut calls, mut handing) = (0.0, 0.0);
            for _ in 0..repeats {
                sinks.empty();
                boots.play(|allocator, slots| {
                    let start = clock.now();
                    replay(program, allocator, slots);
                    let between = clock.now();
                    hand_over(allocator, &mut sinks);
                    let end = clock.now();
                    black_box((allocator, slots));
                    calls += clock.ns_between(start, between);
                    handing += clock.ns_between(between, end);
                })?;
                sinks.same().map_err(|wrong| Trouble::new(FailureKind::Wrong, &wrong))?;
            }
            let parts = [calls, handing].map(|ns| ns / f64::from(repeats));
            Ok(Sample { ns: parts.iter().sum(), parts: parts.into(), wall_ns: 0 })
        })?;
        Ok::<_, Trouble>(pages)
    })??;
    site.found(crate::worker::Found::Pages(pages))
}

pub(super) fn keep(gathered: Gathered) -> Option<Outcome> {
    let pages = super::release::alike(gathered.found.iter().map(|found| match found {
        crate::worker::Found::Pages(pages) => Some(*pages),
        _ => None,
    }))?;
    let [calls, hand_over] = <[Vec<Launch>; 2]>::try_from(gathered.parts).ok()?;
    let repeats = gathered.repeats;
    Some(Outcome::BootCost(BootCost {
        calls: Times { work: gathered.work, repeats, launches: calls },
        hand_over: Some(Times { work: pages, repeats, launches: hand_over }),
    }))
}

impl Nanos {
    /// The sum of two times.
    #[must_use]
    fn plus(self, other: Self) -> Self {
        Self::new(self.get() + other.get()).unwrap_or(self)
    }
}
