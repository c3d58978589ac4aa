//! `release-counting`, `release-buddy`, `release-buddy-2-threads`: releasing all free memory at the end of a boot, node by
//! node or side by side.

use std::hint::black_box;

use allocators::{BlockSink, BootAllocator, CountingSink, MemoryRange, Nid, Strategy};
use rayon::ThreadPool;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use workloads::replay::{Unobserved, run};
use workloads::trace::Machine;

use super::{Gathered, Site};
use crate::bounded;
use crate::buddy::Buddy;
use crate::clock::Clock;
use crate::plan::Pace;
use crate::results::{FailureKind, Outcome, Times};
use crate::worker::{Found, Pipe, Sample, Take, Trouble};

/// Into what memory is released.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sink {
    /// A sink that counts blocks.
    Counting,
    /// A model of the buddy allocator, which merges them.
    Buddy,
}

impl Sink {
    const fn word(self) -> &'static str {
        match self {
            Self::Counting => "counting",
            Self::Buddy => "buddy",
        }
    }
}

pub(super) fn name(sink: Sink, threads: u16) -> String {
    match threads {
        1 => format!("release-{}", sink.word()),
        _ => format!("release-{}-{threads}-threads", sink.word()),
    }
}

pub(super) fn named(name: &str) -> Option<(Sink, u16)> {
    let rest = name.strip_prefix("release-")?;
    let (word, threads) = match rest.split_once('-') {
        None => (rest, 1),
        Some((word, threads)) => {
            (word, threads.strip_suffix("-threads")?.parse().ok().filter(|&threads| threads > 1)?)
        }
    };
    Some(([Sink::Counting, Sink::Buddy].into_iter().find(|sink| sink.word() == word)?, threads))
}

/// A release is long, and differs by much or not at all.
pub(super) fn pace(usual: Pace) -> Pace {
    Pace { blocks: usual.blocks.min(20), ..usual }
}

/// The time in which free memory is released, and what was.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Release {
    /// Of all nodes together.
    pub times: Times,
    /// Of each node. Their times are missing where nodes were released side by side, or there is only one.
    #[serde(deserialize_with = "bounded::list::<_, _, { bounded::ZONES }>")]
    pub nodes: Vec<NodeRelease>,
}

/// What was released of a node, and how long it took.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NodeRelease {
    /// The node.
    pub nid: u32,
    /// Pages handed over. Exact.
    pub pages: u64,
    /// Blocks by order: as handed over into a counting sink, as merged in a buddy allocator. Exact.
    #[serde(deserialize_with = "bounded::list::<_, _, { bounded::ORDERS }>")]
    pub blocks: Vec<u64>,
    /// How long it took.
    pub times: Option<Times>,
}

pub(super) fn keep(gathered: Gathered) -> Option<Outcome> {
    let times = gathered.times();
    let mut nodes = alike(gathered.found.into_iter().map(|found| match found {
        Found::Nodes(nodes) => Some(nodes),
        _ => None,
    }))?;
    for (node, launches) in nodes.iter_mut().zip(gathered.parts) {
        node.times = Some(Times { work: node.pages, repeats: times.repeats, launches });
    }
    Some(Outcome::Release(Release { times, nodes }))
}

/// What every launch found, if all found the same.
pub(super) fn alike<T: PartialEq>(mut launches: impl Iterator<Item = Option<T>>) -> Option<T> {
    let first = launches.next()??;
    launches.all(|found| found.as_ref() == Some(&first)).then_some(first)
}

/// A node and where its memory goes. Nodes share no sink, as they share no zone.
struct Lane<K> {
    nid: Nid,
    sink: K,
    ns: f64,
}

trait Refill: BlockSink + Send {
    fn empty(&mut self);
    fn blocks_by_order(&self) -> Vec<u64>;
    fn strays(&self) -> u64;
}

impl Refill for CountingSink {
    fn empty(&mut self) {
        *self = Self::default();
    }

    fn blocks_by_order(&self) -> Vec<u64> {
        self.by_order().to_vec()
    }

    fn strays(&self) -> u64 {
        0
    }
}

impl Refill for Buddy {
    fn empty(&mut self) {
        self.reset();
    }

    fn blocks_by_order(&self) -> Vec<u64> {
        self.by_order().to_vec()
    }

    fn strays(&self) -> u64 {
        Self::strays(self)
    }
}

/// Replays the boot once, and hands its free memory over as often as samples ask for: that only reads.
pub(super) fn serve<S: Strategy + 'static>(
    site: &mut Site<'_, S>,
    sink: Sink,
    threads: u16,
) -> Result<(), Trouble> {
    let Site { pipe, strategy, program, stage, clock, .. } = site;
    let machine = &program.machine;
    let nodes = stage.play(*strategy, program, |allocator, slots| {
        run(program, allocator, slots, &mut Unobserved);
        match sink {
            Sink::Counting => {
                hand_over(pipe, allocator, lanes(machine, |_| CountingSink::default()), clock, threads)
            }
            Sink::Buddy => {
                let page = machine.page;
                let buddy = |pieces: &[MemoryRange]| {
                    Buddy::new(pieces.iter().map(|piece| piece.range.pages_inside(page)), machine.max_order)
                };
                hand_over(pipe, allocator, lanes(machine, buddy), clock, threads)
            }
        }
    })??;
    site.found(Found::Nodes(nodes))
}

