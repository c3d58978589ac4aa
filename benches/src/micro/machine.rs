//! Drawn machines.

use allocators::{AddrRange, MemFlags, MemoryMap, MemoryRange, Nid, PageSize, PhysAddr};
use workloads::replay::{Program, Reach};
use workloads::trace::Machine;

/// A machine of 4 KiB pages whose only node owns `memory`.
#[must_use]
pub fn one_node(memory: AddrRange) -> Machine {
    let piece = MemoryRange { range: memory, nid: Nid::new(0), flags: MemFlags::NONE };
    Machine {
        page: PageSize::KIB_4,
        max_order: MemoryMap::DEFAULT_MAX_ORDER,
        nodes: vec![piece],
        start: vec![piece],
        memoryless_nodes: Vec::new(),
    }
}

/// That machine with `reserved` taken, and no calls to make: what a single request is tried on.
#[must_use]
pub fn program(memory: AddrRange, reserved: Vec<AddrRange>) -> Program {
    let machine = one_node(memory);
    Program {
        reach: Reach::Everywhere,
        machine,
        setup: reserved,
        steps: Vec::new(),
        record_of: Vec::new(),
        slots: 0,
        noinit: Vec::new(),
        clipped: 0,
    }
}

/// The bytes of these pages of 4 KiB.
pub(super) fn pages(start: u64, end: u64) -> AddrRange {
    AddrRange::clamped(PhysAddr(start << 12), PhysAddr(end << 12))
}
