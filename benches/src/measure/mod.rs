//! Carrying out a plan.

mod apart;
mod child;
mod counting;
mod group;
mod header;
mod lost;
mod post_mortem;
mod slot;

use std::sync::atomic::AtomicBool;

use crate::clock::Clock;
use crate::plan::{Plan, PlannedGroup};
use crate::results::{Cell, Group, Key, Results, ResultsFile, RunId, WriteError};

pub use apart::ask;
pub use header::header;
use lost::Lost;

/// What happens while a plan is carried out.
#[derive(Clone, Copy, Debug)]
pub enum Event<'e> {
    /// A group begins; its place among those to be measured, from 0 on, and how many those are.
    Begun(PlannedGroup<'e>, usize, usize),
    /// This share of it, from 0 to 1, is done.
    Part(f64),
    /// Its cells are in the file.
    Finished(&'e [Cell]),
}

/// How a plan was carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Every group of it is in the file.
    Complete,
    /// It was stopped, and may be resumed.
    Stopped,
}

/// Measures the groups of `plan` that `known` has no results of, and appends them to `file` as they are finished.
///
/// Whoever sets `stop` has it end within a sample or two.
///
/// # Errors
/// [`WriteError`] when the file takes no more; what was finished before is in it.
pub fn measure(
    plan: &Plan,
    run: &RunId,
    clock: &Clock,
    file: &mut ResultsFile,
    known: &Results,
    stop: &AtomicBool,
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<Ending, WriteError> {
    let groups: Vec<_> = plan.groups().into_iter().filter(|group| !is_known(plan, group, known)).collect();
    let mut lost = Lost::default();
    lost.note(&known.cells);
    for (index, group) in groups.iter().enumerate() {
        watch(Event::Begun(*group, index, groups.len()));
        let Some(outcomes) = group::measure(plan, group, &lost, clock, stop, watch) else {
            return Ok(Ending::Stopped);
        };
        let size = Group { number: group.number, cells: u32::try_from(outcomes.len()).unwrap_or(u32::MAX) };
        let cell = |(member, outcome): (&crate::plan::Member, _)| Cell {
            run: run.clone(),
            group: size,
            key: Key {
                trace: group.boot.name().to_owned(),
                quantity: group.quantity,
                strategy: member.label.clone(),
            },
            outcome,
        };
        let cells: Vec<Cell> = plan.members.iter().zip(outcomes).map(cell).collect();
        file.append(&cells)?;
        lost.note(&cells);
        watch(Event::Finished(&cells));
    }
    Ok(Ending::Complete)
}

/// Whether a run of this very plan has measured the group.
fn is_known(plan: &Plan, group: &PlannedGroup<'_>, known: &Results) -> bool {
    let digest = plan.facts().digest;
    known.cells.iter().any(|cell| {
        let of_plan = known.header(&cell.run).is_some_and(|header| header.plan.digest == digest);
        of_plan && cell.group.number == group.number
    })
}
