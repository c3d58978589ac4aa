//! Measuring the cells of a group side by side.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Event;
use super::counting;
use super::lost::Lost;
use super::slot::Slot;
use crate::clock::Clock;
use crate::plan::{Pace, Plan, PlannedGroup, turns};
use crate::quantity::Quantity;
use crate::results::Outcome;

/// What each member came to, in the order of the plan, or `None` if it was stopped.
pub(super) fn measure(
    plan: &Plan,
    group: &PlannedGroup<'_>,
    lost: &Lost,
    clock: &Clock,
    stop: &AtomicBool,
    watch: &mut dyn FnMut(Event<'_>),
) -> Option<Vec<Outcome>> {
    if group.quantity == Quantity::Instructions {
        return counting::count(plan, group, lost, stop);
    }
    let slot = |member| Slot::new(member, plan, lost.of(group.boot.name(), member));
    let mut slots: Vec<Slot<'_>> = plan.members.iter().map(slot).collect();
    let mut pace = group.quantity.pace(plan.pace);
    let mut launch = 0;
    while launch < pace.launches {
        // Who starts first has other pages and has waited longer when samples begin: nobody does so in every launch.
        let starting = turns(!plan.seed, group.number, launch, slots.len(), 1).concat();
        for &member in &starting {
            slots[member].launch(plan, group, clock, launch);
        }
        slots.iter_mut().for_each(Slot::ready);
        if pace.blocks > 0 {
            if launch == 0 {
                pace = pace.for_block(set_repeats(&mut slots, &pace, clock));
                // The first replay after a pause is a slow one, so that a mean of fewer is larger: who is about as fast
                // as the fastest repeats as often, else equals would differ, and alike in every launch.
                let most = slots.iter().map(|slot| slot.repeats).max().unwrap_or(1);
                for slot in slots.iter_mut().filter(|slot| slot.repeats.saturating_mul(2) >= most) {
                    slot.repeats = most;
                }
            } else {
                for &member in &starting {
                    let repeats = slots[member].repeats;
                    slots[member].warm_up(repeats);
                }
            }
            slots.iter_mut().for_each(Slot::forget);
        }
        for order in turns(plan.seed, group.number, launch, slots.len(), pace.blocks) {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            for (turn, &member) in order.iter().enumerate() {
                slots[member].sample(turn);
            }
        }
        slots.iter_mut().for_each(Slot::finish);
        launch += 1;
        watch(Event::Part(f64::from(launch) / f64::from(pace.launches)));
        if stop.load(Ordering::Relaxed) {
            return None;
        }
    }
    Some(slots.into_iter().map(|slot| slot.outcome(group, clock)).collect())
}

/// Finds how often each member repeats its work for a sample, and returns how long a block then takes.
///
/// A sample lasts long enough for the pace, and for the clock's granularity to be less than a thousandth of it.
fn set_repeats(slots: &mut [Slot<'_>], pace: &Pace, clock: &Clock) -> Duration {
    let long_enough = Duration::from_micros(pace.sample_us).as_nanos() as f64;
    let fine_enough = 1000.0 * clock.facts().granularity_ns;
    let mut block = Duration::ZERO;
    for slot in slots {
        let mut repeats = 1_u32;
        // The first is cold; each further one tells better how many are needed.
        for _ in 0..5 {
            let Some(sample) = slot.warm_up(repeats) else { break };
            let wall = (sample.wall_ns as f64).max(1.0);
            let timed = (sample.ns * f64::from(repeats)).max(1.0);
            slot.repeats = repeats;
            let missing = (long_enough / wall).max(fine_enough / timed);
            let wanted = f64::from(repeats) * missing;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
            let wanted = wanted.ceil().clamp(1.0, f64::from(repeats) * 64.0).min(1e6) as u32;
            if wanted == repeats {
                break;
            }
            repeats = wanted;
            slot.repeats = wanted;
        }
        let last = slot.warm_up(slot.repeats);
        block += last.map_or(Duration::ZERO, |sample| Duration::from_nanos(sample.wall_ns));
    }
    block
}
