//! The exact figures that are compared.

use crate::analysis::{Boot, Subject, pages_below};

/// An exact figure of a strategy on a boot, of which sums over boots make sense.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// The word that names it in rules and data.
    pub id: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Whether it counts bytes.
    pub bytes: bool,
    /// Whether less of it is better, or more; `None` where neither is.
    pub less_is_better: Option<bool>,
    get: Get,
}

impl Figure {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 14] = [
        figure("instructions", "instructions of all calls", LESS, |_, one| one.instructions),
        figure("failed", "allocations not granted", LESS, |_, one| {
            one.exact.as_ref().map(|exact| exact.outcomes.failed + exact.outcomes.refused)
        }),
        figure("conflicts", "conflicts with fixed reservations", LESS, |_, one| {
            one.exact.as_ref().map(|exact| exact.outcomes.conflicts)
        }),
        figure("violations", "answers that no allocator may give", LESS, |_, one| {
            one.exact.as_ref().map(|exact| exact.violations.len() as u64)
        }),
        figure("elsewhere", "allocations on another node than asked", LESS, |_, one| {
            one.exact.as_ref().map(|exact| exact.outcomes.elsewhere)
        }),
        figure("intact-2m", "free aligned stretches of 2 MiB", MORE, |_, one| {
            one.exact.as_ref().map(|exact| exact.fragmentation.intact_2m)
        }),
        figure("intact-1g", "free aligned stretches of 1 GiB", MORE, |_, one| {
            one.exact.as_ref().map(|exact| exact.fragmentation.intact_1g)
        }),
        in_bytes("small-blocks", "free memory in blocks below a pageblock", LESS, |boot, one| {
            one.exact.as_ref().map(|exact| {
                pages_below(&exact.fragmentation, boot.pageblock_order()) * exact.layout.page_bytes
            })
        }),
        in_bytes("dma", "memory taken from DMA and DMA32", LESS, |_, one| {
            let exact = one.exact.as_ref()?;
            let low = exact.zones.iter().filter(|zone| ["DMA", "DMA32"].contains(&zone.zone.as_str()));
            Some(low.map(|zone| zone.taken_pages).sum::<u64>() * exact.layout.page_bytes)
        }),
        in_bytes("released", "memory handed over", MORE, |_, one| {
            one.exact.as_ref().map(|exact| exact.released_pages * exact.layout.page_bytes)
        }),
        figure("blocks", "blocks handed over", None, |_, one| {
            one.exact.as_ref().map(|exact| exact.blocks_handed_over.iter().sum())
        }),
        in_bytes("rounding", "memory used beyond the bytes asked for", LESS, |_, one| {
            one.exact.as_ref().map(|exact| exact.frames_beyond_bytes * exact.layout.page_bytes)
        }),
        in_bytes("metadata", "the strategy's own tables", LESS, |_, one| {
            one.exact.as_ref().map(|exact| exact.metadata_bytes)
        }),
        figure("ranges", "reserved ranges at the end", None, |_, one| {
            one.exact.as_ref().map(|exact| exact.reserved_ranges)
        }),
    ];

    pub(super) fn of(self, boot: &Boot, subject: &Subject) -> Option<u64> {
        (self.get)(boot, subject)
    }
}

type Get = fn(&Boot, &Subject) -> Option<u64>;

const LESS: Option<bool> = Some(true);
const MORE: Option<bool> = Some(false);

const fn figure(id: &'static str, title: &'static str, less_is_better: Option<bool>, get: Get) -> Figure {
    Figure { id, title, bytes: false, less_is_better, get }
}

const fn in_bytes(id: &'static str, title: &'static str, less_is_better: Option<bool>, get: Get) -> Figure {
    Figure { id, title, bytes: true, less_is_better, get }
}
