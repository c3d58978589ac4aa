//! The state that follows from what the log itself holds, without the reservations that only an inference knows of.
//!
//! Of two lost lines, the answer to one request and the next request, nothing is to be seen: the answer that comes next
//! seems to belong to the request that lost its own. What a listing or a guess puts in place of the lost answer then
//! lies just where that one was, and a model that believes in it gives the wrong pair its blessing. So on a log that is
//! known to have lost lines an answer proves something only if it comes out without such reservations as well.

use allocators::AddrRange;

use super::start::Start;
use crate::import::dialects::memblock::{Model, Request};
use crate::ranges::Ranges;
use crate::trace::Evidence;

/// A second model of the kernel, which holds nothing that is only inferred to be reserved.
pub(super) struct Sure {
    pub(super) model: Model,
}

impl Sure {
    /// `kernel` is the model at the start, with all its settings.
    pub(super) fn new(model: &Model, start: &Start) -> Self {
        let logged = start.reserved.iter().filter(|piece| piece.evidence == Evidence::Logged);
        let mut model = model.clone();
        model.set_reserved(logged.map(|piece| piece.range).collect());
        Self { model }
    }

    /// Whether this answer comes out only because of something in `reserved` that is inferred.
    ///
    /// Either the answer is right and that piece was taken, or the piece is the lost answer to this very request: in
    /// both cases it is taken from now on, and casts no doubt on later answers.
    pub(super) fn doubts(&mut self, request: &Request, answer: AddrRange, reserved: &Ranges) -> bool {
        let Some(free) = self.model.answer(request) else { return true };
        if free == answer.start() {
            return false;
        }
        let passed_over = reserved.iter().find(|piece| free < piece.end());
        if let Some(piece) = passed_over {
            self.model.reserve(piece);
        }
        true
    }
}
