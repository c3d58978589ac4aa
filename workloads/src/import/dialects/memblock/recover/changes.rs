//! Changes of the memory map that the kernel does not log: nodes, flags, memory taken away.
//!
//! A listing shows what came of them. They are recorded at the first place in front of it where the boot depends on
//! them: nodes ahead of the first step that names one or doubles the array that they fill, flags ahead of the first
//! allocation.

use allocators::{AddrRange, MapChange, MemFlags, MemoryRange, Nid};

use super::{notes, plain};
use crate::import::dialects::linux::{Facts, Platform};
use crate::import::dialects::memblock::{Model, Purpose, RequestKind, Step, What, symbol};
use crate::ranges::without;
use crate::trace::{Array, Dump, Op, Reason};

/// Changes that are still to be recorded.
#[derive(Clone, Default, Debug)]
pub(super) struct Changes {
    /// Memory that comes, goes, or is not to be touched.
    pub(super) map: Vec<MapChange>,
    /// Nodes and what comes with them.
    pub(super) nodes: Vec<MapChange>,
    pub(super) reason: Option<Reason>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.map.is_empty() && self.nodes.is_empty()
    }

    /// The changes that `steps` need to arrive at the next listing, or at the nodes that the kernel names.
    pub(super) fn ahead(model: &Model, steps: &[Step], facts: &Facts, platform: &Platform) -> Self {
        let mut memory = model.clone();
        for step in steps {
            match &step.what {
                What::Add(piece) => memory.add(*piece),
                What::Remove(range) => memory.remove(*range),
                What::Reserve(_) if step.caller.as_deref().map(symbol) == Some("reserve_real_mode") => {
                    memory.apply(&Op::Change(notes::low_scratch_ends()));
                }
                What::Dump(dump) => return Self::towards(&memory, dump),
                _ => {}
            }
        }
        Self::by_node(&memory, &facts.memory_by_node(platform.page))
    }

    fn towards(memory: &Model, dump: &Dump) -> Self {
        let mut changes = Self { reason: Some(Reason::Dump), ..Self::default() };
        for piece in memory.memory() {
            for lost in dump.memory.iter().fold(vec![piece.range], |rest, known| cut(rest, known.range)) {
                changes.map.push(MapChange::Remove(lost));
            }
        }
        for known in &dump.memory {
            for new in memory.memory().iter().fold(vec![known.range], |rest, piece| cut(rest, piece.range)) {
                changes.map.push(MapChange::Add(MemoryRange { range: new, ..*known }));
            }
            for piece in memory.memory() {
                let range = piece.range.intersection(known.range);
                if range.is_empty() {
                    continue;
                }
                let late = MemFlags(MemFlags::HOTPLUG.0);
                for (flags, set) in
                    [(known.flags.without(piece.flags), true), (piece.flags.without(known.flags), false)]
                {
                    let list = if flags.any(late) { &mut changes.nodes } else { &mut changes.map };
                    match (flags == MemFlags::NONE, set) {
                        (true, _) => {}
                        (false, true) => list.push(MapChange::SetFlags(range, flags)),
                        (false, false) => list.push(MapChange::ClearFlags(range, flags)),
                    }
                }
            }
        }
        let learnt = dump.memory.iter().any(|known| {
            let differs = |piece: &&MemoryRange| piece.range.overlaps(known.range) && piece.nid != known.nid;
            known.nid.is_some() && memory.memory().iter().any(|piece| differs(&piece))
        });
        if learnt {
            let memory = dump.memory.iter().filter(|known| known.nid.is_some());
            // The kernel sets the nodes of reservations too, also of those that lie in holes.
            let reserved = dump.reserved.iter().filter(|known| known.nid.is_some());
            changes.nodes.splice(0..0, set_node(memory.chain(reserved)));
        }
        changes
    }

    fn by_node(memory: &Model, by_node: &[(u32, AddrRange)]) -> Self {
        let pieces: Vec<_> =
            by_node.iter().map(|&(nid, range)| MemoryRange { nid: Nid::new(nid), ..plain(range) }).collect();
        let unknown = |piece: &MemoryRange| {
            memory.memory().iter().any(|known| known.nid.is_none() && known.range.overlaps(piece.range))
        };
        let nodes = set_node(pieces.iter().filter(|piece| unknown(piece)));
        Self { nodes, reason: Some(Reason::Nodes), ..Self::default() }
    }

    /// Whether the changes of the map must stand ahead of `step`.
    pub(super) fn map_before(&self, step: &Step) -> bool {
        !self.map.is_empty() && matches!(step.what, What::Alloc(..) | What::Bare(..) | What::Dump(_))
    }

    /// Whether the nodes must stand ahead of `step`.
    pub(super) fn nodes_before(&self, step: &Step) -> bool {
        if self.nodes.is_empty() {
            return false;
        }
        match &step.what {
            What::Alloc(request, _) => request.nid.is_some() || request.kind == RequestKind::ExactNode,
            What::Bare(_, Purpose::NodeData(_)) | What::Dump(_) | What::NodesKnown => true,
            What::Doubled { array, .. } => *array == Array::Memory,
            _ => false,
        }
    }
}

fn cut(rest: Vec<AddrRange>, hole: AddrRange) -> Vec<AddrRange> {
    rest.into_iter().flat_map(|range| without(range, hole)).collect()
}

/// One change for each stretch of one node, ascending.
fn set_node<'p>(pieces: impl Iterator<Item = &'p MemoryRange>) -> Vec<MapChange> {
    let mut pieces: Vec<(Option<Nid>, AddrRange)> = pieces.map(|piece| (piece.nid, piece.range)).collect();
    pieces.sort_by_key(|(_, range)| (range.start(), range.end()));
    let mut stretches: Vec<(Option<Nid>, AddrRange)> = Vec::new();
    for (nid, range) in pieces {
        match stretches.last_mut() {
            Some((last, stretch)) if *last == nid && stretch.end() >= range.start() => {
                *stretch = AddrRange::clamped(stretch.start(), stretch.end().max(range.end()));
            }
            _ => stretches.push((nid, range)),
        }
    }
    stretches.into_iter().map(|(nid, range)| MapChange::SetNode(range, nid)).collect()
}
