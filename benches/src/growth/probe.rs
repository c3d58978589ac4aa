//! The calls that are made on a machine.

use allocators::{
    AddrRange, AllocRequest, BootAllocator, CountingSink, Exclusive, PageSize, Pfn, PfnRange, PhysAddr,
};
use workloads::replay::Program;

use super::Kind;
use crate::buddy::HandOver as Model;

/// Somebody who measures what he is told to do.
pub(super) trait Meter {
    /// Does `work`, which makes `calls` calls of this kind, and notes what it cost.
    fn measure<T>(&mut self, kind: Kind, calls: u32, work: impl FnOnce() -> T) -> T;

    /// Whether another of `done` rounds is wanted.
    fn again(&mut self, done: u32) -> bool;
}

/// So many calls of a kind are measured together, since a clock costs as much as the shortest of them.
const CALLS: usize = 16;

/// Beyond this many pages (16 TiB of 4 KiB) the model of the page allocator would take more memory than it is worth.
const MODEL_PAGES: u64 = 1 << 32;

/// What can be asked of a machine in the state that it is in.
pub(super) struct Probes {
    /// Single free pages, spread evenly over the free ranges, in the middle of theirs.
    pages: Vec<AddrRange>,
    /// More than any free range holds.
    too_much: AllocRequest,
    one: AllocRequest,
}

impl Probes {
    pub(super) fn of(allocator: &impl BootAllocator, page: PageSize) -> Self {
        let mut free: Vec<PfnRange> = Vec::new();
        let (mut largest, mut run) = (0, AddrRange::default());
        allocator.for_each_free(&mut |range| {
            free.push(range.pages_inside(page));
            run =
                if run.end() == range.start() { AddrRange::clamped(run.start(), range.end()) } else { range };
            largest = largest.max(run.size());
        });
        let bytes = page.bytes();
        Self {
            pages: spread(&free, page),
            too_much: AllocRequest::new((largest / bytes + 1) * bytes, bytes),
            one: AllocRequest::new(bytes, bytes),
        }
    }

    /// Makes the calls, and leaves the machine as it was.
    pub(super) fn run<A: BootAllocator>(&self, allocator: &mut A, meter: &mut impl Meter) {
        let calls = u32::try_from(self.pages.len()).unwrap_or_default();
        let mut done = 0;
        while meter.again(done) {
            if calls > 0 {
                meter.measure(Kind::Reserve, calls, || {
                    for page in &self.pages {
                        let _ = allocator.reserve(*page, Exclusive::No);
                    }
                });
                meter.measure(Kind::Free, calls, || {
                    for page in &self.pages {
                        let _ = allocator.free(*page);
                    }
                });
            }
            self.allocate(allocator, meter);
            meter.measure(Kind::AllocFailing, 1, || {
                let given = allocator.alloc(&self.too_much);
                debug_assert!(given.is_err(), "{given:?}");
            });
            done += 1;
        }
    }

    fn allocate<A: BootAllocator>(&self, allocator: &mut A, meter: &mut impl Meter) {
        let try_one = allocator.alloc(&self.one);
        let size = self.one.size;
        let give_back = |allocator: &mut A, addr: PhysAddr| {
            if let Some(block) = AddrRange::from_size(addr, size) {
                let _ = allocator.free(block);
            }
        };
        // Where nothing is free there is no such time: a failing search is another kind.
        let Ok(addr) = try_one else { return };
        give_back(allocator, addr);
        let mut blocks = [None; CALLS];
        meter.measure(Kind::Alloc, u32::try_from(CALLS).unwrap_or_default(), || {
            for block in &mut blocks {
                *block = allocator.alloc(&self.one).ok();
            }
        });
        blocks.into_iter().flatten().for_each(|addr| give_back(allocator, addr));
    }
}

/// Up to [`CALLS`] single pages, each in the middle of a free range that has room on both sides of it; where no range has,
/// single pages as they are.
fn spread(free: &[PfnRange], page: PageSize) -> Vec<AddrRange> {
    let roomy =
        |least: u64| free.iter().filter(|range| range.count().0 >= least).copied().collect::<Vec<_>>();
    let ranges = Some(roomy(3)).filter(|ranges| !ranges.is_empty()).unwrap_or_else(|| roomy(1));
    let count = ranges.len().min(CALLS);
    (0..count)
        .map(|index| ranges[(2 * index + 1) * ranges.len() / (2 * count)])
        .map(|range| {
            let middle = range.start().0 + range.count().0 / 2;
            AddrRange::clamped(page.addr(Pfn(middle)), page.addr(Pfn(middle + 1)))
        })
        .collect()
}

/// Hands everything free over to somebody who counts blocks, as often as is wanted.
pub(super) fn hand_over(allocator: &impl BootAllocator, meter: &mut impl Meter) {
    let mut done = 0;
    while meter.again(done) {
        let mut sink = CountingSink::default();
        let pages = meter.measure(Kind::HandOver, 1, || allocator.hand_over_all(&mut sink));
        debug_assert_eq!(pages.0, sink.pages());
        done += 1;
    }
}

/// The model of the page allocator for this machine, unless it is too large for one.
pub(super) fn model(program: &Program) -> Option<Model> {
    let page = program.machine.page;
    let pages: u64 = program.machine.nodes.iter().map(|piece| piece.range.pages_inside(page).count().0).sum();
    (pages <= MODEL_PAGES).then(|| Model::of(&program.machine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_spread_evenly_and_have_free_ones_beside_them() {
        let range = |start: u64, end: u64| PfnRange::new(Pfn(start), Pfn(end)).unwrap();
        let free: Vec<PfnRange> = (0..160).map(|index| range(index * 10, index * 10 + 3)).collect();
        let found = spread(&free, PageSize::KIB_4);
        assert_eq!(found.len(), 16);
        assert_eq!(found[0].start(), PhysAddr((5 * 10 + 1) << 12));
        assert_eq!(found[15].start(), PhysAddr((155 * 10 + 1) << 12));
        let single = [range(1, 2), range(3, 4)];
        assert_eq!(spread(&single, PageSize::KIB_4).len(), 2);
        assert_eq!(spread(&[], PageSize::KIB_4), []);
    }
}
