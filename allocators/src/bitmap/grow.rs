//! An engine that has run full goes on in memory of the machine.

use super::engine::{Engine, Fit};
use super::flat::Flat;
use crate::{AddrRange, AllocRequest, PfnRange};

impl<'m, E: Engine<'m>> Flat<'m, E> {
    /// Sees to it that a change can be noted, as far as there is memory for it.
    #[inline]
    pub(super) fn make_room(&mut self) {
        if let Some(words) = self.engine.wants_words() {
            self.grow(words);
        }
    }

    /// Lets the engine move to the first free pages that hold so many words, and gives back those it was in. Where it cannot,
    /// the engine refuses what it has no room for.
    #[cold]
    fn grow(&mut self, words: usize) {
        if self.arrays.is_none() {
            return;
        }
        let page = self.map.page();
        let request = AllocRequest::new(words as u64 * 8, page.bytes());
        let fit = Fit::new(&request, page, self.span.start());
        let mut stretches = self.pieces.stretches(self.span, None);
        let Some(first) = stretches.find_map(|pages| self.engine.find(self.bits(pages), fit)) else { return };
        drop(stretches);
        let pages = PfnRange::clamped(self.pfn(first), self.pfn(first + fit.count));
        let home = pages.addrs(page);
        let Some(words) = self.arrays.as_mut().and_then(|arrays| arrays.at(home)) else { return };
        self.engine.move_to(words);
        // There is room for both now.
        let _ = self.engine.set(self.bits(pages));
        self.forget_tails(pages);
        if let Some(old) = self.home.replace(home) {
            let pages = old.pages_inside(page);
            let _ = self.engine.clear(self.bits(pages));
        }
    }

    /// The bytes of the engine's memory that it took from the machine.
    pub(super) fn grown_bytes(&self) -> usize {
        let bytes = self.home.map_or(0, AddrRange::size);
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }
}
