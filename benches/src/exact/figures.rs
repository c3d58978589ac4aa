//! Everything exact about one strategy and one boot.

use allocators::{AddrRange, BootAllocator, Strategy};
use serde::{Deserialize, Serialize};
use workloads::check::{Checked, Outcomes, check};
use workloads::replay::{Program, Reach, Stage, StageError, Unobserved, run_steps};
use workloads::trace::Trace;

use super::layout::layout;
use super::{Fragmentation, Free, Layout, ZoneFigures, zones};

/// Everything exact about one strategy and one boot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exact {
    /// What the strategy could and could not do.
    pub outcomes: Outcomes,
    /// The calls of the replay.
    pub calls: u64,
    /// Answers that no allocator may give; none from a correct one.
    pub violations: Vec<String>,
    /// Bytes of the strategy's state at the end of the boot.
    pub metadata_bytes: u64,
    /// The pages that those cost.
    pub metadata_pages: u64,
    /// Whole pages of memory that may be handed out.
    pub usable_pages: u64,
    /// Pages handed over to the page allocator.
    pub released_pages: u64,
    /// Blocks handed over, by order.
    pub blocks_handed_over: Vec<u64>,
    /// Bytes of memory that callers asked for and had not freed at the end.
    pub bytes_in_use: u64,
    /// Page frames that the boot cost beyond those bytes: what rounding loses.
    pub frames_beyond_bytes: u64,
    /// Ranges that are reserved at the end, neighbours joined.
    pub reserved_ranges: u64,
    /// How broken up the memory is that was handed over: the sum over nodes and zones.
    pub fragmentation: Fragmentation,
    /// The same for each node's share of each zone.
    pub zones: Vec<ZoneFigures>,
    /// How broken up free memory was along the boot.
    pub along: Vec<Along>,
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

/// How many points of a boot are looked at.
const POINTS: usize = 16;

/// Replays `trace` through `strategy`, checked and untimed.
///
/// # Errors
/// [`StageError`] when the allocator cannot be built.
pub fn exact<S: Strategy + 'static>(
    strategy: &'static S,
    trace: &Trace,
    stage: &mut Stage,
) -> Result<Exact, StageError> {
    let program = Program::compile(trace, Reach::of(strategy));
    let checked = check(strategy, &program, stage)?;
    let (along, reserved_ranges) = along(strategy, &program, stage)?;
    let layout = layout(strategy, trace, &program, stage)?;
    Ok(Exact { reserved_ranges, along, layout, ..assemble(trace, &program, &checked) })
}

/// The figures that follow from a checked replay alone.
fn assemble(trace: &Trace, program: &Program, checked: &Checked) -> Exact {
    let page = program.machine.page;
    let zones = zones::figures(&program.machine, &trace.zones, &checked.released);
    let sum = |sum: Fragmentation, zone: &ZoneFigures| sum.plus(&zone.fragmentation);
    let usable_pages = checked.released.usable_pages.0;
    let released_pages = checked.released.pages().0;
    let needed = page.pages_for(checked.bytes_in_use).0;
    Exact {
        outcomes: checked.outcomes,
        calls: program.steps.len() as u64,
        violations: checked.violations.iter().map(ToString::to_string).collect(),
        metadata_bytes: checked.metadata_bytes as u64,
        metadata_pages: page.pages_for(checked.metadata_bytes as u64).0,
        usable_pages,
        released_pages,
        blocks_handed_over: checked.released.blocks_by_order(),
        bytes_in_use: checked.bytes_in_use,
        frames_beyond_bytes: usable_pages.saturating_sub(released_pages).saturating_sub(needed),
        reserved_ranges: 0,
        fragmentation: zones.iter().fold(Fragmentation::default(), sum),
        zones,
        along: Vec::new(),
        layout: Layout::default(),
    }
}

/// What is free at points of the boot that are evenly spread over its calls, and how many ranges are reserved at its end.
fn along<S: Strategy + 'static>(
    strategy: &'static S,
    program: &Program,
    stage: &mut Stage,
) -> Result<(Vec<Along>, u64), StageError> {
    let page = program.machine.page;
    let max_order = program.machine.max_order;
    stage.play(strategy, program, |allocator, slots| {
        let mut points = Vec::new();
        let mut from = 0;
        for point in 0..=POINTS {
            let to = program.steps.len() * point / POINTS;
            run_steps(program, from..to, allocator, slots, &mut Unobserved);
            from = to;
            let mut ranges: Vec<AddrRange> = Vec::new();
            allocator.for_each_free(&mut |range| ranges.push(range));
            points.push(Along {
                calls: to as u64,
                free_ranges: joined(&ranges),
                fragmentation: Free::new(ranges.iter().map(|range| range.pages_inside(page)))
                    .fragmentation(page, max_order),
            });
        }
        let mut reserved: Vec<AddrRange> = Vec::new();
        allocator.for_each_reserved(&mut |range| reserved.push(range));
        (points, joined(&reserved))
    })
}

/// How many separate ranges these are, once those that touch are one.
fn joined(ascending: &[AddrRange]) -> u64 {
    let seams = ascending.windows(2).filter(|pair| pair[0].end() == pair[1].start()).count();
    (ascending.len() - seams) as u64
}
