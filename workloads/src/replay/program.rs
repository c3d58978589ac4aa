//! The calls that a replay makes.

use allocators::{AddrRange, AllocRequest, MapChange, PhysAddr, Setting};

use super::Reach;
use crate::trace::Machine;

/// A boot, made ready to be replayed through strategies of one [reach](super::Reach).
#[derive(Clone, Debug)]
pub struct Program {
    /// How far the strategies reach that it was made ready for.
    pub reach: Reach,
    /// The machine to build an allocator for.
    pub machine: Machine,
    /// What is reserved before the first step.
    pub setup: Vec<AddrRange>,
    /// The calls, in order.
    pub steps: Vec<Step>,
    /// For each step, the index of the trace's record that it comes from.
    pub record_of: Vec<u32>,
    /// How many slots the steps speak of.
    pub slots: usize,
    /// What is marked as memory whose struct pages are not to be initialised.
    pub noinit: Vec<Piece>,
    /// Reservations and frees of which a part was left out because it lay outside memory.
    pub clipped: u64,
}

/// The number of a place where the address of an allocation is kept for later steps.
pub type Slot = u32;

/// Some bytes of a block that was allocated before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// Where the block's address is kept.
    pub slot: Slot,
    /// From which byte of the block on.
    pub offset: u64,
    /// How many bytes.
    pub size: u64,
}

/// A piece of a range of the recorded boot, by who owns it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece {
    /// Addresses that mean themselves: reserved as such, or in nobody's use.
    Absolute(AddrRange),
    /// A part of an allocated block.
    Block(Part),
}

/// One call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Allocate, and keep the address.
    Alloc(AllocRequest, Slot),
    /// Ask for what the kernel was refused; give it back at once if this back-end grants it, because the boot went on
    /// without it.
    Probe(AllocRequest),
    /// Reserve these very addresses.
    Reserve(AddrRange),
    /// Reserve part of a block once more.
    ReservePart(Part),
    /// Free these very addresses.
    Free(AddrRange),
    /// Free part of a block.
    FreePart(Part),
    /// Change the memory map.
    Change(MapChange),
    /// Change a setting.
    Set(Setting),
}

impl Part {
    /// Its addresses in a block at `base`. A strategy may have given a block that reaches past the end of the address
    /// space; its parts end there.
    #[must_use]
    #[inline]
    pub const fn of(self, base: PhysAddr) -> AddrRange {
        let start = PhysAddr(base.0.saturating_add(self.offset));
        AddrRange::clamped(start, PhysAddr(start.0.saturating_add(self.size)))
    }
}
