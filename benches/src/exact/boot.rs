//! Everything exact about one strategy and one boot.

use allocators::{AddrRange, BootAllocator, Strategy};
use serde::{Deserialize, Serialize};
use workloads::beyond::{Defer, Sections, lost_parts_with, struct_pages_with};
use workloads::check::Watch;
use workloads::replay::{Program, Reach, Slots, Stage, StageError, run_steps};
use workloads::trace::Trace;

use super::breakers::{Breaker, breakers};
use super::layout::{Layout, Track};
use super::{Fragmentation, Free, ZoneFigures, zones};
use crate::bounded;
use crate::figures::{Evidence, Figures, TooLarge};

/// Everything exact about one strategy and one boot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exact {
    /// The figures.
    pub figures: Figures,
    /// Answers that no allocator may give; none from a correct one.
    pub violations: Vec<String>,
    /// Blocks handed over, by order.
    #[serde(deserialize_with = "bounded::list::<_, _, { bounded::ORDERS }>")]
    pub blocks_handed_over: Vec<u64>,
    /// How broken up the memory is that was handed over: the sum over nodes and zones.
    pub fragmentation: Fragmentation,
    /// The same for each node's share of each zone.
    #[serde(deserialize_with = "bounded::list::<_, _, { bounded::ZONES }>")]
    pub zones: Vec<ZoneFigures>,
    /// How broken up free memory was along the boot.
    #[serde(deserialize_with = "bounded::list::<_, _, { bounded::POINTS }>")]
    pub along: Vec<Along>,
    /// Who broke which pageblocks; most first. Empty in results of before it was found out.
    #[serde(default)]
    pub breakers: Vec<Breaker>,
    /// What lies where at the end of the boot.
    pub layout: Layout,
}

/// What was free at a point of the boot. Zones do not exist yet, so runs are counted across them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Along {
    /// After so many calls.
    pub calls: u64,
    /// Separate ranges of free memory.
    pub free_ranges: u64,
    /// How broken up they are.
    pub fragmentation: Fragmentation,
}

/// Why there are no exact figures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ExactError {
    /// The allocator cannot be built.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// A figure is too large.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// How many points of a boot are looked at.
const POINTS: usize = 16;

/// Replays `trace` through `strategy`, checked and untimed.
///
/// # Errors
/// [`ExactError::Stage`] when the allocator cannot be built, [`ExactError::TooLarge`] when a figure is.
pub fn exact<S: Strategy + 'static>(
    strategy: &'static S,
    trace: &Trace,
    stage: &mut Stage,
) -> Result<Exact, ExactError> {
    let program = Program::compile(trace, Reach::of(strategy));
    let knows_nodes = strategy.knows_nodes();
    Ok(stage
        .play(strategy, &program, |allocator, slots| of(trace, &program, allocator, slots, knows_nodes))??)
}

/// Replays `program`, which is `trace` made ready, through an allocator that was set up for it.
fn of(
    trace: &Trace,
    program: &Program,
    allocator: &mut dyn BootAllocator,
    slots: &mut Slots,
    knows_nodes: bool,
) -> Result<Exact, TooLarge> {
    let mut watch = (Watch::new(program, knows_nodes), Track::new(program));
    let mut along = Vec::new();
    let mut from = 0;
    for point in 0..=POINTS {
        let to = program.steps.len() * point / POINTS;
        run_steps(program, from..to, allocator, slots, &mut watch);
        from = to;
        along.push(now(program, to, &free(allocator)));
    }
    let left = free(allocator);
    let layout = Layout::of(trace, program, &left, &watch.1);
    let breakers = breakers(trace, program, &left, &watch.1);
    let mut reserved: Vec<AddrRange> = Vec::new();
    allocator.for_each_reserved(&mut |range| reserved.push(range));
    let noinit: Vec<AddrRange> = program.noinit.iter().filter_map(|piece| slots.place(*piece)).collect();
    let checked = watch.0.release(allocator);

    let zones = zones::figures(&program.machine, &trace.zones, &checked.released);
    let sum = |sum: Fragmentation, zone: &ZoneFigures| sum.plus(&zone.fragmentation);
    let fragmentation = zones.iter().fold(Fragmentation::default(), sum);
    let reserved_ranges = joined(&reserved);
    let header = &trace.header;
    let sections = Sections::usual(&header.arch, header.page_size.bytes());
    let struct_pages = sections
        .and_then(|sections| struct_pages_with(trace, &reserved, &noinit, sections, Defer::usual(header)));
    let evidence = Evidence {
        trace,
        program,
        checked: &checked,
        fragmentation: &fragmentation,
        zones: &zones,
        reserved_ranges,
        struct_pages: struct_pages.as_ref(),
        lost_parts: lost_parts_with(trace, &reserved),
    };
    Ok(Exact {
        figures: Figures::of(&evidence)?,
        violations: checked.violations.iter().map(ToString::to_string).collect(),
        blocks_handed_over: checked.released.blocks_by_order(),
        fragmentation,
        zones,
        along,
        breakers,
        layout,
    })
}

fn free(allocator: &dyn BootAllocator) -> Vec<AddrRange> {
    let mut ranges = Vec::new();
    allocator.for_each_free(&mut |range| ranges.push(range));
    ranges
}

/// How broken up the free `ranges` are after so many calls.
fn now(program: &Program, calls: usize, ranges: &[AddrRange]) -> Along {
    let page = program.machine.page;
    let free = Free::new(ranges.iter().map(|range| range.pages_inside(page)));
    Along {
        calls: calls as u64,
        free_ranges: joined(ranges),
        fragmentation: free.fragmentation(page, program.machine.max_order),
    }
}

/// How many separate ranges these are, once those that touch are one.
fn joined(ascending: &[AddrRange]) -> u64 {
    let seams = ascending.windows(2).filter(|pair| pair[0].end() == pair[1].start()).count();
    (ascending.len() - seams) as u64
}
