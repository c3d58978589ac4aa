//! What is reserved on the new machine: firmware's own, and what the recorded kernel had in memory before its first request.

use allocators::{AddrRange, MemFlags, MemoryRange, PhysAddr};

use super::OnError;
use super::side::Side;
use crate::machine::Hardware;
use crate::ranges::Ranges;

/// A kernel's image begins at such a border, as huge pages map it.
const HUGE: u64 = 2 << 20;

/// Where x86 has its BIOS and the code that other processors begin with.
const LOW: u64 = 1 << 20;

/// What is reserved without a request.
pub(super) struct Keeper<'s> {
    old: &'s Side,
    new: &'s Side,
    /// Memory in which nothing is yet.
    room: Ranges,
    has_low: bool,
}

impl<'s> Keeper<'s> {
    pub(super) fn new(
        old: &'s Side,
        new: &'s Side,
        memory: &[MemoryRange],
        hardware: &Hardware,
        arch: &str,
    ) -> Self {
        let free = memory.iter().filter(|piece| !piece.flags.has(MemFlags::NOMAP));
        let mut room: Ranges = free.map(|piece| piece.range).collect();
        hardware.reserved.iter().for_each(|kept| room.remove(kept.range));
        let has_low = matches!(arch, "x86_64" | "i386") && new.has_memory(0, LOW);
        Self { old, new, room, has_low }
    }

    /// Where firmware's reservations touch memory.
    pub(super) fn firmwares(&self, hardware: &Hardware) -> Vec<AddrRange> {
        let parts = |range: AddrRange| self.new.memory.iter().map(move |piece| piece.intersection(range));
        hardware.reserved.iter().flat_map(|kept| parts(kept.range)).filter(|part| !part.is_empty()).collect()
    }

    /// The place of what the kernel had reserved at `range`: there, as far from the beginning of memory, or in the lowest gap;
    /// `None` if the machine has no such thing.
    pub(super) fn place(
        &mut self,
        range: AddrRange,
        hardware: &Hardware,
        boot: &str,
    ) -> Result<Option<AddrRange>, OnError> {
        if range.end().0 <= LOW && self.old.base() == 0 {
            return Ok(self.has_low.then_some(range));
        }
        let moved =
            range.start().0.checked_sub(self.old.base()).map(|offset| PhysAddr(offset + self.new.base()));
        let there = moved.and_then(|start| AddrRange::from_size(start, range.size()));
        let there = there.filter(|there| self.room.covers(*there));
        let align = if range.size() >= HUGE { HUGE } else { self.new.page };
        // Firmware's low memory is no place for a kernel.
        let from = PhysAddr(if self.has_low && self.new.end() > LOW { LOW } else { 0 });
        let lowest = || {
            let begins = |gap: AddrRange| {
                AddrRange::from_size(gap.start().max(from).checked_align_up(align)?, range.size())
            };
            self.room.iter().find_map(|gap| begins(gap).filter(|place| gap.covers(*place)))
        };
        let place = there.or_else(lowest).ok_or_else(|| OnError::NoRoom {
            machine: hardware.name.clone(),
            boot: boot.into(),
            bytes: range.size(),
            at: range.to_string(),
        })?;
        self.room.remove(place);
        Ok(Some(place))
    }
}
