//! Where the flat bitmap looks for a block, and in which order.

use super::node::place_of;
use super::pieces::Piece;
use super::{Engine, Fit, Flat};
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

impl<E: Engine> Flat<'_, E> {
    pub(super) fn allocate(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        request.check(&self.map)?;
        let page = self.map.page();
        let wanted = Wanted {
            request,
            fit: Fit::new(request, page, self.base),
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
                    return Ok(self.place(&wanted, scope, found, window));
                }
            }
        }
        Err(AllocError::NoMemory)
    }

    /// The first page of the first fit, and the window that it was found in.
    fn find(&self, wanted: &Wanted<'_>, scope: Scope, side: Side) -> Option<(Pfn, PfnRange)> {
        self.stretches(scope, |stretch| {
            let window = wanted.window(stretch, side);
            if window.count().0 < wanted.fit.count {
                return None;
            }
            let bit = E::find(self.words, self.bits(window), wanted.fit)?;
            Some((self.pfn(bit), window))
        })
    }

    /// Calls `visit` with each range of pages that a block of this scope may lie in, ascending, until it finds one.
    fn stretches<T>(&self, scope: Scope, mut visit: impl FnMut(PfnRange) -> Option<T>) -> Option<T> {
        match scope {
            Scope::Node(place) => {
                let node = &self.nodes[place];
                if node.is_released() {
                    return None;
                }
                let among = &self.pieces.all()[node.first_piece as usize..node.end_piece as usize];
                let own = among.iter().filter(|piece| piece.node as usize == place && piece.touchable());
                own.map(Piece::pages).find_map(visit)
            }
            // The bits of holes are set, so they need not be stepped over.
            Scope::Any if self.released_nodes == 0 => visit(self.pieces.span()),
            Scope::Any => {
                let live =
                    self.pieces.all().iter().filter(|piece| !self.nodes[piece.node as usize].is_released());
                let mut live = live.map(Piece::pages).peekable();
                while let Some(mut stretch) = live.next() {
                    while let Some(next) = live.next_if(|next| next.start() == stretch.end()) {
                        stretch = PfnRange::clamped(stretch.start(), next.end());
                    }
                    if let Some(found) = visit(stretch) {
                        return Some(found);
                    }
                }
                None
            }
        }
    }

    /// Takes the block whose first free page is `found`.
    fn place(&mut self, wanted: &Wanted<'_>, scope: Scope, found: Pfn, window: PfnRange) -> PhysAddr {
        let page = self.map.page();
        let tail = match scope {
            Scope::Any => &mut self.tail,
            Scope::Node(place) => &mut self.nodes[place].tail,
        };
        let merged = tail.merge(found, window.start(), wanted.request.align, page);
        let start = merged.unwrap_or(page.addr(found));
        // It ends no later than the free pages that were found, so this does not wrap.
        let end = PhysAddr(start.0 + wanted.request.size);
        tail.0 = end;
        E::set(self.words, self.bits(PfnRange::clamped(found, page.pfn_up(end))));
        start
    }
}
