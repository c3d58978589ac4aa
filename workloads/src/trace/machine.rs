//! The machine of a trace, as allocators are given it.

use std::collections::BTreeMap;

use allocators::{
    AddrRange, MapChange, MapError, MemFlags, MemoryMap, MemoryRange, Nid, Order, PageSize, PhysAddr,
};
use rangemap::RangeMap;

use super::{Op, Trace};

/// A machine that owns its memory map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Machine {
    /// The size of a page.
    pub page: PageSize,
    /// The order of the largest block of its page allocator.
    pub max_order: Order,
    /// All memory that it ever has, with the nodes that the boot learns in the end.
    pub nodes: Vec<MemoryRange>,
    /// The memory at the start.
    pub start: Vec<MemoryRange>,
    /// The nodes that own none.
    pub memoryless_nodes: Vec<Nid>,
}

impl Machine {
    /// The machine that `trace` was recorded on.
    ///
    /// Memory whose node the log never tells belongs to node 0, where a kernel without NUMA puts it.
    #[must_use]
    pub fn of(trace: &Trace) -> Self {
        let start: Vec<MemoryRange> = trace.memory.iter().map(|piece| piece.memory).collect();
        let mut all = Coverage::default();
        for piece in &start {
            all.add(*piece);
        }
        for record in &trace.records {
            if let Op::Change(change) = &record.op {
                all.change(change);
            }
        }
        Self {
            page: trace.header.page_size,
            max_order: trace.header.max_order,
            nodes: all.into_pieces(),
            start,
            memoryless_nodes: trace.memoryless_nodes.clone(),
        }
    }

    /// The pieces of each node, ascending. Who asks for one node after the other would pass over all pieces each time.
    #[must_use]
    pub fn by_node(&self) -> BTreeMap<Nid, Vec<MemoryRange>> {
        let mut nodes: BTreeMap<Nid, Vec<MemoryRange>> = BTreeMap::new();
        for piece in &self.nodes {
            if let Some(nid) = piece.nid {
                nodes.entry(nid).or_default().push(*piece);
            }
        }
        nodes
    }

    /// Its memory map.
    ///
    /// # Errors
    /// [`MapError`] when the start contradicts itself.
    pub fn map(&self) -> Result<MemoryMap<'_>, MapError> {
        let map =
            MemoryMap::new(self.page, &self.nodes)?.with_start(&self.start)?.with_max_order(self.max_order);
        Ok(self.memoryless_nodes.iter().fold(map, |map, &nid| map.with_node(nid)))
    }
}

/// Which bytes were memory at any time, and what was last known of them.
#[derive(Default)]
struct Coverage(RangeMap<u64, (Option<Nid>, MemFlags)>);

impl Coverage {
    fn add(&mut self, piece: MemoryRange) {
        let bytes = piece.range.start().0..piece.range.end().0;
        let gaps: Vec<_> = self.0.gaps(&bytes).collect();
        for gap in gaps {
            self.0.insert(gap, (piece.nid, piece.flags));
        }
    }

    fn change(&mut self, change: &MapChange) {
        match *change {
            MapChange::Add(piece) => self.add(piece),
            // What was memory stays in the map, so that a bitmap has bits for it.
            MapChange::Remove(_) => {}
            MapChange::SetNode(range, nid) => self.update(range, |(_, flags)| (nid, flags)),
            // Some flags are of reservations, and no matter of the memory under them.
            MapChange::SetFlags(range, set) => {
                let set = set.without(MemFlags::OF_RESERVED);
                self.update(range, |(nid, flags)| (nid, flags.with(set)));
            }
            MapChange::ClearFlags(range, clear) => {
                self.update(range, |(nid, flags)| (nid, flags.without(clear)));
            }
        }
    }

    fn update(&mut self, range: AddrRange, new: impl Fn((Option<Nid>, MemFlags)) -> (Option<Nid>, MemFlags)) {
        let bytes = range.start().0..range.end().0;
        if bytes.is_empty() {
            return;
        }
        let pieces: Vec<_> = self
            .0
            .overlapping(&bytes)
            .map(|(piece, &known)| (piece.start.max(bytes.start)..piece.end.min(bytes.end), known))
            .collect();
        for (piece, known) in pieces {
            self.0.insert(piece, new(known));
        }
    }

    fn into_pieces(self) -> Vec<MemoryRange> {
        let node_zero = Nid::new(0);
        let mut settled = RangeMap::new();
        for (bytes, (nid, flags)) in self.0 {
            settled.insert(bytes, (nid.or(node_zero), flags));
        }
        settled
            .into_iter()
            .map(|(bytes, (nid, flags))| MemoryRange {
                range: AddrRange::clamped(PhysAddr(bytes.start), PhysAddr(bytes.end)),
                nid,
                flags,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ```text
    /// memory    [-------------------------------]
    /// reserved        [==KERN==][NOINIT|HUGETLB]       from and to within pages
    /// scratch   [.......|
    /// ```
    /// Expect memory to be cut where its own flags change, and nowhere else.
    #[test]
    fn flags_of_reservations_do_not_cut_memory() {
        let mut trace = crate::corpus::trace("x86_64-6.1-256m").unwrap().unwrap();
        trace.records.clear();
        let memory: Vec<_> = Machine::of(&trace).nodes;
        let first = memory.last().unwrap().range.start().0;
        let part = |from: u64, to: u64| AddrRange::clamped(PhysAddr(first + from), PhysAddr(first + to));
        let mut set = |range, flags| {
            let op = Op::Change(MapChange::SetFlags(range, flags));
            trace.records.push(crate::trace::Record {
                op,
                evidence: crate::trace::Evidence::Logged,
                caller: None,
            });
            Machine::of(&trace).nodes
        };
        assert_eq!(set(part(0x1140, 0x11a0), MemFlags::RSRV_KERN), memory);
        assert_eq!(set(part(0x2000, 0x3000), MemFlags::RSRV_NOINIT.with(MemFlags::RSRV_HUGETLB)), memory);
        let cut = set(part(0, 0x1000), MemFlags::KHO_SCRATCH.with(MemFlags::RSRV_KERN));
        assert_eq!(cut.len(), memory.len() + 1);
        assert_eq!(cut[memory.len() - 1].flags, MemFlags::KHO_SCRATCH);
        assert_eq!(cut[memory.len()].flags, memory[memory.len() - 1].flags);
    }
}
