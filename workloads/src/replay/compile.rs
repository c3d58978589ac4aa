//! From records to calls.

use allocators::{AddrRange, MapChange, MemFlags, MemoryMap, PageSize, PfnRange};

use super::live::Live;
use super::program::{Piece, Program, Slot, Step};
use crate::trace::{Machine, Op, Trace};

/// How far a strategy's reservations reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// Any address.
    Everywhere,
    /// Memory only: what lies outside is cut off for it.
    Memory,
}

impl Program {
    /// Makes `trace` ready for strategies of this reach.
    #[must_use]
    pub fn compile(trace: &Trace, reach: Reach) -> Self {
        let machine = Machine::of(trace);
        let mut compiler = Compiler {
            clip: Clip::new(&machine, reach),
            live: Live::default(),
            slots: 0,
            clipped: 0,
            noinit: Vec::new(),
        };
        let mut setup = Vec::new();
        for piece in &trace.reserved {
            compiler.live.reserve(piece.range);
            setup.extend(compiler.clip.touched(piece.range));
        }
        let (mut steps, mut record_of) = (Vec::new(), Vec::new());
        for (index, record) in trace.records.iter().enumerate() {
            steps.extend(compiler.steps(&record.op));
            record_of.resize(steps.len(), u32::try_from(index).unwrap_or(u32::MAX));
        }
        let Compiler { slots, clipped, noinit, .. } = compiler;
        Self { reach, machine, setup, steps, record_of, slots: slots as usize, noinit, clipped }
    }
}

struct Compiler {
    clip: Clip,
    live: Live,
    slots: Slot,
    clipped: u64,
    noinit: Vec<Piece>,
}

impl Compiler {
    fn steps(&mut self, op: &Op) -> Vec<Step> {
        match op {
            Op::Alloc(request, Some(at)) => {
                let slot = self.slots;
                self.slots += 1;
                if let Some(block) = AddrRange::from_size(*at, request.size) {
                    self.live.allocate(block, slot);
                }
                vec![Step::Alloc(*request, slot)]
            }
            Op::Alloc(request, None) => vec![Step::Probe(*request)],
            Op::Reserve(range) => {
                let pieces = self.live.pieces(*range);
                self.live.reserve(*range);
                self.lower(&pieces, Clip::touched, Step::Reserve, Step::ReservePart)
            }
            Op::Free(range) => {
                let pieces = self.live.pieces(*range);
                self.live.free(*range);
                self.lower(&pieces, Clip::inside, Step::Free, Step::FreePart)
            }
            Op::Change(change) => {
                if let MapChange::SetFlags(range, flags) = change
                    && flags.has(MemFlags::RSRV_NOINIT)
                {
                    self.noinit.extend(self.live.pieces(*range));
                }
                vec![Step::Change(*change)]
            }
            Op::Set(setting) => vec![Step::Set(*setting)],
            Op::Doubled { .. } | Op::Dump(_) => Vec::new(),
        }
    }

    fn lower(
        &mut self,
        pieces: &[Piece],
        clip: impl Fn(&Clip, AddrRange) -> Vec<AddrRange>,
        absolute: impl Fn(AddrRange) -> Step,
        part: impl Fn(super::Part) -> Step,
    ) -> Vec<Step> {
        let mut steps = Vec::new();
        for piece in pieces {
            match *piece {
                Piece::Block(of) => steps.push(part(of)),
                Piece::Absolute(range) => {
                    let kept = clip(&self.clip, range);
                    self.clipped += u64::from(self.clip.loses(range));
                    steps.extend(kept.into_iter().map(&absolute));
                }
            }
        }
        steps
    }
}

/// Cuts ranges to the pages that belong to nodes, unless a strategy reaches everywhere.
struct Clip {
    page: PageSize,
    /// The whole pages of each node, ascending; `None` to cut nothing.
    pages: Option<Vec<PfnRange>>,
}

impl Clip {
    fn new(machine: &Machine, reach: Reach) -> Self {
        // A machine that makes no map is refused when its allocator is built.
        let pages = || {
            let map = MemoryMap::new(machine.page, &machine.nodes);
            map.map(|map| map.owned_pages().map(|(pages, _)| pages).collect()).unwrap_or_default()
        };
        Self { page: machine.page, pages: (reach == Reach::Memory).then(pages) }
    }

    /// The pages of memory that `range` touches: what a reservation takes.
    fn touched(&self, range: AddrRange) -> Vec<AddrRange> {
        self.cut(range, range.pages_touched(self.page))
    }

    /// The pages of memory that lie inside `range`: what a free gives back.
    fn inside(&self, range: AddrRange) -> Vec<AddrRange> {
        self.cut(range, range.pages_inside(self.page))
    }

    fn cut(&self, range: AddrRange, wanted: PfnRange) -> Vec<AddrRange> {
        let Some(memory) = &self.pages else { return vec![range] };
        let mut kept: Vec<PfnRange> = Vec::new();
        let met = meeting(memory, wanted, |pages| *pages);
        for piece in met.iter().map(|pages| pages.intersection(wanted)).filter(|both| !both.is_empty()) {
            match kept.last_mut() {
                // Pieces that touch stay one call: a bitmap takes no notice of the seam.
                Some(last) if last.end() == piece.start() => {
                    *last = PfnRange::clamped(last.start(), piece.end());
                }
                _ => kept.push(piece),
            }
        }
        kept.into_iter().map(|pages| pages.addrs(self.page)).collect()
    }

    /// Whether some of the pages that `range` touches are not memory.
    fn loses(&self, range: AddrRange) -> bool {
        let kept: u64 = self.touched(range).iter().map(|part| part.size()).sum();
        self.pages.is_some() && kept < range.pages_touched(self.page).addrs(self.page).size()
    }
}

/// Those of `pieces`, which ascend, that may have pages in `wanted`; `look` says which pages a piece has.
// Halved, not walked: a machine of a million ranges with a reservation in each would be walked for hours.
fn meeting<T>(pieces: &[T], wanted: PfnRange, look: impl Fn(&T) -> PfnRange) -> &[T] {
    let from = pieces.partition_point(|piece| look(piece).end() <= wanted.start());
    let met = &pieces[from..];
    &met[..met.partition_point(|piece| look(piece).start() < wanted.end())]
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use allocators::Pfn;

    use super::*;

    /// ```text
    /// pfn   0   1   2   3   4   5  …
    ///       |x| |x| |x| |x| |x| |x|       a million pieces
    /// wanted      [ 2 … 5 )
    /// ```
    /// Expect two pieces to be met, and no more looks than two halvings of a million take, wherever they are.
    #[test]
    fn pieces_are_found_by_halving() {
        let pages = |start, end| PfnRange::new(Pfn(start), Pfn(end)).unwrap();
        let pieces: Vec<PfnRange> = (0..1_000_000).map(|index| pages(2 * index, 2 * index + 1)).collect();
        for start in [0, 2, 999_998, 1_999_990] {
            let looks = Cell::new(0);
            let look = |piece: &PfnRange| {
                looks.set(looks.get() + 1);
                *piece
            };
            assert_eq!(meeting(&pieces, pages(start, start + 3), look).len(), 2, "{start}");
            assert!(looks.get() <= 2 * 21, "{} looks", looks.get());
        }
        assert_eq!(meeting(&pieces, pages(1, 2), |piece| *piece).len(), 0);
    }
}
