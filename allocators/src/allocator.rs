//! The contract between a strategy and everyone who replays, checks or measures it.

use crate::{
    AddrRange, AllocError, AllocRequest, BlockSink, BuildError, ChangeError, FreeError, MapChange, MemoryMap,
    Metadata, Nid, NodeSet, PageCount, PhysAddr, ReleaseError, ReserveError, Setting,
};

/// Whether a reservation insists on finding its range free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exclusive {
    /// Refuse, and change nothing, if any of it is reserved.
    Yes,
    /// Take whatever of it is not reserved yet.
    No,
}

/// A way of handing out memory at boot: the recipe from which an allocator is made for one machine.
///
/// Built-in strategies are unit structs. One that is loaded at run time carries its library in `self`.
pub trait Strategy: Sync {
    /// The allocator of a machine, living in metadata memory of lifetime `'m`.
    type Allocator<'m>: BootAllocator + Sync + 'm
    where
        Self: 'm;

    /// One lower-case word: what a user types to choose it.
    fn name(&self) -> &str;

    /// One line on how it works.
    fn summary(&self) -> &str;

    /// The 8-byte words of metadata that [`build`](Self::build) needs for `map`. Tables that grow later are extra.
    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize;

    /// Whether reservations and frees may lie outside the machine's memory. A bitmap has no bits there; callers clip
    /// such ranges for it, as architecture code did for bootmem.
    fn reaches_outside_memory(&self) -> bool {
        false
    }

    /// Whether it knows nodes. What an allocator that knows none gives on another node than was insisted on is counted
    /// instead of refused.
    fn knows_nodes(&self) -> bool {
        true
    }

    /// Makes an allocator for `map`. All of [`map.start()`](MemoryMap::start) is free, all else is not.
    ///
    /// Where the metadata says that it lies in the machine's own memory, its pages are reserved.
    ///
    /// # Errors
    /// [`BuildError::MetadataTooSmall`] when fewer than [`metadata_words`](Self::metadata_words) were handed in. From a
    /// strategy that is loaded, also [`BuildError::InUse`] and [`BuildError::WrongPageSize`].
    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<Self::Allocator<'m>, BuildError>;
}

/// A boot-time allocator for the physical memory of one machine.
///
/// Every method that takes `&mut self` may run in a measured loop: it touches no heap and formats nothing. A call that
/// returns an error has changed nothing, and no call, however wrong, corrupts the state. Where strategies differ by
/// nature (freeing what is free, reserving where no memory is), the crate's documentation lists who does what.
pub trait BootAllocator {
    /// Reserves every page that `range` touches, even in part; a byte-granular strategy takes just its bytes. An empty
    /// range changes nothing.
    ///
    /// # Errors
    /// [`ReserveError::Busy`] only with [`Exclusive::Yes`]; [`ReserveError::OutsideMemory`] from strategies that do not
    /// [reach outside memory](Strategy::reaches_outside_memory); [`ReserveError::Released`] from those that can tell.
    ///
    /// Source: RFC `rootmem_reserve`, 2008-05-03; `reserve_bootmem` of 2.6.27–4.19; `memblock_reserve`.
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError>;

    /// Reserves what is reserved before a boot's first call, one range after the other, and leaves what a
    /// [`reserve`](Self::reserve) of each leaves.
    ///
    /// Nobody measures it, so it may take a shorter way there. A strategy that looks at its whole list for each reservation
    /// would take hours to get to the first call of a boot with a million of them.
    ///
    /// # Errors
    /// As for [`reserve`](Self::reserve); what came before in the list is reserved then.
    fn reserve_start(&mut self, ranges: &[AddrRange]) -> Result<(), ReserveError> {
        ranges.iter().try_for_each(|range| self.reserve(*range, Exclusive::No))
    }

    /// Frees every page that lies inside `range` as a whole; a byte-granular strategy frees just its bytes. A piece
    /// that covers no whole page changes nothing.
    ///
    /// # Errors
    /// [`FreeError::AlreadyFree`] from bitmaps; [`FreeError::OutsideMemory`] from strategies that do not
    /// [reach outside memory](Strategy::reaches_outside_memory); [`FreeError::Released`] from those that can tell.
    ///
    /// Source: RFC `rootmem_free`; `free_bootmem`; `memblock_phys_free`.
    fn free(&mut self, range: AddrRange) -> Result<(), FreeError>;