fn lanes<K>(machine: &Machine, mut sink: impl FnMut(&[MemoryRange]) -> K) -> Vec<Lane<K>> {
    machine.by_node().into_iter().map(|(nid, pieces)| Lane { nid, sink: sink(&pieces), ns: 0.0 }).collect()
}

fn hand_over<A: BootAllocator + Sync, K: Refill>(
    pipe: &mut Pipe,
    allocator: &A,
    mut lanes: Vec<Lane<K>>,
    clock: &Clock,
    threads: u16,
) -> Result<Vec<NodeRelease>, Trouble> {
    let expected = first(allocator, &mut lanes)?;
    let pool = (threads > 1).then(|| pool(threads)).transpose()?;
    let one_by_one = lanes.len() > 1 && pool.is_none();
    let pages = expected.iter().map(|node| node.pages).sum();
    pipe.serve(pages, |take| {
        let Take::Repeats(repeats) = take else { return Ok(Sample::default()) };
        let mut ns = 0.0;
        for lane in &mut lanes {
            lane.ns = 0.0;
        }
        for _ in 0..repeats {
            for lane in &mut lanes {
                lane.sink.empty();
            }
            ns += match &pool {
                Some(pool) => side_by_side(pool, allocator, &mut lanes, clock),
                None => one_after_another(allocator, &mut lanes, clock),
            };
        }
        let same = lanes.iter().zip(&expected).all(|(lane, node)| lane.sink.blocks_by_order() == node.blocks);
        if !same {
            return Err(Trouble::new(FailureKind::Wrong, "memory was not released alike each time"));
        }
        let share = |ns: f64| ns / f64::from(repeats);
        let nodes = if one_by_one { lanes.iter().map(|lane| share(lane.ns)).collect() } else { Vec::new() };
        Ok(Sample { ns: share(ns), parts: nodes, wall_ns: 0 })
    })?;
    Ok(expected)
}

/// Hands over once, untimed: what each time must give.
fn first<A: BootAllocator, K: Refill>(
    allocator: &A,
    lanes: &mut [Lane<K>],
) -> Result<Vec<NodeRelease>, Trouble> {
    let mut nodes = Vec::new();
    for lane in lanes {
        let pages = allocator
            .hand_over(lane.nid, &mut lane.sink)
            .map_err(|error| Trouble::new(FailureKind::Wrong, &format!("node {}: {error}", lane.nid)))?;
        let blocks = lane.sink.blocks_by_order();
        let taken: u64 = blocks.iter().enumerate().map(|(order, &count)| count << order).sum();
        if taken != pages.0 || lane.sink.strays() > 0 {
            let message =
                format!("node {}: {} pages were said to be released, {taken} were", lane.nid, pages.0);
            return Err(Trouble::new(FailureKind::Wrong, &message));
        }
        nodes.push(NodeRelease { nid: lane.nid.get(), pages: pages.0, blocks, times: None });
    }
    Ok(nodes)
}

fn pool(threads: u16) -> Result<ThreadPool, Trouble> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
    builder.build().map_err(|error| Trouble::new(FailureKind::Refused, &error))
}

/// A sink of which the compiler does not know what it is: seen through, it would be inlined into the walks of some
/// strategies and not of others.
fn opaque(sink: &mut dyn BlockSink) -> &mut dyn BlockSink {
    black_box(sink)
}

fn one_after_another<A: BootAllocator, K: Refill>(
    allocator: &A,
    lanes: &mut [Lane<K>],
    clock: &Clock,
) -> f64 {
    let mut ns = 0.0;
    for lane in lanes {
        let start = clock.now();
        // It was granted before, and nothing has changed since.
        let _ = allocator.hand_over(lane.nid, opaque(&mut lane.sink));
        let taken = clock.ns_between(start, clock.now());
        lane.ns += taken;
        ns += taken;
    }
    ns
}

fn side_by_side<A: BootAllocator + Sync, K: Refill>(
    pool: &ThreadPool,
    allocator: &A,
    lanes: &mut [Lane<K>],
    clock: &Clock,
) -> f64 {
    // The waking of threads is in the time: whoever releases side by side pays for it.
    let start = clock.now();
    pool.install(|| {
        lanes.par_iter_mut().with_max_len(1).for_each(|lane| {
            let _ = allocator.hand_over(lane.nid, opaque(&mut lane.sink));
        });
    });
    clock.ns_between(start, clock.now())
}
