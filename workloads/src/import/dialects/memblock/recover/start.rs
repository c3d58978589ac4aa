//! The state at the start of the records.
//!
//! Three cases. A kernel that lists all it knows before it allocates (x86, s390) gives the state itself. One that
//! lists it later (arm64: after thousands of page tables) is followed backwards: what its list holds and no logged
//! operation explains was there before. Without any listing, memory is what the kernel says of its nodes, and failing
//! that what its firmware says.

use allocators::{AddrRange, MemFlags, MemoryRange, Nid, PhysAddr};

use super::plain;
use crate::import::account::plural;
use crate::import::dialects::linux::{Facts, Platform, end_of_addresses};
use crate::import::dialects::memblock::{Model, Purpose, Step, What};
use crate::ranges::Ranges;
use crate::trace::{Dump, Evidence, Reason, StartMemory, StartReserved};

/// The state at the start, and where the records begin.
pub(super) struct Start {
    pub(super) memory: Vec<StartMemory>,
    pub(super) reserved: Vec<StartReserved>,
    /// What is noted of it.
    pub(super) noted: Vec<(AddrRange, MemFlags)>,
    /// The steps ahead of this one are part of the start.
    pub(super) first_step: usize,
    /// Whether the start is a listing of the kernel's own.
    pub(super) is_dump: bool,
    /// Whether all memory is on node 0 because the kernel knows no nodes.
    pub(super) single_node: bool,
    /// Whether nothing in the log tells of the memory: its state is anybody's guess.
    pub(super) is_blind: bool,
    pub(super) notes: Vec<String>,
}

pub(super) fn start(steps: &[Step], facts: &Facts, platform: &Platform) -> Start {
    let dumped = steps.iter().enumerate().find_map(|(at, step)| match &step.what {
        What::Dump(dump) => Some((at, dump)),
        _ => None,
    });
    let mut start = match dumped {
        Some((at, dump)) if !steps[..at].iter().any(is_allocation) => from_dump(at, dump, steps),
        Some((at, dump)) => backwards(&steps[..at], dump),
        None => without_dump(steps, facts, platform),
    };
    if knows_no_nodes(steps) {
        for piece in &mut start.memory {
            piece.memory.nid = Nid::new(0);
        }
        start.single_node = true;
    }
    start
}

/// Whether this kernel knows no nodes: then all memory is on node 0 from the start. A listing by one that does names
/// nodes sooner or later.
fn knows_no_nodes(steps: &[Step]) -> bool {
    steps.iter().all(|step| match &step.what {
        What::Dump(dump) => dump.memory.iter().all(|piece| piece.nid.is_none()),
        What::Alloc(request, _) => request.nid.is_none_or(|nid| nid == 0),
        What::Add(piece) => piece.nid.is_none_or(|nid| nid.get() == 0),
        What::Bare(_, Purpose::NodeData(_)) => false,
        _ => true,
    })
}

fn is_allocation(step: &Step) -> bool {
    matches!(step.what, What::Alloc(..) | What::Bare(..))
}

fn from_dump(at: usize, dump: &Dump, steps: &[Step]) -> Start {
    let folded = steps[..at].iter().filter(|step| !matches!(step.what, What::NodesKnown)).count();
    let mut notes = Vec::new();
    if folded > 0 {
        notes.push(format!(
            "the start is the kernel's first listing, with what was done before it: {}",
            plural(folded, "operation")
        ));
    }
    Start {
        memory: dump
            .memory
            .iter()
            .map(|&memory| StartMemory { memory, evidence: Evidence::Logged })
            .collect(),
        reserved: start_reserved(&dump.reserved.iter().map(|piece| piece.range).collect(), Evidence::Logged),
        noted: noted(dump, None),
        first_step: at + 1,
        is_dump: true,
        single_node: false,
        is_blind: false,
        notes,
    }
}

/// What `dump` holds and the steps ahead of it do not explain.
fn backwards(steps: &[Step], dump: &Dump) -> Start {
    let evidence = Evidence::Inferred(Reason::Dump);
    let explained = explained(steps);
    // Nodes are learnt on the way, and pieces that differ in nothing else were one.
    let mut memory = Model::new(
        dump.memory
            .iter()
            .map(|piece| MemoryRange { nid: None, flags: early(piece.flags), ..*piece })
            .collect(),
        0,
    );
    explained.added.iter().for_each(|piece| memory.remove(piece));
    let listed: Ranges = dump.reserved.iter().map(|piece| piece.range).collect();
    let mut reserved = listed.without(&explained.held);
    explained.freed.iter().for_each(|piece| reserved.insert(piece));
    Start {
        memory: memory.memory().iter().map(|&memory| StartMemory { memory, evidence }).collect(),
        noted: noted(dump, Some(&reserved)),
        reserved: start_reserved(&reserved, evidence),
        first_step: 0,
        is_dump: false,
        single_node: false,
        is_blind: false,
        notes: vec![
            "the start is the kernel's first listing less what the operations ahead of it explain".to_owned(),
        ],
    }
}

