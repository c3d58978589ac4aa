//! Which memory a kernel takes for scratch beside what it was told of: whole GiB in which nothing was preserved.
//!
//! Since 7.3 a kernel that another one handed over to makes a list of the GiB that hold preserved memory, or pages of the list
//! of it, and marks all others as scratch. Only the requests for its own list are in the log. What it came to shows in the
//! kernel's list of memory by node, which comes next: a piece of one node ends where the mark does.
//!
//! ```text
//! GiB       4               5               6               7               8
//! preserved |.x..xx.........|...x.x.........|...............|....x..........|
//! scratch   |..........sss..|...............|               |......sss......|      that it was told of
//! listed    [---------][-][-][--------------][-------------][------][-][----]      so GiB 6 is scratch as well
//! ```
//! Source: 7.3 `kho_extend_scratch`.

use std::collections::BTreeSet;

use allocators::{AddrRange, MapChange, MemFlags, PhysAddr};

use super::notes::is_preserved;
use crate::import::dialects::linux::{Facts, Platform};
use crate::import::dialects::memblock::{Model, Step, What, symbol};
use crate::ranges::Ranges;

/// The unit that is scratch memory, or not, as a whole.
const BLOCK: u64 = 1 << 30;
/// On a machine with more of them nothing is inferred.
const MOST: u64 = 1 << 14;

/// Whether the marks are made just before this step, ahead of which the kernel has made its list.
pub(super) struct Extension {
    /// The list is in the making.
    listing: bool,
}

impl Extension {
    pub(super) fn new() -> Self {
        Self { listing: false }
    }

    /// The memory that is marked before `step`.
    pub(super) fn before(
        &mut self,
        step: &Step,
        ahead: &[Step],
        model: &Model,
        facts: &Facts,
        platform: &Platform,
    ) -> Vec<MapChange> {
        let by = step.caller.as_deref().map_or("", symbol);
        let is_list = matches!(step.what, What::Alloc(..)) && matches!(by, "kho_radix_alloc_node");
        if is_list || !self.listing {
            self.listing |= is_list && model.scratch_only;
            return Vec::new();
        }
        self.listing = false;
        let listed: Vec<AddrRange> =
            facts.memory_by_node(platform.page).into_iter().map(|(_, range)| range).collect();
        let preserved: Ranges = ahead.iter().filter(|step| is_preserved(step)).filter_map(reserved).collect();
        marked(model, &listed, &preserved)
            .into_iter()
            .map(|range| MapChange::SetFlags(range, MemFlags::KHO_SCRATCH))
            .collect()
    }
}

fn reserved(step: &Step) -> Option<AddrRange> {
    match step.what {
        What::Reserve(range) => Some(range),
        _ => None,
    }
}

/// The blocks that are marked, by stretches: those without anything preserved, but for such as would make other pieces than
/// are listed.
fn marked(model: &Model, listed: &[AddrRange], preserved: &Ranges) -> Vec<AddrRange> {
    let ends = model.memory().last().map_or(0, |piece| piece.range.end().0.div_ceil(BLOCK));
    if listed.is_empty() || ends > MOST {
        return Vec::new();
    }
    let of = |block: u64| AddrRange::clamped(PhysAddr(block * BLOCK), PhysAddr((block + 1) * BLOCK));
    let has_memory = |block: u64| model.memory().iter().any(|piece| piece.range.overlaps(of(block)));
    let is_busy = |block: u64| preserved.iter().any(|range| range.overlaps(of(block)));
    let seen: BTreeSet<u64> = listed.iter().flat_map(|piece| [piece.start().0, piece.end().0]).collect();
    let mut free: BTreeSet<u64> = (0..ends).filter(|&block| has_memory(block) && !is_busy(block)).collect();
    let wrong = |free: &BTreeSet<u64>| {
        let mut then = model.clone();
        for &block in free {
            then.update(of(block), |piece| piece.flags = piece.flags.with(MemFlags::KHO_SCRATCH));
        }
        let own = then.memory().iter().flat_map(|piece| [piece.range.start().0, piece.range.end().0]);
        own.collect::<BTreeSet<u64>>().symmetric_difference(&seen).count()
    };
    // Pages of the kernel's list of what is preserved are nowhere in the log, and keep a block from being scratch as well.
    let mut least = wrong(&free);
    for block in free.clone() {
        if least == 0 {
            break;
        }
        free.remove(&block);
        let without = wrong(&free);
        if without < least {
            least = without;
        } else {
            free.insert(block);
        }
    }
    free.into_iter().map(of).collect::<Ranges>().iter().collect()
}

#[cfg(test)]
mod tests {
    use allocators::{MemoryRange, Nid};

    use super::*;

    fn gib(start: u64, end: u64) -> AddrRange {
        AddrRange::clamped(PhysAddr(start << 30), PhysAddr(end << 30))
    }

    /// ```text
    /// GiB        0       1       2       3       4
    /// preserved  |..x....|.......|.......|.......|
    /// tables     |.......|.......|...t...|.......|      in no log
    /// listed     [------][------][------][-------]
    /// ```
    /// Expect GiB 1 and 3 to be marked; and where nothing is cut, none but what no cut speaks against.
    #[test]
    fn whole_blocks_are_marked_where_the_list_is_cut() {
        let piece = |range| MemoryRange { range, nid: Nid::new(0), flags: MemFlags::NONE };
        let model = Model::new(vec![piece(gib(0, 4))], 4096);
        let preserved = Ranges::from_iter([AddrRange::clamped(PhysAddr(0x1000), PhysAddr(0x2000))]);
        let cut = [gib(0, 1), gib(1, 2), gib(2, 3), gib(3, 4)];
        assert_eq!(marked(&model, &cut, &preserved), [gib(1, 2), gib(3, 4)]);
        assert_eq!(marked(&model, &[gib(0, 1), gib(1, 4)], &preserved), [gib(1, 4)]);
        assert_eq!(marked(&model, &[gib(0, 4)], &preserved), []);
        assert_eq!(marked(&model, &[], &preserved), []);
    }
}
