//! The order in which places are tried.
//!
//! ```text
//! on the named node, from the goal up
//! on any node, from the goal up          unless the node is exact
//! the same two from the bottom           unless the goal is a minimum
//! ```
//!
//! So another node above the goal comes before the named one below it. While some memory is mirrored, each line's pair
//! is first tried in mirrored memory alone. While only scratch memory may be given, each line is tried there and nowhere
//! else.

use super::allocator::MemblockAllocator;
use super::find::Search;
use super::grow::List;
use super::reservations::Reservations as _;
use super::style::Style;
use crate::{AddrRange, AllocError, AllocRequest, Goal, MemFlags, NodeChoice, PhysAddr};

impl<S: Style> MemblockAllocator<'_, S> {
    /// Finds and reserves memory for a request that is possible in itself.
    ///
    /// Source: 6.1 `memblock_alloc_internal` for a preferred goal, `memblock_alloc_range_nid` for a minimum.
    pub(super) fn alloc_somewhere(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        let current = self.current_limit;
        match request.goal {
            Goal::AtLeast(start) => self.alloc_within(request, start, request.limit.unwrap_or(current)),
            Goal::Prefer(goal) => {
                let end = request.limit.map_or(current, |limit| limit.min(current));
                match self.alloc_within(request, goal, end) {
                    Err(_) if goal > PhysAddr(0) => self.alloc_within(request, PhysAddr(0), end),
                    done => done,
                }
            }
        }
    }

    fn alloc_within(
        &mut self,
        request: &AllocRequest,
        start: PhysAddr,
        end: PhysAddr,
    ) -> Result<PhysAddr, AllocError> {
        let AllocRequest { size, align, .. } = *request;
        let size = S::taken(size, align);
        let (nid, elsewhere) = match request.node {
            NodeChoice::Any => (None, false),
            NodeChoice::Prefer(nid) => (Some(nid), true),
            NodeChoice::Exact(nid) => (Some(nid), false),
        };
        // Written out: an iterator over what is tried cost as much as a walk through thirty regions.
        let (only, then) = self.kinds();
        let search = Search { size, align, start, end, nid, only };
        match (self.alloc_on(&search, elsewhere), then) {
            (Err(first), Some(only)) => {
                failed_before(first, self.alloc_on(&Search { only, ..search }, elsewhere))
            }
            (done, _) => done,
        }
    }

    /// On the node that is searched, and then, if that will do, on any.
    #[inline]
    fn alloc_on(&mut self, search: &Search, elsewhere: bool) -> Result<PhysAddr, AllocError> {
        match self.take(search) {
            Err(first) if elsewhere => failed_before(first, self.take(&Search { nid: None, ..*search })),
            done => done,
        }
    }

    /// The kind of memory that is tried first, by the flags that it must have, and that which is tried if there is none.
    ///
    /// Source: 6.16 `choose_memblock_flags`.
    #[inline]
    pub(super) fn kinds(&self) -> (MemFlags, Option<MemFlags>) {
        if self.scratch_only {
            (MemFlags::KHO_SCRATCH, None)
        } else if self.has_mirror {
            (MemFlags::MIRROR, Some(MemFlags::NONE))
        } else {
            (MemFlags::NONE, None)
        }
    }

    fn take(&mut self, search: &Search) -> Result<PhysAddr, AllocError> {
        let (addr, found) = self.find(search).ok_or(AllocError::NoMemory)?;
        // A block ends where its gap does at most.
        let block = AddrRange::clamped(addr, PhysAddr(addr.0.wrapping_add(search.size)));
        let attrs = self.reserved_attrs(search.nid);
        if self.reserved.add_found(found, block, attrs) {
            return Ok(addr);
        }
        self.add(List::Reserved, block, attrs).map(|()| addr).map_err(|_| AllocError::MetadataFull)
    }
}

/// What comes of a try after one that failed. A block that was found and could not be noted counts as none; but if nothing is
/// found afterwards, that is the reason.
fn failed_before(first: AllocError, then: Result<PhysAddr, AllocError>) -> Result<PhysAddr, AllocError> {
    then.map_err(|error| if error == AllocError::NoMemory { first } else { error })
}
