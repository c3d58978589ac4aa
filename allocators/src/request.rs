//! What a caller asks for.

use crate::{AddrRange, AllocError, MemFlags, MemoryMap, MemoryRange, Nid, PhysAddr};

/// A request for memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AllocRequest {
    /// How many bytes; at least 1.
    pub size: u64,
    /// What the address must be a multiple of, in bytes: a power of two.
    pub align: u64,
    /// Where to begin.
    pub goal: Goal,
    /// The first address after the block, or `None` for as high as the allocator reaches.
    pub limit: Option<PhysAddr>,
    /// On which node.
    pub node: NodeChoice,
}

/// From where on memory is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Goal {
    /// At or above this address if there is room, else below it: bootmem's goal, the `min_addr` of `memblock_alloc*`.
    /// `Prefer(PhysAddr(0))` asks for nothing in particular.
    Prefer(PhysAddr),
    /// At or above this address or not at all: the `start` of `memblock_phys_alloc_range`. Such a request also goes
    /// past memblock's current limit where it names a [`limit`](AllocRequest::limit) of its own.
    AtLeast(PhysAddr),
}

impl Goal {
    /// The address itself.
    #[must_use]
    #[inline]
    pub const fn addr(self) -> PhysAddr {
        match self {
            Self::Prefer(addr) | Self::AtLeast(addr) => addr,
        }
    }
}

/// On which node memory is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NodeChoice {
    /// On any.
    Any,
    /// On this one, else on another.
    Prefer(Nid),
    /// On this one or not at all.
    Exact(Nid),
}

impl NodeChoice {
    /// The node that is named, if any.
    #[must_use]
    #[inline]
    pub const fn nid(self) -> Option<Nid> {
        match self {
            Self::Any => None,
            Self::Prefer(nid) | Self::Exact(nid) => Some(nid),
        }
    }
}

impl AllocRequest {
    /// `size` bytes aligned to `align`, anywhere.
    #[must_use]
    pub const fn new(size: u64, align: u64) -> Self {
        Self { size, align, goal: Goal::Prefer(PhysAddr(0)), limit: None, node: NodeChoice::Any }
    }

    /// The same at `goal`.
    #[must_use]
    pub const fn with_goal(self, goal: Goal) -> Self {
        Self { goal, ..self }
    }

    /// The same below `limit`.
    #[must_use]
    pub const fn with_limit(self, limit: PhysAddr) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// The same on `node`.
    #[must_use]
    pub const fn with_node(self, node: NodeChoice) -> Self {
        Self { node, ..self }
    }

    /// The lowest address that the block may begin at: its minimum, or 0 where the goal is only preferred.
    #[must_use]
    #[inline]
    pub const fn lowest(&self) -> PhysAddr {
        match self.goal {
            Goal::AtLeast(min) => min,
            Goal::Prefer(_) => PhysAddr(0),
        }
    }

    /// Refuses what no allocator can give. Every back-end calls this first.
    ///
    /// A preferred goal makes nothing impossible: one that leaves no room below the limit, or below the end of the
    /// address space, is given up like any other that cannot be met, as in the kernel.
    ///
    /// # Errors
    /// [`AllocError`] says what is impossible about the request: all variants but `NoMemory` and `MetadataFull`.
    #[inline]
    pub fn check(&self, map: &MemoryMap<'_>) -> Result<(), AllocError> {
        if self.size == 0 {
            return Err(AllocError::ZeroSize);
        }
        if !self.align.is_power_of_two() {
            return Err(AllocError::AlignNotPowerOfTwo(self.align));
        }
        let goal = self.lowest();
        let Some(end) = goal.checked_add(self.size) else {
            return Err(AllocError::Wraps { goal, size: self.size });
        };
        if let Some(limit) = self.limit.filter(|&limit| end > limit) {
            return Err(AllocError::LimitBelowGoal { goal, size: self.size, limit });
        }
        match self.node.nid() {
            Some(nid) if !map.nids().contains(nid) => Err(AllocError::UnknownNode(nid)),
            _ => Ok(()),
        }
    }
}

/// A change of the memory map while the boot allocator runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MapChange {
    /// Memory is found, and usable from now on. Where memory is known already, it keeps its node and flags.
    Add(MemoryRange),
    /// Memory is taken away.
    Remove(AddrRange),
    /// The node of a range is learnt.
    SetNode(AddrRange, Option<Nid>),
    /// Flags of a range are set.
    SetFlags(AddrRange, MemFlags),
    /// Flags of a range are cleared.
    ClearFlags(AddrRange, MemFlags),
}

/// A setting that the architecture's code changes during boot. Only memblock knows any.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Setting {
    /// Search upward from the bottom instead of downward from the top.
    BottomUp(bool),
    /// Where requests without a limit end; `None` for nowhere.
    CurrentLimit(Option<PhysAddr>),
    /// Whether full region arrays may be doubled.
    AllowResize(bool),
    /// Whether memory that may be unplugged is left alone.
    MovableNode(bool),
    /// Whether allocations are kept apart from other reservations, by node and by [`MemFlags::RSRV_KERN`], as kernels
    /// since 6.16 do. Regions that would have merged stay apart, so a list is full and doubles earlier; what it takes for
    /// that moves the addresses that are given afterwards.
    MarkKernelReservations(bool),
    /// Whether memory is given out from [`MemFlags::KHO_SCRATCH`] alone: a kernel that another one handed over to does so,
    /// as it knows what that one preserved only shortly before its own page allocator takes over. Mirrors count for
    /// nothing meanwhile, and there is no falling back to other memory. What is free is handed over all the same.
    KhoScratchOnly(bool),
}
