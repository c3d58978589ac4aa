//! The policy of bootmem, page by page.

use std::collections::HashMap;

use allocators::{
    AddrRange, AllocError, AllocRequest, BootAllocator, Exclusive, FreeError, Goal, Nid, NodeChoice,
    PhysAddr, ReserveError,
};

use super::pages::{Pages, by_page};
use crate::machine::Machine;

/// Allocates as bootmem says it does.
pub(crate) struct NaiveBootmem<'m> {
    pages: Pages<'m>,
    /// For each node with memory, ascending by first page: that, and the one after its last.
    spans: Vec<(Nid, u64, u64)>,
    ends: HashMap<Nid, u64>,
    hints: HashMap<Nid, u64>,
}

impl<'m> NaiveBootmem<'m> {
    pub(crate) fn new(machine: &'m Machine) -> Self {
        let pages = Pages::new(machine);
        let mut spans: Vec<(Nid, u64, u64)> = Vec::new();
        for (pfn, page) in (0..).zip(&pages.all) {
            let Some(page) = page else { continue };
            match spans.iter_mut().find(|span| span.0 == page.nid) {
                Some(span) => span.2 = pfn + 1,
                None => spans.push((page.nid, pfn, pfn + 1)),
            }
        }
        Self { pages, spans, ends: HashMap::new(), hints: HashMap::new() }
    }

    fn on(
        &mut self,
        node: (Nid, u64, u64),
        request: &AllocRequest,
        goal: u64,
        strict: bool,
    ) -> Option<PhysAddr> {
        let (nid, min, low) = node;
        let size = self.pages.size();
        let (count, step) = (request.size.div_ceil(size), (request.align / size).max(1));
        let max = low.min(request.limit.map_or(u64::MAX, |limit| limit.0 / size));
        if max <= min || (strict && goal >= max) {
            return None;
        }
        let from = if min < goal && goal < max { goal } else { min };
        let fits = |first: &u64| {
            first.is_multiple_of(step)
                && first.checked_add(count).is_some_and(|after| after <= max)
                && (*first..first + count).all(|pfn| self.pages.is_free(pfn, Some(nid)))
        };
        let hint = self.hints.get(&nid).copied().unwrap_or(min).max(from);
        let first = (hint..max).find(fits).or_else(|| (from..max).find(fits))?;
        let mut start = first * size;
        if let Some(&last) = self.ends.get(&nid) {
            let shared = last / size;
            let reachable = (!strict || shared >= from) && self.pages.usable(shared, Some(nid));
            if !last.is_multiple_of(size) && shared + 1 == first && reachable {
                start = last.next_multiple_of(request.align);
            }
        }
        let end = start + request.size;
        self.ends.insert(nid, end);
        self.hints.insert(nid, end.div_ceil(size));
        self.pages.take(first..end.div_ceil(size));
        Some(PhysAddr(start))
    }

    fn anywhere(&mut self, request: &AllocRequest, goal: u64, strict: bool) -> Option<PhysAddr> {
        let nodes = self.spans.clone();
        nodes.into_iter().filter(|node| node.2 > goal).find_map(|node| self.on(node, request, goal, strict))
    }

    fn forget(&mut self, pages: &std::ops::Range<u64>) {
        let size = self.pages.size();
        self.ends.retain(|_, end| !pages.contains(&(*end / size)));
    }
}

impl BootAllocator for NaiveBootmem<'_> {
    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        request.check(&self.pages.machine.map())?;
        let size = self.pages.size();
        let (goal, strict) = match request.goal {
            Goal::Prefer(goal) => (goal.0 / size, false),
            Goal::AtLeast(goal) => (goal.0.div_ceil(size), true),
        };
        let own = request.node.nid().and_then(|nid| self.spans.iter().copied().find(|span| span.0 == nid));
        for goal in [Some(goal), (!strict).then_some(0)].into_iter().flatten() {
            let block = own.and_then(|node| self.on(node, request, goal, strict)).or_else(|| {
                if matches!(request.node, NodeChoice::Exact(_)) {
                    None
                } else {
                    self.anywhere(request, goal, strict)
                }
            });
            if let Some(start) = block {
                return Ok(start);
            }
        }
        Err(AllocError::NoMemory)
    }

    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        let pages = self.pages.reserve(range, exclusive)?;
        self.forget(&pages);
        Ok(())
    }

    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        let pages = self.pages.free(range)?;
        self.forget(&pages);
        for pfn in pages {
            let nid = self.pages.get(pfn).unwrap().nid;
            self.hints.entry(nid).and_modify(|hint| *hint = pfn.min(*hint));
        }
        Ok(())
    }

    by_page!();
}
