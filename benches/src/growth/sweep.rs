//! From small to large, strategy beside strategy.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use super::child::{self, Failed, Job};
use super::{Curve, Ended, Growth, Launch, Point, Shape};
use crate::clock::Clock;
use crate::plan::Member;

/// What is swept.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// What grows.
    pub shape: Shape,
    /// The sizes, ascending.
    pub sizes: Vec<u64>,
    /// Who is swept.
    pub members: Vec<Member>,
    /// Processes for each cell: what intervals rest on.
    pub launches: u32,
    /// Seconds that a process of a cell may take. One that would take longer is not begun.
    pub cell_seconds: u64,
    /// Bytes of address space for each process.
    pub memory_bytes: u64,
    /// Counts instructions, if it is there.
    pub valgrind: Option<PathBuf>,
    /// Whether nothing is timed: instructions alone are exact on a machine that is busy.
    pub only_count: bool,
}

/// What happens.
#[derive(Clone, Copy, Debug)]
pub enum Event<'e> {
    /// A cell begins.
    Begun(Shape, u64, &'e str),
    /// The instructions of a cell could not be counted, for this reason; its times stand.
    Uncounted(u64, &'e str, &'e str),
    /// A strategy goes no further.
    Ended(&'e Curve),
    /// All strategies are through with a size, and this is what was found so far.
    Finished(&'e Growth),
}

/// Valgrind takes so many times as long. Measured on the walk of a long list, which is the worst.
const VALGRIND_TIMES: f64 = 60.0;

/// Sweeps, and adds what it finds to `growth`. Returns whether it came to its end; else somebody set `stop`.
pub fn sweep(
    plan: &Sweep,
    clock: &Clock,
    growth: &mut Growth,
    stop: &AtomicBool,
    watch: &mut dyn FnMut(Event<'_>),
) -> bool {
    let first = growth.curves.len();
    for member in &plan.members {
        let (shape, strategy) = (plan.shape, member.label.clone());
        growth.curves.push(Curve { shape, strategy, points: Vec::new(), ended: None });
    }
    let mut walls: Vec<Vec<(u64, f64)>> = vec![Vec::new(); plan.members.len()];
    for &size in &plan.sizes {
        for (index, member) in plan.members.iter().enumerate() {
            let label = &member.label[..];
            if growth.curves[first + index].ended.is_some() {
                continue;
            }
            let predicted = predict(&walls[index], size);
            if predicted > plan.cell_seconds as f64 {
                let why = format!(
                    "it would take about {}, more than the {} s that it may (--cell-seconds)",
                    duration(predicted),
                    plan.cell_seconds
                );
                growth.curves[first + index].ended = Some(Ended { size, why });
                watch(Event::Ended(&growth.curves[first + index]));
                continue;
            }
            watch(Event::Begun(plan.shape, size, label));
            let job = Job {
                strategy: member.strategy.clone(),
                recipe: plan.shape.recipe(size).to_string(),
                kinds: plan.shape.kinds().to_vec(),
                counted: false,
                clock: clock.facts(),
                memory_bytes: plan.memory_bytes,
                cpu_seconds: plan.cell_seconds * 2 + 5,
            };
            match point(plan, member, &job, size, predicted, stop) {
                Ok((point, wall, uncounted)) => {
                    if let Some(why) = uncounted {
                        watch(Event::Uncounted(size, label, &why));
                    }
                    walls[index].push((size, wall));
                    growth.curves[first + index].points.push(point);
                }
                Err(Failed::Stopped) => return false,
                Err(Failed::Because(why)) => {
                    growth.curves[first + index].ended = Some(Ended { size, why });
                    watch(Event::Ended(&growth.curves[first + index]));
                }
            }
        }
        watch(Event::Finished(growth));
    }
    true
}

/// One cell, the seconds that a process of it took, and why instructions were not counted if they should have been.
fn point(
    plan: &Sweep,
    member: &Member,
    job: &Job,
    size: u64,
    predicted: f64,
    stop: &AtomicBool,
) -> Result<(Point, f64, Option<String>), Failed> {
    let program = &member.program()?;
    let mut launches: Vec<Launch> = Vec::new();
    // Seconds of a single process are enough to see whether the next size can be afforded; of a slow cell three make an
    // interval.
    let wanted = match predicted {
        _ if plan.only_count => 1,
        slow if slow > plan.cell_seconds as f64 / 4.0 => plan.launches.min(3),
        _ => plan.launches,
    };
    for _ in 0..wanted {
        launches.push(child::time(program, job, plan.cell_seconds * 2, stop)?);
    }
    let wall = launches.iter().map(|launch| launch.seconds).fold(0.0, f64::max);
    let (mut instructions, mut uncounted) = (BTreeMap::new(), None);
    if let Some(valgrind) = &plan.valgrind
        && wall * VALGRIND_TIMES <= plan.cell_seconds as f64 * 2.0
    {
        let counted = Job {
            counted: true,
            cpu_seconds: plan.cell_seconds * 4 + 5,
            memory_bytes: plan.memory_bytes.saturating_add(2 << 30),
            ..job.clone()
        };
        match child::count(program, valgrind, &counted, plan.cell_seconds * 4, stop) {
            Ok(counts) => instructions = counts,
            Err(Failed::Stopped) => return Err(Failed::Stopped),
            Err(Failed::Because(why)) => uncounted = Some(why),
        }
    }
    if plan.only_count {
        for launch in &mut launches {
            launch.ns.clear();
        }
    }
    Ok((Point { size, recipe: job.recipe.clone(), launches, instructions }, wall, uncounted))
}

/// Seconds that a process is going to take, from those before it: as they grew at last, but at least in proportion.
fn predict(walls: &[(u64, f64)], size: u64) -> f64 {
    let Some(&(last, seconds)) = walls.last() else { return 0.0 };
    let steep = walls.len().checked_sub(2).map(|at| walls[at]).map_or(1.0, |(before, seconds_before)| {
        (seconds / seconds_before).ln() / (last as f64 / before as f64).ln()
    });
    seconds * (size as f64 / last as f64).powf(steep.clamp(1.0, 2.5))
}

fn duration(seconds: f64) -> String {
    match seconds {
        short if short < 120.0 => format!("{short:.0} s"),
        longer if longer < 7200.0 => format!("{:.0} min", longer / 60.0),
        long => format!("{:.0} h", long / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_cell_is_foretold_from_those_before_it() {
        assert!(predict(&[], 100).abs() < 1e-9);
        let square = predict(&[(1_000, 0.1), (10_000, 10.0)], 100_000);
        assert!((square - 1_000.0).abs() < 1.0, "{square}");
        // A cell that got no slower may get slower in proportion.
        let flat = predict(&[(1_000, 0.1), (10_000, 0.1)], 100_000);
        assert!((flat - 1.0).abs() < 1e-6, "{flat}");
        assert_eq!([59.0, 300.0, 10_000.0].map(duration), ["59 s", "5 min", "3 h"]);
    }
}
