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
use std::ops::Bound;

use allocators::{AddrRange, MapChange, MemFlags, MemoryRange, PhysAddr};

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

/// The blocks that are marked, by stretches: of all choices among those without anything preserved the one whose pieces end
/// most nearly where those of the list do, and of such choices the one that marks most.
///
/// Pages of the kernel's list of what is preserved are nowhere in the log, and keep a block from being scratch as well. Whether
/// a piece ends inside of a block follows from that block, and whether one ends between two from both, so that the best
/// choice for all blocks up to one, with that one marked or not, is all that the next needs.
fn marked(model: &Model, listed: &[AddrRange], preserved: &Ranges) -> Vec<AddrRange> {
    let blocks = model.memory().last().map_or(0, |piece| piece.range.end().0.div_ceil(BLOCK));
    if listed.is_empty() || blocks > MOST {
        return Vec::new();
    }
    let of = |block: u64| AddrRange::clamped(PhysAddr(block * BLOCK), PhysAddr((block + 1) * BLOCK));
    let has_memory = |block: u64| model.memory().iter().any(|piece| piece.range.overlaps(of(block)));
    let is_busy = |block: u64| preserved.iter().any(|range| range.overlaps(of(block)));
    let seen: BTreeSet<u64> = listed.iter().flat_map(|piece| [piece.start().0, piece.end().0]).collect();
    let mut all = model.clone();
    all.update(AddrRange::clamped(PhysAddr(0), PhysAddr(blocks * BLOCK)), scratch);
    let ends = [model, &all].map(|model| {
        let pieces = model.memory().iter();
        pieces.flat_map(|piece| [piece.range.start().0, piece.range.end().0]).collect::<BTreeSet<u64>>()
    });
    let inside = |block: u64, is_marked: bool| {
        let within = (Bound::Excluded(block * BLOCK), Bound::Excluded((block + 1) * BLOCK));
        let own: BTreeSet<u64> = ends[usize::from(is_marked)].range(within).copied().collect();
        own.symmetric_difference(&seen.range(within).copied().collect()).count()
    };
    let between = |block: u64, was_marked: bool, is_marked: bool| {
        let at = |addr: Option<u64>, is_marked: bool| {
            let model = if is_marked { &all } else { model };
            let addr = PhysAddr(addr?);
            let piece = model.memory().iter().find(|piece| piece.range.contains(addr))?;
            Some((piece.nid, piece.flags))
        };
        let border = block * BLOCK;
        let ends = at(border.checked_sub(1), was_marked) != at(Some(border), is_marked);
        usize::from(ends != seen.contains(&border))
    };
    // By whether the last block is marked: ends that are wrong, and blocks that could be marked and are not.
    let mut best = [Some((0, 0)), None];
    // For each block, by whether it is marked, whether the one before it is.
    let mut before = Vec::new();
    for block in 0..blocks {
        let is_free = has_memory(block) && !is_busy(block);
        let choices = [false, true].map(|is_marked| {
            if is_marked && !is_free {
                return None;
            }
            let (own, left) = (inside(block, is_marked), usize::from(is_free && !is_marked));
            let from = [false, true].into_iter().filter_map(|was_marked| {
                let (wrong, unmarked) = best[usize::from(was_marked)]?;
                let wrong: usize = wrong + own + between(block, was_marked, is_marked);
                Some(((wrong, unmarked + left), was_marked))
            });
            from.min()
        });
        best = choices.map(|choice| choice.map(|(counts, _)| counts));
        before.push(choices.map(|choice| choice.is_some_and(|(_, was_marked)| was_marked)));
    }
    let [unmarked, marked] = best;
    let mut is_marked = marked.is_some_and(|marked| unmarked.is_none_or(|unmarked| marked < unmarked));
    let mut chosen = Vec::new();
    for block in (0..blocks).rev() {
        chosen.extend(is_marked.then(|| of(block)));
        is_marked = before.pop().is_some_and(|before: [bool; 2]| before[usize::from(is_marked)]);
    }
    chosen.into_iter().collect::<Ranges>().iter().collect()
}

fn scratch(piece: &mut MemoryRange) {
    piece.flags = piece.flags.with(MemFlags::KHO_SCRATCH);
}

#[cfg(test)]
mod tests {
    use allocators::Nid;
    use proptest::prelude::*;

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
    /// Expect GiB 1 and 3 to be marked; and none where nothing is cut, as GiB 0 cannot be: its neighbour would end there, and so on.
    /// Where nothing is preserved, the same list is that of a machine all of whose memory is marked.
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
        assert_eq!(marked(&model, &[gib(0, 4)], &Ranges::default()), [gib(0, 4)]);
        assert_eq!(marked(&model, &[gib(0, 3), gib(3, 4)], &preserved), [gib(3, 4)]);
        assert_eq!(marked(&model, &[gib(0, 2), gib(2, 3), gib(3, 4)], &preserved), [gib(2, 3)]);
    }

    proptest! {
        /// Expect pieces of nodes and holes that do not end at whole GiB, some scratch already, to be listed alike under the marks
        /// that are found as under those that the kernel made, and no fewer to be found.
        #[test]
        fn what_is_marked_explains_the_list(
            pieces in prop::collection::vec((0_u64..6, 1_u64..8, 0_u32..2, any::<bool>()), 1..8),
            preserved in prop::collection::btree_set(0_u64..8, 0..4),
            tables in prop::collection::btree_set(0_u64..8, 0..4),
        ) {
            let quarter = BLOCK / 4;
            let range = |from: u64, to: u64, unit: u64| AddrRange::clamped(PhysAddr(from * unit), PhysAddr(to * unit));
            let mut memory = Vec::new();
            let mut at = 0;
            for (gap, size, nid, is_scratch) in pieces {
                // Every other gap is none, so that pieces touch.
                let start = at + gap.saturating_sub(3);
                at = start + size;
                let flags = if is_scratch { MemFlags::KHO_SCRATCH } else { MemFlags::NONE };
                memory.push(MemoryRange { range: range(start, at, quarter), nid: Nid::new(nid), flags });
            }
            let mut model = Model::new(memory, 4096);
            model.update(range(0, at, quarter), |_| {});
            let blocks = at.div_ceil(4);
            let has_memory = |block: u64| {
                model.memory().iter().any(|piece| piece.range.overlaps(range(block, block + 1, BLOCK)))
            };
            let truth: Vec<u64> = (0..blocks)
                .filter(|block| has_memory(*block) && !preserved.contains(block) && !tables.contains(block))
                .collect();
            let listed = |marks: &[AddrRange]| -> Vec<AddrRange> {
                let mut then = model.clone();
                for mark in marks {
                    then.update(*mark, scratch);
                }
                then.memory().iter().map(|piece| piece.range).collect()
            };
            let made: Vec<AddrRange> = truth.iter().map(|block| range(*block, block + 1, BLOCK)).collect();
            let folios = preserved.iter().map(|block| AddrRange::clamped(
                PhysAddr(block * BLOCK + 0x3000),
                PhysAddr(block * BLOCK + 0x5000),
            )).collect();
            let found = marked(&model, &listed(&made), &folios);
            prop_assert_eq!(listed(&found), listed(&made));
            let count: u64 = found.iter().map(|mark| mark.size()).sum();
            prop_assert!(count >= truth.len() as u64 * BLOCK);
            prop_assert!(!found.iter().any(|mark| folios.iter().any(|folio| mark.overlaps(folio))));
        }
    }
}
