//! From what was gathered to what is kept.

use std::collections::BTreeMap;

use super::slot::Slot;
use crate::plan::PlannedGroup;
use crate::results::{
    CallClass, ClassLatency, Failure, FailureKind, Latency, NodeRelease, Outcome, Quantity, Release,
    SlowCall, Times,
};
use crate::worker::{Call, Calls, Found};

/// How many slow calls are kept.
const SLOWEST: usize = 10;

pub(super) fn outcome(slot: Slot<'_>, group: &PlannedGroup<'_>) -> Outcome {
    let Slot { failure, work, repeats, launches, nodes, found, .. } = slot;
    if let Some(failure) = failure {
        return Outcome::Failed(failure);
    }
    let times = Times { work, repeats, launches };
    let kept = match group.quantity {
        Quantity::Boot => Some(Outcome::Boot(times)),
        Quantity::Latency => latency(found, group).map(Outcome::Latency),
        Quantity::Release(..) => released(found).map(|mut release| {
            for (node, launches) in release.iter_mut().zip(nodes) {
                node.times = Some(Times { work: node.pages, repeats, launches });
            }
            Outcome::Release(Release { times, nodes: release })
        }),
        Quantity::Exact => match found.into_iter().next() {
            Some(Found::Exact(exact)) => Some(Outcome::Exact(exact)),
            _ => None,
        },
        Quantity::Instructions => None,
    };
    kept.unwrap_or_else(|| {
        let message = "launches contradict each other in what no repetition changes".into();
        Outcome::Failed(Failure { kind: FailureKind::Wrong, message })
    })
}

/// What was released, if every launch released the same.
fn released(found: Vec<Found>) -> Option<Vec<NodeRelease>> {
    let mut launches = found.into_iter().map(|found| match found {
        Found::Nodes(nodes) => Some(nodes),
        _ => None,
    });
    let first = launches.next()??;
    launches.all(|nodes| nodes.as_ref() == Some(&first)).then_some(first)
}

fn latency(found: Vec<Found>, group: &PlannedGroup<'_>) -> Option<Latency> {
    let launches: Vec<Calls> = found
        .into_iter()
        .map(|found| match found {
            Found::Calls(calls) => Some(calls),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let replays = launches.first()?.replays;
    let slowest = slowest(&launches, group)?;
    let mut classes: BTreeMap<CallClass, ClassLatency> = BTreeMap::new();
    for launch in launches {
        for class in launch.classes {
            match classes.get_mut(&class.class) {
                Some(known) => known.launches.extend(class.launches),
                None => drop(classes.insert(class.class, class)),
            }
        }
    }
    Some(Latency { replays, classes: classes.into_values().collect(), slowest })
}

/// The calls that took longest: of each, the middle launch's median.
fn slowest(launches: &[Calls], group: &PlannedGroup<'_>) -> Option<Vec<SlowCall>> {
    let first = launches.first()?;
    if launches.iter().any(|launch| launch.calls.len() != first.calls.len()) {
        return None;
    }
    let mut calls: Vec<SlowCall> = (first.calls.iter().enumerate())
        .map(|(index, call)| {
            let of = |launch: &Calls| launch.calls[index].clone();
            let mut seen: Vec<Call> = launches.iter().map(of).collect();
            seen.sort_by(|a, b| a.median_ns.total_cmp(&b.median_ns));
            let record = group.boot.trace.records.get(call.record as usize);
            SlowCall {
                median_ns: seen[seen.len() / 2].median_ns,
                max_ns: seen.iter().map(|call| call.max_ns).fold(0.0, f64::max),
                record: call.record.saturating_add(1),
                class: call.class,
                size: call.size,
                caller: record.and_then(|record| record.caller.clone()),
            }
        })
        .collect();
    calls.sort_by(|a, b| b.median_ns.total_cmp(&a.median_ns));
    calls.truncate(SLOWEST);
    Some(calls)
}
