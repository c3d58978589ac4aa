//! How full memblock's arrays got, where that is worth a warning.

use workloads::beyond::{HeadRoom, head_room};
use workloads::trace::Trace;

use crate::units::{count, plural};

/// A sentence for each of memblock's arrays that got so full that a little more would double it, or did.
pub(crate) fn nearly_full(trace: &Trace) -> Vec<String> {
    head_room(trace).iter().filter(|array| array.is_tight()).map(warning).collect()
}

fn warning(array: &HeadRoom) -> String {
    let HeadRoom { most, room, doublings, may_double, .. } = *array;
    let name = array.array.word();
    let then = match (doublings, may_double) {
        (1.., _) => format!("it was doubled {}", times(doublings, "time")),
        (0, true) => "it doubles when it is full".to_owned(),
        (0, false) => "it may not double, and the boot fails when it is full".to_owned(),
    };
    format!(
        "Warning: the array of {name} had {} in a room for {}: {then}.",
        times(most, "region"),
        count(room)
    )
}

fn times(number: u64, one: &str) -> String {
    plural(usize::try_from(number).unwrap_or(usize::MAX), one)
}
