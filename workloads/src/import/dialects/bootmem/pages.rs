//! From the pages that an allocation took to its address.

use allocators::{PageSize, Pfn, PfnRange, PhysAddr};

/// Where the last allocation on each node ended.
#[derive(Default)]
pub(super) struct Ends(Vec<(u32, u64)>);

/// Where an allocation lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) at: PhysAddr,
    /// Whether the log does not give this address: it lies within a page that the allocation before it began.
    pub(super) recomputed: bool,
}

impl Ends {
    /// The place of `size` bytes on node `nid` that took the new pages `pages`, or `None` when no place fits.
    ///
    /// ```text
    /// |  last ......|xxxxxxxxxxxxx|xxxxxx       |
    ///         ^     ^ pages taken               ^
    ///         the block begins in the page of the last one, which is full up to there
    /// ```
    /// A block joins the last one only if that ended inside a page and the pages found follow it at once.
    /// Source: 2.6.27 to 4.19 `alloc_bootmem_bdata`.
    pub(super) fn allocate(
        &mut self,
        page: PageSize,
        nid: u32,
        size: u64,
        align: u64,
        pages: PfnRange,
    ) -> Option<Place> {
        let fits = |start: u64| {
            let end = start.checked_add(size)?;
            (page.pfn_up(PhysAddr(end)) == pages.end()).then_some((start, end))
        };
        let joined = self.end(nid).filter(|end| end % page.bytes() != 0).and_then(|end| {
            let start = PhysAddr(end).checked_align_up(align.max(1).next_power_of_two())?;
            let next = Pfn(page.pfn_down(PhysAddr(end)).0 + 1);
            // In the last page or, after alignment, at the beginning of the next one.
            (next == pages.start() && page.pfn_down(start) <= next).then_some(start.0)
        });
        let apart = page.addr(pages.start()).0;
        let (place, end) = if let Some((start, end)) = joined.and_then(fits) {
            (Place { at: PhysAddr(start), recomputed: start != apart }, end)
        } else {
            let (start, end) = fits(apart).filter(|_| !pages.is_empty())?;
            (Place { at: PhysAddr(start), recomputed: false }, end)
        };
        self.0.retain(|(known, _)| *known != nid);
        self.0.push((nid, end));
        Some(place)
    }

    fn end(&self, nid: u32) -> Option<u64> {
        self.0.iter().find(|(known, _)| *known == nid).map(|(_, end)| *end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(start: u64, end: u64) -> PfnRange {
        PfnRange::clamped(Pfn(start), Pfn(end))
    }

    /// ```text
    /// page   8        9        10
    ///        |aa      |bbbbbbbb|
    ///            ^b begins here
    /// ```
    /// Expect b to begin where a ended, rounded up, and c, which took no new page, to follow nothing: b filled it.
    #[test]
    fn a_block_joins_the_page_of_the_last_one() {
        let mut ends = Ends::default();
        let page = PageSize::KIB_4;
        let a = ends.allocate(page, 0, 0x64, 0x40, pages(8, 9)).unwrap();
        assert_eq!(a, Place { at: PhysAddr(0x8000), recomputed: false });
        let b = ends.allocate(page, 0, 0x1f80, 0x40, pages(9, 10)).unwrap();
        assert_eq!(b, Place { at: PhysAddr(0x8080), recomputed: true });
        assert_eq!(ends.allocate(page, 0, 0x10, 0x40, pages(10, 10)), None);
    }

    #[test]
    fn another_node_has_another_end() {
        let mut ends = Ends::default();
        let page = PageSize::KIB_4;
        ends.allocate(page, 0, 0x64, 0x40, pages(8, 9)).unwrap();
        let other = ends.allocate(page, 1, 0x64, 0x40, pages(9, 10)).unwrap();
        assert_eq!(other, Place { at: PhysAddr(0x9000), recomputed: false });
    }
}
