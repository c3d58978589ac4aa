//! The state of memblock, and what it is made from.

use super::grow::{Full, List};
use super::region::{Attrs, Region};
use super::reservations::Reservations;
use super::style::Style;
use super::table::Table;
use super::{ByTheKernel, Memblock};
use crate::{
    AddrRange, ArrayMemory, BuildError, MemoryMap, MemoryRange, Metadata, NodeSet, PhysAddr, records,
};

const WORDS_PER_REGION: usize = size_of::<Region>() / 8;

/// memblock on one machine.
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, as in the kernel")]
pub struct MemblockAllocator<'m, S: Style = ByTheKernel> {
    pub(super) map: MemoryMap<'m>,
    pub(super) memory: Table<'m, S::Walk>,
    pub(super) reserved: S::Reserved<'m>,
    pub(super) arrays: Option<&'m mut (dyn ArrayMemory<'m> + 'm)>,
    pub(super) retired: NodeSet,
    pub(super) current_limit: PhysAddr,
    pub(super) bottom_up: bool,
    pub(super) can_resize: bool,
    pub(super) movable_node: bool,
    pub(super) mark_kernel: bool,
    pub(super) scratch_only: bool,
    /// Whether any memory was ever said to be mirrored.
    pub(super) has_mirror: bool,
    /// Whether `retired` is not empty.
    pub(super) any_retired: bool,
}

impl<'m, S: Style> MemblockAllocator<'m, S> {
    /// The static size of the list of memory: doubled as often as the kernel had to for this map.
    fn memory_slots(map: &MemoryMap<'_>) -> usize {
        let mut slots = Memblock::STATIC_REGIONS;
        while slots < map.start().len() {
            slots *= 2;
        }
        slots
    }

    pub(crate) fn words(map: &MemoryMap<'_>) -> usize {
        Self::memory_slots(map) * WORDS_PER_REGION + S::Reserved::words(map)
    }

    pub(crate) fn build(map: MemoryMap<'m>, metadata: Metadata<'m>) -> Result<Self, BuildError> {
        let (needed, given, phys) = (Self::words(&map), metadata.len(), metadata.phys());
        if given < needed {
            return Err(BuildError::MetadataTooSmall { needed, given });
        }
        let (words, arrays) = metadata.into_parts();
        let (memory, reserved) = words[..needed].split_at_mut(Self::memory_slots(&map) * WORDS_PER_REGION);
        let mut new = Self {
            map,
            memory: Table::new(records(memory)),
            reserved: S::Reserved::new(reserved, &map),
            can_resize: arrays.is_some(),
            arrays,
            retired: NodeSet::EMPTY,
            current_limit: PhysAddr(u64::MAX),
            bottom_up: false,
            movable_node: false,
            mark_kernel: false,
            scratch_only: false,
            has_mirror: false,
            any_retired: false,
        };
        for piece in map.start() {
            new.add_memory(piece).map_err(|Full| BuildError::MetadataTooSmall { needed, given })?;
        }
        if let Some(phys) = phys {
            let pages = new.metadata_pages(phys)?;
            new.add(List::Reserved, pages, Attrs::PLAIN)
                .map_err(|Full| BuildError::MetadataTooSmall { needed, given })?;
        }
        Ok(new)
    }

    /// The pages of metadata that lies at `phys`, all of which are on some node.
    fn metadata_pages(&self, phys: AddrRange) -> Result<AddrRange, BuildError> {
        let page = self.map.page();
        let pages = phys.pages_touched(page);
        let mut at = pages.start();
        for (own, _) in self.map.owned_pages() {
            if own.contains(at) {
                at = own.end();
            }
        }
        if at < pages.end() || pages.is_empty() {
            return Err(BuildError::MetadataOutsideMemory(page.addr(at).max(phys.start())));
        }
        Ok(pages.addrs(page))
    }

    /// The regions of memory, as the kernel's dump lists them: touching ones differ in node or flags.
    pub fn memory(&self) -> impl ExactSizeIterator<Item = MemoryRange> + '_ {
        self.memory.regions().iter().copied().map(Region::to_memory_range)
    }

    /// The reserved regions, as the kernel's dump lists them: touching ones differ in node or flags.
    pub fn reserved(&self) -> impl ExactSizeIterator<Item = MemoryRange> + '_ {
        self.reserved.regions().map(Region::to_memory_range)
    }

    /// How many regions the two lists, of memory and of what is reserved, hold before they must grow.
    #[must_use]
    pub fn capacity(&self) -> (usize, usize) {
        (self.memory.capacity(), self.reserved.capacity())
    }
}