/// The flags that `dump` notes of reservations, or of those that are `within`.
fn noted(dump: &Dump, within: Option<&Ranges>) -> Vec<(AddrRange, MemFlags)> {
    let flagged = dump.reserved.iter().filter(|piece| piece.flags != MemFlags::NONE);
    flagged
        .flat_map(|piece| {
            let own = Ranges::from_iter([piece.range]);
            let part = within.map_or_else(|| own.clone(), |within| own.without(&own.without(within)));
            part.iter().map(|range| (range, piece.flags)).collect::<Vec<_>>()
        })
        .collect()
}

/// The flags that memory has from before the first record; others are set on the way.
fn early(flags: MemFlags) -> MemFlags {
    flags.without(MemFlags::HOTPLUG)
}

/// What the steps do by themselves, on a machine without memory.
#[derive(Default)]
struct Explained {
    added: Ranges,
    held: Ranges,
    /// What was freed and never reserved by any step: it was reserved at the start.
    freed: Ranges,
}

fn explained(steps: &[Step]) -> Explained {
    let mut sum = Explained::default();
    let mut ever = Ranges::default();
    for step in steps {
        match &step.what {
            What::Add(piece) => sum.added.insert(piece.range),
            What::Remove(range) => sum.added.remove(*range),
            What::Reserve(range)
            | What::Bare(range, _)
            | What::Alloc(_, Some(range))
            | What::Doubled { at: range, .. } => {
                sum.held.insert(*range);
                ever.insert(*range);
            }
            What::Free(range) => {
                let unknown = Ranges::from_iter([*range]).without(&ever);
                unknown.iter().for_each(|piece| sum.freed.insert(piece));
                sum.held.remove(*range);
            }
            What::Alloc(_, None) | What::Dump(_) | What::NodesKnown => {}
        }
    }
    sum
}

fn without_dump(steps: &[Step], facts: &Facts, platform: &Platform) -> Start {
    let explained = explained(steps);
    let by_node = facts.memory_by_node(platform.page);
    let usable = facts.usable(platform.page);
    let (pieces, reason, note): (Vec<AddrRange>, _, _) = if !by_node.is_empty() {
        let note = "no whole listing in the log: memory is the kernel's list of ranges by node";
        (by_node.iter().map(|&(_, range)| range).collect(), Reason::Nodes, note)
    } else if !explained.added.is_empty() {
        (Vec::new(), Reason::Log, "no whole listing in the log: memory is what the log sees added")
    } else if !usable.is_empty() {
        (usable.clone(), Reason::Log, "no whole listing in the log: memory is the firmware's map")
    } else {
        let note =
            "neither a listing nor a memory map in the log: memory is from its lowest to its highest address";
        (span(steps, platform).into_iter().collect(), Reason::Log, note)
    };
    let is_blind = by_node.is_empty() && explained.added.is_empty() && usable.is_empty();
    let memory: Ranges = pieces.into_iter().collect();
    let memory = memory.without(&explained.added);
    Start {
        memory: memory
            .iter()
            .map(|range| StartMemory { memory: plain(range), evidence: Evidence::Inferred(reason) })
            .collect(),
        reserved: start_reserved(&explained.freed, Evidence::Inferred(Reason::Log)),
        noted: Vec::new(),
        first_step: 0,
        is_dump: false,
        single_node: false,
        is_blind,
        notes: vec![note.to_owned()],
    }
}

/// From the lowest to the highest address that any step names.
fn span(steps: &[Step], platform: &Platform) -> Option<AddrRange> {
    let ranges = steps.iter().filter_map(|step| match &step.what {
        What::Reserve(range) | What::Bare(range, _) | What::Alloc(_, Some(range)) | What::Free(range) => {
            Some(*range)
        }
        _ => None,
    });
    let real = end_of_addresses(platform.arch);
    let (start, end) = ranges
        .filter(|range| !range.is_empty() && range.end() <= real)
        .fold((u64::MAX, 0), |(start, end), range| (start.min(range.start().0), end.max(range.end().0)));
    let page = platform.page.bytes();
    (start < end).then(|| {
        let end = PhysAddr(end).checked_align_up(page).unwrap_or(PhysAddr(end));
        AddrRange::clamped(PhysAddr(start).align_down(page), end)
    })
}

fn start_reserved(ranges: &Ranges, evidence: Evidence) -> Vec<StartReserved> {
    ranges.iter().map(|range| StartReserved { range, evidence }).collect()
}
