//! The parts of a machine between which free blocks never merge: each node's share of each zone.

use allocators::{AddrRange, MemoryRange, PageSize, PfnRange, PhysAddr};
use serde::{Deserialize, Serialize};
use workloads::check::Released;
use workloads::trace::{Machine, Zone};

use super::{Fragmentation, Free};

/// One node's share of one zone. All figures are exact.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ZoneFigures {
    /// The node.
    pub nid: u32,
    /// The zone's name, or `all` where the log names none.
    pub zone: String,
    /// Usable pages.
    pub usable_pages: u64,
    /// Pages that the boot took from it: usable ones that were not handed over.
    pub taken_pages: u64,
    /// How broken up the rest is.
    pub fragmentation: Fragmentation,
}

/// The zones of a machine, one that holds everything where the log names none.
pub(super) fn of(zones: &[Zone]) -> Vec<Zone> {
    if zones.is_empty() {
        let range = AddrRange::clamped(PhysAddr(0), PhysAddr(u64::MAX));
        return vec![Zone { name: "all".into(), range }];
    }
    zones.to_vec()
}

/// The figures of each node's share of each zone that has any memory.
pub(super) fn figures(machine: &Machine, zones: &[Zone], released: &Released) -> Vec<ZoneFigures> {
    let mut found = Vec::new();
    let memory = machine.by_node();
    for (nid, runs) in &released.nodes {
        let pieces = memory.get(nid).map_or(&[][..], Vec::as_slice);
        let free = Free::new(runs.iter().map(workloads::check::Run::pages));
        for zone in of(zones) {
            let bounds = zone.range.pages_touched(machine.page);
            let usable_pages = usable(pieces, machine.page, bounds);
            if usable_pages > 0 {
                let fragmentation = free.within(bounds).fragmentation(machine.page, machine.max_order);
                found.push(ZoneFigures {
                    nid: nid.get(),
                    zone: zone.name,
                    usable_pages,
                    taken_pages: usable_pages.saturating_sub(fragmentation.free_pages),
                    fragmentation,
                });
            }
        }
    }
    found
}

fn usable(pieces: &[MemoryRange], page: PageSize, bounds: PfnRange) -> u64 {
    let usable = pieces.iter().filter(|piece| !piece.flags.untouchable());
    usable.map(|piece| piece.range.pages_inside(page).intersection(bounds).count().0).sum()
}
