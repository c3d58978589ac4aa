//! Where the flat bitmap looks for a block, and in which order.

use super::flat::bits;
use super::node::place_of;
use super::{Engine, Fit, Flat, Full};
use crate::{AllocError, AllocRequest, Goal, NodeChoice, Pfn, PfnRange, PhysAddr};

/// Whose memory is searched, and whose previous allocation a block may be merged with.
#[derive(Clone, Copy)]
enum Scope {
    Any,
    /// The node at this place of the table.
    Node(usize),
}

/// On which side of the goal a block begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    AtOrAbove,
    Below,
}

/// A request in pages.
struct Wanted<'r> {
    request: &'r AllocRequest,
    fit: Fit,
    goal: Pfn,
    limit: Pfn,
}

impl Wanted<'_> {
    /// What of `stretch` a block may take up if it is to begin on this side of the goal.
    fn window(&self, stretch: PfnRange, side: Side) -> PfnRange {
        let (start, end) = match side {
            Side::AtOrAbove => (stretch.start().max(self.goal), stretch.end()),
            // What begins at or above the goal was looked at before. Looking there again is the RFC's second pass.
            Side::Below => (stretch.start(), stretch.end().min(Pfn(self.goal.0 + self.fit.count - 1))),
        };
        PfnRange::clamped(start, end.min(self.limit))
    }
}

impl<'m, E: Engine<'m>> Flat<'m, E> {
    pub(super) fn allocate(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        request.check(&self.map)?;
        self.make_room();
        let page = self.map.page();
        let wanted = Wanted {
            request,
            fit: Fit::new(request, page, self.span.start()),
            goal: match request.goal {
                Goal::Prefer(goal) => page.pfn_down(goal),
                Goal::AtLeast(goal) => page.pfn_up(goal),
            },
            limit: request.limit.map_or(Pfn(u64::MAX), |limit| page.pfn_down(limit)),
        };
        let below = matches!(request.goal, Goal::Prefer(_)) && wanted.goal > Pfn(0);
        let node = request.node.nid().and_then(|nid| place_of(self.nodes, nid)).map(Scope::Node);
        let any = (!matches!(request.node, NodeChoice::Exact(_))).then_some(Scope::Any);
        for side in [Some(Side::AtOrAbove), below.then_some(Side::Below)].into_iter().flatten() {
            for scope in [node, any].into_iter().flatten() {
                if let Some((found, window)) = self.find(&wanted, scope, side) {
                    return self.place(&wanted, scope, found, window);
                }
            }
        }
        Err(AllocError::NoMemory)
    }

    /// The first page of the first fit, and the window that it was found in.
    fn find(&self, wanted: &Wanted<'_>, scope: Scope, side: Side) -> Option<(Pfn, PfnRange)> {
        let find_in = |stretch: PfnRange| {
            let window = wanted.window(stretch, side);
            if window.count().0 < wanted.fit.count {
                return None;
            }
            let bit = self.engine.find(self.bits(window), wanted.fit)?;
            Some((self.pfn(bit), window))
        };
        match scope {
            Scope::Node(place) => {
                let own = u32::try_from(place).ok();
                self.pieces.stretches(self.nodes[place].span(), own).find_map(find_in)
            }
            Scope::Any if self.pieces.all_usable() => find_in(self.span),
            Scope::Any => self.pieces.stretches(self.span, None).find_map(find_in),
        }
    }

    /// Takes the block whose first free page is `found`.
    fn place(
        &mut self,
        wanted: &Wanted<'_>,
        scope: Scope,
        found: Pfn,
        window: PfnRange,
    ) -> Result<PhysAddr, AllocError> {
        let page = self.map.page();
        let tail = match scope {
            Scope::Any => &mut self.tail,
            Scope::Node(place) => &mut self.nodes[place].tail,
        };
        let merged = tail.merge(found, window.start(), wanted.request.align, page);
        let start = merged.unwrap_or(page.addr(found));
        // It ends no later than the free pages that were found, so this does not wrap.
        let end = PhysAddr(start.0 + wanted.request.size);
        let pages = PfnRange::clamped(found, page.pfn_up(end));
        self.engine.set(bits(self.span, pages)).map_err(|Full| AllocError::MetadataFull)?;
        tail.0 = end;
        Ok(start)
    }
}
