//! The requests of a recorded boot, for another machine.

use std::collections::BTreeMap;
use std::ops::Range;

use allocators::{AddrRange, AllocRequest, Goal, Nid, NodeChoice, PhysAddr, Setting};
use rangemap::RangeMap;

use super::GrowError;
use super::draft::{Draft, MIB};
use super::tile::recorded;
use crate::trace::{Op, Trace};

/// What a boot asks for, whatever the machine: once, and on each of its nodes.
///
/// Of the recorded boot are kept the requests that name no node, and those for the node that most requests name, each of
/// which is made on every node in turn, as kernels loop over their nodes; and what it freed of them. Requests that are
/// bound to addresses of the recorded machine by a limit or a minimum are left out, and so are reservations.
pub(super) struct Filling(Vec<Phase>);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Phase {
    /// A request, on every node or once.
    Alloc(AllocRequest, Times),
    /// The block of this request, counted from 0, is freed in part.
    Free(usize, Range<u64>),
    /// Whether arrays may be doubled.
    AllowResize(bool),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Times {
    Once,
    EachNode,
}

/// x86 asks for memory above this wherever it has the choice, and so do others.
const DMA_END: PhysAddr = PhysAddr(16 * MIB);

impl Filling {
    /// The requests of this trace of the corpus.
    pub(super) fn of(name: &str) -> Result<Self, GrowError> {
        Ok(Self::from_trace(&recorded(name)?))
    }

    fn from_trace(trace: &Trace) -> Self {
        let chosen = favourite(trace);
        let mut live: RangeMap<u64, (usize, u64)> = RangeMap::new();
        let mut phases = Vec::new();
        let mut requests = 0;
        for record in &trace.records {
            match &record.op {
                Op::Alloc(request, Some(at)) => {
                    let (Some((request, times)), Some(block)) =
                        (anywhere(request, chosen), AddrRange::from_size(*at, request.size))
                    else {
                        continue;
                    };
                    live.insert(block.start().0..block.end().0, (requests, block.start().0));
                    requests += 1;
                    phases.push(Phase::Alloc(request, times));
                }
                Op::Free(range) if !range.is_empty() => {
                    let freed = range.start().0..range.end().0;
                    for (part, &(block, base)) in live.overlapping(&freed) {
                        let part = part.start.max(freed.start) - base..part.end.min(freed.end) - base;
                        phases.push(Phase::Free(block, part));
                    }
                    live.remove(freed);
                }
                Op::Set(Setting::AllowResize(on)) => phases.push(Phase::AllowResize(*on)),
                _ => {}
            }
        }
        Self(phases)
    }

    /// Asks for all of it on the machine of `draft`, phase by phase.
    pub(super) fn fill(&self, draft: &mut Draft) {
        let nids = draft.nids();
        let mut blocks: Vec<Vec<AddrRange>> = Vec::new();
        for phase in &self.0 {
            match phase {
                Phase::Alloc(request, Times::Once) => blocks.push(vec![draft.alloc(*request)]),
                Phase::Alloc(request, Times::EachNode) => {
                    let on = |nid| match request.node {
                        NodeChoice::Exact(_) => NodeChoice::Exact(nid),
                        _ => NodeChoice::Prefer(nid),
                    };
                    blocks.push(nids.iter().map(|&nid| draft.alloc(request.with_node(on(nid)))).collect());
                }
                Phase::Free(block, part) => {
                    for base in blocks[*block].iter().map(|block| block.start().0) {
                        let part = super::draft::bytes(base + part.start, base + part.end);
                        draft.push(Op::Free(part));
                    }
                }
                Phase::AllowResize(on) => draft.push(Op::Set(Setting::AllowResize(*on))),
            }
        }
    }
}

/// The node that most requests name; of several the lowest.
fn favourite(trace: &Trace) -> Option<Nid> {
    let mut named: BTreeMap<Nid, usize> = BTreeMap::new();
    for nid in trace.allocations().filter_map(|(request, _)| request.node.nid()) {
        *named.entry(nid).or_default() += 1;
    }
    named.into_iter().rev().max_by_key(|(_, count)| *count).map(|(nid, _)| nid)
}

/// The request without what only the recorded machine has, if anything is left of it.
fn anywhere(request: &AllocRequest, chosen: Option<Nid>) -> Option<(AllocRequest, Times)> {
    let times = match request.node.nid() {
        None => Times::Once,
        named if named == chosen => Times::EachNode,
        Some(_) => return None,
    };
    let bound = request.limit.is_some() || matches!(request.goal, Goal::AtLeast(_));
    let goal = if request.goal.addr() <= DMA_END { request.goal } else { Goal::Prefer(PhysAddr(0)) };
    (!bound).then_some((request.with_goal(goal), times))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::tests::trace;

    /// Expect requests for the favourite node to be made everywhere, those for others and those with limits not at all,
    /// and a free to name the part of the block that it frees.
    #[test]
    fn what_a_boot_asks_for_on_its_nodes_is_kept() {
        let trace = trace(
            "1 alloc size=8192 align=0x1000 node=1 -> 0xf00000\n2 alloc size=64 align=0x40 node=0 -> 0x700000\n\
             3 alloc size=4096 align=0x1000 node=1 -> 0xe00000\n4 alloc size=64 align=0x40 limit=0x800000 -> 0x600000\n\
             5 alloc size=64 align=0x40 -> 0x500000\n6 free 0xf01000-0xf02000\n7 reserve 0x400000-0x401000\n",
        );
        let nid = Nid::new(1).unwrap();
        let on = |size, align| AllocRequest::new(size, align).with_node(NodeChoice::Prefer(nid));
        assert_eq!(
            Filling::from_trace(&trace).0,
            [
                Phase::Alloc(on(8192, 4096), Times::EachNode),
                Phase::Alloc(on(4096, 4096), Times::EachNode),
                Phase::Alloc(AllocRequest::new(64, 64), Times::Once),
                Phase::Free(0, 4096..8192),
            ]
        );
    }
}
