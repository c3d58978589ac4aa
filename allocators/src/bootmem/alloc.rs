//! Allocation: one node's search, and the order in which nodes are tried.

use super::PerNode;
use super::node::{NO_NODE, place_of};
use crate::bitmap::{Fit, bitwise};
use crate::{AllocError, AllocRequest, Goal, NodeChoice, Pfn, PfnRange, PhysAddr};

/// A request in pages.
struct Wanted<'r> {
    request: &'r AllocRequest,
    /// 0 when there is none, or none any more.
    goal: Pfn,
    /// Whether the goal is a minimum.
    strict: bool,
    limit: Pfn,
}

impl PerNode<'_> {
    /// First everything with the goal, then everything without (`___alloc_bootmem_node_nopanic`).
    pub(super) fn allocate(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        request.check(&self.map)?;
        let page = self.map.page();
        let (goal, strict) = match request.goal {
            Goal::Prefer(goal) => (page.pfn_down(goal), false),
            Goal::AtLeast(goal) => (page.pfn_up(goal), true),
        };
        let limit = request.limit.map_or(Pfn(u64::MAX), |limit| page.pfn_down(limit));
        let mut wanted = Wanted { request, goal, strict, limit };
        loop {
            let own = request.node.nid().and_then(|nid| place_of(self.nodes, nid));
            if let Some(start) = own.and_then(|place| self.alloc_on(place, &wanted)) {
                return Ok(start);
            }
            if !matches!(request.node, NodeChoice::Exact(_))
                && let Some(start) = self.alloc_anywhere(&wanted)
            {
                return Ok(start);
            }
            if strict || wanted.goal == Pfn(0) {
                return Err(AllocError::NoMemory);
            }
            wanted.goal = Pfn(0);
        }
    }

    /// Tries the nodes in their order, but none that ends below the goal or begins above the limit
    /// (`alloc_bootmem_core`).
    fn alloc_anywhere(&mut self, wanted: &Wanted<'_>) -> Option<PhysAddr> {
        let mut place = self.first;
        while place != NO_NODE {
            let node = &self.nodes[place as usize];
            if node.min >= wanted.limit {
                return None;
            }
            let next = node.next;
            if node.low > wanted.goal
                && let Some(start) = self.alloc_on(place as usize, wanted)
            {
                return Some(start);
            }
            place = next;
        }
        None
    }

    /// Searches one node from the hint on, then from the goal on (`alloc_bootmem_bdata`).
    fn alloc_on(&mut self, place: usize, wanted: &Wanted<'_>) -> Option<PhysAddr> {
        let page = self.map.page();
        let node = &mut self.nodes[place];
        let max = node.low.min(wanted.limit);
        if node.is_released() || max <= node.min || (wanted.strict && wanted.goal >= max) {
            return None;
        }
        let from = if node.min < wanted.goal && wanted.goal < max { wanted.goal } else { node.min };
        let fit = Fit::new(wanted.request, page, node.min);
        let bits = node.bits(PfnRange::clamped(from, max));
        let words = &mut self.words[node.words()];

        let hint = fit.align(node.hint_idx);
        let hinted = if node.hint_idx > fit.align(bits.start) {
            bitwise::find(words, hint..bits.end, fit)
        } else {
            None
        };
        let found = hinted.or_else(|| bitwise::find(words, bits, fit))?;

        // Merging goes below a preferred goal, if by less than a page, but not below a minimum.
        let lowest = if wanted.strict { from } else { node.min };
        let first = node.pfn(found);
        let merged = node.tail.merge(first, lowest, wanted.request.align, page);
        let start = merged.unwrap_or(page.addr(first));
        let end = PhysAddr(start.0 + wanted.request.size);
        let taken = node.bits(PfnRange::clamped(first, page.pfn_up(end)));
        node.tail.0 = end;
        // A block that fits into the page before moves the hint to where it is: at its first free page.
        node.hint_idx = taken.end;
        bitwise::set(words, taken);
        Some(start)
    }
}
