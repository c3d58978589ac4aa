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
            if let Some(start) = own.and_then(|place| self.alloc_on(u32::try_from(place).ok()?, &wanted)) {
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
                && let Some(start) = self.alloc_on(place, wanted)
            {
                return Some(start);
            }
            place = next;
        }
        None
    }

    /// Searches one node from the hint on, then from the goal on (`alloc_bootmem_bdata`).
    fn alloc_on(&mut self, place: u32, wanted: &Wanted<'_>) -> Option<PhysAddr> {
        let page = self.map.page();
        let node = &self.nodes[place as usize];
        let max = node.low.min(wanted.limit);
        if max <= node.min || (wanted.strict && wanted.goal >= max) {
            return None;
        }
        let from = if node.min < wanted.goal && wanted.goal < max { wanted.goal } else { node.min };
        let fit = Fit::new(wanted.request, page, node.min);
        let first = fit.align(node.bit(from));
        let hinted = if node.hint_idx > first {
            self.find(place, node.pages(fit.align(node.hint_idx)..node.bit(max)), fit)
        } else {
            None
        };
        let (found, stretch) = hinted.or_else(|| self.find(place, node.pages(first..node.bit(max)), fit))?;

        // Merging goes below a preferred goal, if by less than a page, but not below a minimum.
        let lowest = if wanted.strict { from.max(stretch.start()) } else { stretch.start() };
        let merged = node.tail.merge(found, lowest, wanted.request.align, page);
        let start = merged.unwrap_or(page.addr(found));
        let end = PhysAddr(start.0 + wanted.request.size);
        let node = &mut self.nodes[place as usize];
        let taken = node.bits(PfnRange::clamped(found, page.pfn_up(end)));
        node.tail.0 = end;
        // A block that fits into the page before leaves the hint at the page behind that.
        node.hint_idx = taken.end;
        bitwise::set(&mut self.words[node.words()], taken);
        Some(start)
    }

    /// The first fit in `pages` of a node, and the stretch of memory that it was found in.
    fn find(&self, place: u32, pages: PfnRange, fit: Fit) -> Option<(Pfn, PfnRange)> {
        let node = &self.nodes[place as usize];
        let find_in = |stretch: PfnRange| {
            let bits = node.bits(stretch.intersection(pages));
            let found = bitwise::find(&self.words[node.words()], bits, fit)?;
            Some((node.pfn(found), stretch))
        };
        if self.pieces.all_usable() {
            find_in(node.span())
        } else {
            self.pieces.stretches(node.span(), Some(place)).find_map(find_in)
        }
    }
}
