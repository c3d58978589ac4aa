//! The state at the start of the records.
//!
//! Three cases. A kernel that lists all it knows before it allocates (x86, s390) gives the state itself. One that
//! lists it later (arm64: after thousands of page tables) is followed backwards: what its list holds and no logged
//! operation explains was there before. Without any listing, memory is what the kernel says of its nodes, and failing
//! that what its firmware says.

use allocators::{AddrRange, MemFlags, MemoryRange, Nid, PhysAddr};

use super::plain;
use crate::import::facts::Facts;
use crate::import::kernel::Kernel;
use crate::import::machine::Platform;
use crate::import::steps::{Purpose, Step, What};
use crate::trace::{Dump, Evidence, Reason, StartMemory, StartReserved};

/// The state at the start, and where the records begin.
pub(super) struct Start {
    pub(super) memory: Vec<StartMemory>,
    pub(super) reserved: Vec<StartReserved>,
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
            "the start is the kernel's first listing: {folded} operations ahead of it are part of it"
        ));
    }
    Start {
        memory: dump
            .memory
            .iter()
            .map(|&memory| StartMemory { memory, evidence: Evidence::Logged })
            .collect(),
        reserved: merged(dump.reserved.iter().map(|piece| piece.range), Evidence::Logged),
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
    let mut memory = Kernel::new(
        dump.memory
            .iter()
            .map(|piece| MemoryRange { nid: None, flags: early(piece.flags), ..*piece })
            .collect(),
        0,
    );
    for piece in explained.added.memory() {
        memory.remove(piece.range);
    }
    let mut reserved = Kernel::new(Vec::new(), 0);
    for piece in &dump.reserved {
        reserved.reserve(piece.range);
    }
    for piece in explained.held.reserved() {
        reserved.free(*piece);
    }
    for piece in explained.freed {
        reserved.reserve(piece);
    }
    Start {
        memory: memory.memory().iter().map(|&memory| StartMemory { memory, evidence }).collect(),
        reserved: merged(reserved.reserved().iter().copied(), evidence),
        first_step: 0,
        is_dump: false,
        single_node: false,
        is_blind: false,
        notes: vec![
            "the start is the kernel's first listing less what the operations ahead of it explain".to_owned(),
        ],
    }
}

/// The flags that memory has from before the first record; others are set on the way.
fn early(flags: MemFlags) -> MemFlags {
    flags.without(MemFlags::HOTPLUG)
}

/// What the steps do by themselves, on a machine without memory.
struct Explained {
    added: Kernel,
    held: Kernel,
    /// What was freed and never reserved by any step: it was reserved at the start.
    freed: Vec<AddrRange>,
}

fn explained(steps: &[Step]) -> Explained {
    let (mut added, mut held) = (Kernel::new(Vec::new(), 0), Kernel::new(Vec::new(), 0));
    let mut freed = Kernel::new(Vec::new(), 0);
    let mut ever = Kernel::new(Vec::new(), 0);
    for step in steps {
        match &step.what {
            What::Add(piece) => added.add(plain(piece.range)),
            What::Remove(range) => added.remove(*range),
            What::Reserve(range) | What::Bare(range, _) | What::Alloc(_, Some(range)) => {
                held.reserve(*range);
                ever.reserve(*range);
            }
            What::Doubled { at, .. } => {
                held.reserve(*at);
                ever.reserve(*at);
            }
            What::Free(range) => {
                let mut unknown = Kernel::new(Vec::new(), 0);
                unknown.reserve(*range);
                for piece in ever.reserved() {
                    unknown.free(*piece);
                }
                for piece in unknown.reserved() {
                    freed.reserve(*piece);
                }
                held.free(*range);
            }
            What::Alloc(_, None) | What::Dump(_) | What::NodesKnown => {}
        }
    }
    Explained { added, held, freed: freed.reserved().to_vec() }
}

fn without_dump(steps: &[Step], facts: &Facts, platform: &Platform) -> Start {
    let explained = explained(steps);
    let by_node = facts.memory_by_node(platform.page);
    let (pieces, reason, note): (Vec<AddrRange>, _, _) = if !by_node.is_empty() {
        let note = "no whole listing in the log: memory is the kernel's list of ranges by node";
        (by_node.iter().map(|&(_, range)| range).collect(), Reason::Nodes, note)
    } else if !explained.added.memory().is_empty() {
        (Vec::new(), Reason::Log, "no whole listing in the log: memory is what the log sees added")
    } else if !facts.usable.is_empty() {
        (facts.usable.clone(), Reason::Log, "no whole listing in the log: memory is the firmware's map")
    } else {
        let note =
            "neither a listing nor a memory map in the log: memory is from its lowest to its highest address";
        (span(steps, platform).into_iter().collect(), Reason::Log, note)
    };
    let is_blind = by_node.is_empty() && explained.added.memory().is_empty() && facts.usable.is_empty();
    let mut memory = Kernel::new(Vec::new(), 0);
    for range in pieces {
        memory.add(plain(range));
    }
    for piece in explained.added.memory() {
        memory.remove(piece.range);
    }
    Start {
        memory: memory
            .memory()
            .iter()
            .map(|&memory| StartMemory { memory, evidence: Evidence::Inferred(reason) })
            .collect(),
        reserved: merged(explained.freed.into_iter(), Evidence::Inferred(Reason::Log)),
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
    let (start, end) = ranges
        .filter(|range| !range.is_empty())
        .fold((u64::MAX, 0), |(start, end), range| (start.min(range.start().0), end.max(range.end().0)));
    let page = platform.page.bytes();
    (start < end).then(|| {
        let end = PhysAddr(end).checked_align_up(page).unwrap_or(PhysAddr(end));
        AddrRange::clamped(PhysAddr(start).align_down(page), end)
    })
}

fn merged(ranges: impl Iterator<Item = AddrRange>, evidence: Evidence) -> Vec<StartReserved> {
    let mut all = Kernel::new(Vec::new(), 0);
    for range in ranges {
        all.reserve(range);
    }
    all.reserved().iter().map(|&range| StartReserved { range, evidence }).collect()
}
