//! The rest of the page in which an allocation ended.

use crate::{PageSize, Pfn, PfnRange, PhysAddr};

/// Where the previous allocation of a scope ended: if that is inside a page, the rest of the page is nobody's, and the
/// next allocation may begin there.
///
/// No previous allocation is an end at address 0. It needs no case of its own, because an end on a page boundary leaves
/// nothing to share. (The RFC took both for a page to merge into, and handed out address 0 or another owner's page.)
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tail(pub(crate) PhysAddr);

impl Tail {
    /// No page is shared.
    pub(crate) const NONE: Self = Self(PhysAddr(0));

    /// The page that has a rest, if any.
    #[inline]
    pub(crate) fn page(self, page: PageSize) -> Option<Pfn> {
        (self.0.0 & (page.bytes() - 1) != 0).then(|| page.pfn_down(self.0))
    }

    /// Where a block for which `found` is the first free page begins if it is merged into the rest of the page before,
    /// which must not lie below `from`.
    #[inline]
    pub(crate) fn merge(self, found: Pfn, from: Pfn, align: u64, page: PageSize) -> Option<PhysAddr> {
        let shared = self.page(page)?;
        if shared < from || Pfn(shared.0 + 1) != found {
            return None;
        }
        // Rounding up cannot pass the page `found`: that one is aligned too, or the alignment is less than a page.
        self.0.checked_align_up(align)
    }

    /// Forgets the page if it is one of `pages`: whoever reserves it next owns it alone.
    #[inline]
    pub(crate) fn forget_in(&mut self, pages: PfnRange, page: PageSize) {
        if self.page(page).is_some_and(|shared| pages.contains(shared)) {
            *self = Self::NONE;
        }
    }
}