    /// Allocates memory and returns its address. Nothing is zeroed: whoever replays has no such memory.
    ///
    /// # Errors
    /// [`AllocError`] says what is impossible about the request, or that no free block fits.
    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError>;

    /// Takes note of a change of the memory map. A strategy whose map is fixed keeps this, which refuses what would
    /// make memory usable or unusable: to free what is added instead would free blocks that are in use, wherever memory
    /// is added that was known. A strategy that counts whole pages gives up each page that a removal or a flag touches, and
    /// takes back those that an addition or a clearing covers as a whole: one that comes back in two halves stays unused.
    ///
    /// # Errors
    /// [`ChangeError::OutsideMemory`] when what is added was not in the map that the allocator was built from,
    /// [`ChangeError::Released`] when the range was released since, [`ChangeError::FixedMap`].
    fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        match change {
            MapChange::SetNode(..) => Ok(()),
            MapChange::SetFlags(_, flags) | MapChange::ClearFlags(_, flags) if !flags.untouchable() => Ok(()),
            _ => Err(ChangeError::FixedMap),
        }
    }

    /// Takes a setting over, and says whether it knows it.
    fn set(&mut self, setting: Setting) -> bool {
        let _ = setting;
        false
    }

    /// The nodes of the machine that it was made for, as the map names them.
    fn nids(&self) -> &NodeSet;

    /// Hands everything free on `nid` to `sink`, ascending, without taking note of it.
    ///
    /// It only reads, so nodes can be handed over side by side. Use [`release`](Self::release) unless you do that; then
    /// call [`retire`](Self::retire) for each node afterwards.
    ///
    /// # Errors
    /// [`ReleaseError::UnknownNode`], [`ReleaseError::AlreadyReleased`].
    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError>;

    /// Hands everything free on all nodes to `sink`, without taking note of it: what [`hand_over`](Self::hand_over) gives
    /// for each node that was not released yet, in one call.
    ///
    /// The nodes come one after the other. A strategy whose kernel walks its lists once for all of them does that here
    /// too, and gives the same blocks in the order of their addresses.
    ///
    /// Source: `memblock_free_all`, one walk; `free_all_bootmem`, node by node.
    fn hand_over_all(&self, sink: &mut dyn BlockSink) -> PageCount {
        // A node that was released has nothing more to give.
        let pages = self.nids().iter().filter_map(|nid| self.hand_over(nid, sink).ok());
        PageCount(pages.map(|pages| pages.0).sum())
    }

    /// Notes that `nid` was handed over: none of its memory is free any more. What was reserved stays listed so. A node
    /// that the machine does not have changes nothing.
    fn retire(&mut self, nid: Nid);

    /// Hands everything free on `nid` to `sink`, ascending, and returns how many pages that were. Each page is handed
    /// over once: a second release is an error, and no later request is given memory of that node.
    ///
    /// # Errors
    /// [`ReleaseError::UnknownNode`], [`ReleaseError::AlreadyReleased`].
    ///
    /// Source: RFC `rootmem_release_node`; `free_all_bootmem_core`; `memblock_free_all`.
    fn release(&mut self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        let pages = self.hand_over(nid, sink)?;
        self.retire(nid);
        Ok(pages)
    }

    /// Hands everything free on all nodes to `sink`, as [`hand_over_all`](Self::hand_over_all) does, and lets go of it.
    fn release_all(&mut self, sink: &mut dyn BlockSink) -> PageCount {
        let pages = self.hand_over_all(sink);
        let nids = *self.nids();
        nids.iter().for_each(|nid| self.retire(nid));
        pages
    }

    /// Calls `visit` for each free range, ascending and disjoint. Not for measured loops.
    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange));

    /// Calls `visit` for each reserved range, ascending and disjoint, inside memory or not. Not for measured loops.
    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange));

    /// The bytes that its state takes up now, tables that have grown included.
    fn metadata_bytes(&self) -> usize;

    /// Calls `visit` with the first byte and the size of each piece of memory that holds a part of its state and is neither
    /// itself nor of the metadata that it was built in, and returns whether its state can be put back to what it was by
    /// writing copies of all of them back: of these pieces, of itself, and of the metadata.
    ///
    /// An allocator that owns nothing has no such pieces. One that owns something, such as a box, keeps its own account of
    /// what may be copied, or cannot be put back.
    fn state_elsewhere(&mut self, visit: &mut dyn FnMut(*mut u8, usize)) -> bool {
        let _ = visit;
        !core::mem::needs_drop::<Self>()
    }
}
