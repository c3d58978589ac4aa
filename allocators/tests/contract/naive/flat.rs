//! The policy of the flat bitmap, page by page.

use std::collections::HashMap;

use allocators::{
    AddrRange, AllocError, AllocRequest, BootAllocator, Exclusive, FreeError, Goal, Nid, NodeChoice,
    PhysAddr, ReserveError,
};

use super::pages::{Pages, by_page};
use crate::machine::Machine;

/// Allocates as rootmem and wordscan say they do.
pub(crate) struct NaiveFlat<'m> {
    pages: Pages<'m>,
    /// Where the last allocation of each scope ended: of a node, or of any.
    ends: HashMap<Option<Nid>, u64>,
}

impl<'m> NaiveFlat<'m> {
    pub(crate) fn new(machine: &'m Machine) -> Self {
        Self { pages: Pages::new(machine), ends: HashMap::new() }
    }

    fn forget(&mut self, pages: &std::ops::Range<u64>) {
        let size = self.pages.size();
        self.ends.retain(|_, end| !pages.contains(&(*end / size)));
    }
}

impl BootAllocator for NaiveFlat<'_> {
    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        request.check(&self.pages.machine.map())?;
        let size = self.pages.size();
        let (count, step) = (request.size.div_ceil(size), (request.align / size).max(1));
        let (goal, strict) = match request.goal {
            Goal::Prefer(goal) => (goal.0 / size, false),
            Goal::AtLeast(goal) => (goal.0.div_ceil(size), true),
        };
        let end = request.limit.map_or(u64::MAX, |limit| limit.0 / size).min(self.pages.all.len() as u64);
        let scopes = match request.node {
            NodeChoice::Any => vec![None],
            NodeChoice::Prefer(nid) => vec![Some(nid), None],
            NodeChoice::Exact(nid) => vec![Some(nid)],
        };
        for above in [true, false] {
            for &scope in &scopes {
                let candidates = if above { goal..end } else { 0..goal.min(end) };
                let fits = |first: &u64| {
                    first.is_multiple_of(step)
                        && first.checked_add(count).is_some_and(|after| after <= end)
                        && (*first..first + count).all(|pfn| self.pages.is_free(pfn, scope))
                };
                let Some(first) = candidates.clone().find(fits).filter(|_| above || !strict) else {
                    continue;
                };
                let mut start = first * size;
                if let Some(&last) = self.ends.get(&scope) {
                    let shared = last / size;
                    let reachable = candidates.start <= shared && self.pages.usable(shared, scope);
                    if !last.is_multiple_of(size) && shared + 1 == first && reachable {
                        start = last.next_multiple_of(request.align);
                    }
                }
                self.ends.insert(scope, start + request.size);
                self.pages.take(first..(start + request.size).div_ceil(size));
                return Ok(PhysAddr(start));
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
        Ok(())
    }

    by_page!();
}
