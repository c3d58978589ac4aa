//! What exact figures are computed from.

use workloads::beyond::Initialised;
use workloads::check::{Checked, Outcomes};
use workloads::replay::Program;
use workloads::trace::Trace;

use crate::exact::{Fragmentation, ZoneFigures};

/// A checked replay of a boot, and what was seen in it.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'e> {
    /// The boot.
    pub trace: &'e Trace,
    /// What was replayed.
    pub program: &'e Program,
    /// What the checker found.
    pub checked: &'e Checked,
    /// How broken up the memory is that was handed over: the sum over nodes and zones.
    pub fragmentation: &'e Fragmentation,
    /// The same for each node's share of each zone.
    pub zones: &'e [ZoneFigures],
    /// Ranges that are reserved at the end, neighbours joined.
    pub reserved_ranges: u64,
    /// Struct pages by when they are initialised, with what the strategy left reserved; `None` where the log names no zones.
    pub struct_pages: Option<&'e Initialised>,
    /// Bytes that are free at the end in pages that are not wholly free.
    pub lost_parts: u64,
}

impl Evidence<'_> {
    pub(super) const fn outcomes(&self) -> &Outcomes {
        &self.checked.outcomes
    }

    /// So many pages in bytes.
    pub(super) fn bytes(&self, pages: u128) -> u128 {
        pages * u128::from(self.program.machine.page.bytes())
    }

    pub(super) fn usable_pages(&self) -> u64 {
        self.checked.released.usable_pages.0
    }

    pub(super) fn released_pages(&self) -> u64 {
        self.checked.released.pages().0
    }

    /// Page frames that the boot cost beyond the bytes that callers asked for and kept.
    pub(super) fn rounding_pages(&self) -> u64 {
        let needed = self.program.machine.page.pages_for(self.checked.bytes_in_use).0;
        self.usable_pages().saturating_sub(self.released_pages()).saturating_sub(needed)
    }

    /// Free pages in blocks below the order of a pageblock.
    pub(super) fn pages_below_a_pageblock(&self) -> u128 {
        self.fragmentation.pages_below(self.trace.header.pageblock_order.0)
    }
}
