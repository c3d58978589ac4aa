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
        let mut error = AllocError::NoMemory;
        for only in self.kinds() {
            let anywhere = matches!(request.node, NodeChoice::Prefer(_)).then_some(None);
            for nid in [Some(request.node.nid()), anywhere].into_iter().flatten() {
                let AllocRequest { size, align, .. } = *request;
                let size = S::taken(size, align);
                match self.take(&Search { size, align, start, end, nid, only }) {
                    Err(AllocError::NoMemory) => {}
                    // A block that cannot be noted counts as none, and the search goes on.
                    Err(full) => error = full,
                    Ok(addr) => return Ok(addr),
                }
            }
        }
        Err(error)
    }

    /// The kinds of memory that are tried one after the other, by the flags that they must have.
    ///
    /// Source: 6.16 `choose_memblock_flags`.
    #[inline]
    pub(super) fn kinds(&self) -> impl Iterator<Item = MemFlags> + use<S> {
        let (first, then) = if self.scratch_only {
            (Some(MemFlags::KHO_SCRATCH), None)
        } else {
            (self.has_mirror.then_some(MemFlags::MIRROR), Some(MemFlags::NONE))
        };
        first.into_iter().chain(then)
    }

    fn take(&mut self, search: &Search) -> Result<PhysAddr, AllocError> {
        let (addr, found) = self.find(search).ok_or(AllocError::NoMemory)?;
        let block = AddrRange::from_size(addr, search.size).ok_or(AllocError::NoMemory)?;
        let attrs = self.reserved_attrs(search.nid);
        if self.reserved.add_found(found, block, attrs) {
            return Ok(addr);
        }
        self.add(List::Reserved, block, attrs).map(|()| addr).map_err(|_| AllocError::MetadataFull)
    }
}
