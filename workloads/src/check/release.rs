//! Checking what is handed over at the end.

use std::collections::BTreeMap;

use allocators::{
    AddrRange, BlockSink, BootAllocator, MemoryRange, Nid, Order, PageCount, PageSize, Pfn, PfnRange,
    PhysAddr, ReleaseError,
};
use rangemap::RangeSet;

use super::ledger::Ledger;
use super::{Violation, ViolationKind};
use crate::replay::Program;

/// What was handed over.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Released {
    /// The blocks, node by node, each ascending.
    pub nodes: Vec<(Nid, Vec<Run>)>,
    /// The whole pages of memory that could have been handed over.
    pub usable_pages: PageCount,
}

/// Blocks of one order that follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run {
    /// The first page.
    pub first: Pfn,
    /// The order of each block.
    pub order: Order,
    /// How many blocks.
    pub count: u64,
}

impl Run {
    /// Its pages.
    #[must_use]
    pub fn pages(&self) -> PfnRange {
        let count = self.count.saturating_mul(self.order.pages().0);
        PfnRange::clamped(self.first, Pfn(self.first.0.saturating_add(count)))
    }
}

impl Released {
    /// All runs.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        self.nodes.iter().flat_map(|(_, runs)| runs)
    }

    /// The pages handed over.
    #[must_use]
    pub fn pages(&self) -> PageCount {
        PageCount(self.runs().map(|run| run.pages().count().0).fold(0, u64::saturating_add))
    }

    /// The blocks handed over, by order, up to the largest that was.
    #[must_use]
    pub fn blocks_by_order(&self) -> Vec<u64> {
        let mut blocks = Vec::new();
        for run in self.runs() {
            let order = usize::from(run.order.0);
            blocks.resize(blocks.len().max(order + 1), 0);
            blocks[order] += run.count;
        }
        blocks
    }
}

/// Keeps what it is given; a tebibyte comes in millions of blocks, but few runs.
#[derive(Default)]
struct Keep(Vec<Run>);

impl BlockSink for Keep {
    fn block(&mut self, first: Pfn, order: Order) {
        match self.0.last_mut() {
            Some(run) if run.order == order && run.pages().end() == first => run.count += 1,
            _ => self.0.push(Run { first, order, count: 1 }),
        }
    }
}

/// With more nodes than this, all of them are released in one call: who keeps one list for all of them walks it for each node,
/// and a thousand nodes have a thousand times the list.
const FEW: usize = 64;

/// Releases node by node, and checks that each says how much it gave.
fn each(nids: &[Nid], allocator: &mut dyn BootAllocator, verdict: &mut Verdict<'_>) -> Vec<(Nid, Vec<Run>)> {
    let one = |nid: &Nid| {
        let mut keep = Keep::default();
        let returned = allocator.release(*nid, &mut keep);
        verdict.counted(*nid, &keep.0, returned);
        verdict.node(*nid, &keep.0, allocator);
        (*nid, keep.0)
    };
    nids.iter().map(one).collect()
}

/// Releases all nodes in one call, checks that it says how much it gave, and sorts the blocks by the node that their first page
/// is on.
fn together(
    nids: &[Nid],
    allocator: &mut dyn BootAllocator,
    verdict: &mut Verdict<'_>,
) -> Vec<(Nid, Vec<Run>)> {
    let mut keep = Keep::default();
    let returned = allocator.release_all(&mut keep);
    if let Some(&first) = nids.first() {
        verdict.counted(first, &keep.0, Ok(returned));
    }
    let mut of: BTreeMap<Nid, Vec<Run>> = nids.iter().map(|nid| (*nid, Vec::new())).collect();
    let machine = &verdict.program.machine;
    for run in keep.0 {
        for (nid, part) in by_node(run, &machine.nodes, machine.page) {
            // What is on no node is found to be so, whosever it is said to be.
            if let Some(runs) = nid.or(nids.first().copied()).and_then(|nid| of.get_mut(&nid)) {
                runs.push(part);
            }
        }
    }
    for (nid, runs) in &of {
        verdict.node(*nid, runs, allocator);
    }
    of.into_iter().collect()
}

/// Cuts a run where its next block begins on another piece of the machine, each part with that piece's node. `pieces` ascend.
fn by_node(run: Run, pieces: &[MemoryRange], page: PageSize) -> Vec<(Option<Nid>, Run)> {
    let mut parts = Vec::new();
    let (mut rest, each) = (run, run.order.pages().0);
    while rest.count > 0 {
        let at = page.addr(rest.first);
        let piece = pieces.get(pieces.partition_point(|piece| piece.range.end() <= at));
        let (nid, until) = match piece {
            Some(piece) if piece.range.start() <= at => (piece.nid, piece.range.end()),
            Some(piece) => (None, piece.range.start()),
            None => (None, PhysAddr(u64::MAX)),
        };
        let pages = page.pfn_up(until).0.saturating_sub(rest.first.0);
        let count = pages.div_ceil(each).clamp(1, rest.count);
        parts.push((nid, Run { count, ..rest }));
        rest =
            Run { first: Pfn(rest.first.0.saturating_add(count * each)), count: rest.count - count, ..rest };
    }
    parts
}

/// Releases every node and checks what comes.
pub(super) fn check(
    program: &Program,
    allocator: &mut dyn BootAllocator,
    ledger: &Ledger,
    violations: &mut Vec<Violation>,
) -> Released {
    let page = program.machine.page;
    let mut reserved: RangeSet<u64> = RangeSet::new();
    allocator.for_each_reserved(&mut |range| insert(&mut reserved, range.pages_touched(page)));
    let mut verdict = Verdict { program, ledger, violations, released: RangeSet::new() };
    let nids: Vec<Nid> = program.machine.map().map(|map| map.nids().iter().collect()).unwrap_or_default();
    let nodes = if nids.len() <= FEW {
        each(&nids, allocator, &mut verdict)
    } else {
        together(&nids, allocator, &mut verdict)
    };
    let mut released = Released { nodes, ..Released::default() };
    for pages in ledger.usable_pages(page) {
        released.usable_pages.0 += pages.count().0;
        for pages in ledger.accountable(pages) {
            verdict.lost(pages, &reserved);
        }
    }
    verdict.both(&reserved);
    released
}

struct Verdict<'a> {
    program: &'a Program,
    ledger: &'a Ledger,
    violations: &'a mut Vec<Violation>,
    released: RangeSet<u64>,
}

impl Verdict<'_> {
    fn add(&mut self, kind: ViolationKind) {
        self.violations.push(Violation { record: None, kind });
    }

    /// As many pages came as the strategy says.
    fn counted(&mut self, nid: Nid, runs: &[Run], returned: Result<PageCount, ReleaseError>) {
        let handed = runs.iter().map(|run| run.pages().count().0).fold(0, u64::saturating_add);
        match returned {
            Ok(PageCount(returned)) if returned == handed => {}
            other => {
                let returned = other.map_or(0, |pages| pages.0);
                self.add(ViolationKind::Miscounted { nid, returned, handed });
            }
        }
    }

    /// What a node gave is its own, and it gives nothing more.
    fn node(&mut self, nid: Nid, runs: &[Run], allocator: &mut dyn BootAllocator) {
        for run in runs {
            self.run(nid, *run);
        }
        if allocator.release(nid, &mut Keep::default()) != Err(ReleaseError::AlreadyReleased(nid)) {
            self.add(ViolationKind::NodeReleasedTwice(nid));
        }
    }

    fn run(&mut self, nid: Nid, run: Run) {
        let Run { first, order, .. } = run;
        let pages = run.pages();
        let page = self.program.machine.page;
        let addrs: AddrRange = pages.addrs(page);
        if order > self.program.machine.max_order || !first.0.is_multiple_of(order.pages().0) {
            self.add(ViolationKind::BadBlock { first, order });
        }
        // Pages past the end of the address space have no addresses that could be asked about.
        let has_addrs = addrs.size() >> page.shift() == pages.count().0;
        if !has_addrs || !self.ledger.belongs_to(addrs, nid, &self.program.machine.nodes) {
            self.add(ViolationKind::ReleasedElsewhere { pages, nid });
        }
        if let Some(part) = self.ledger.in_use(addrs) {
            self.add(ViolationKind::ReleasedInUse { pages, part });
        }
        if self.released.overlaps(&(pages.start().0..pages.end().0)) {
            self.add(ViolationKind::ReleasedTwice(pages));
        }
        insert(&mut self.released, pages);
    }

    /// Every page of memory is released or reserved.
    fn lost(&mut self, pages: PfnRange, reserved: &RangeSet<u64>) {
        let whole = pages.start().0..pages.end().0;
        let unreleased: Vec<_> = self.released.gaps(&whole).collect();
        let lost: Vec<_> = unreleased.iter().flat_map(|gap| reserved.gaps(gap)).collect();
        for gap in lost {
            self.add(ViolationKind::Lost(PfnRange::clamped(Pfn(gap.start), Pfn(gap.end))));
        }
    }

    /// No page is both released and reserved.
    fn both(&mut self, reserved: &RangeSet<u64>) {
        let both: Vec<_> = reserved.intersection(&self.released).collect();
        for pages in both {
            self.add(ViolationKind::ReleasedReserved(PfnRange::clamped(Pfn(pages.start), Pfn(pages.end))));
        }
    }
}

fn insert(set: &mut RangeSet<u64>, pages: PfnRange) {
    if !pages.is_empty() {
        set.insert(pages.start().0..pages.end().0);
    }
}

#[cfg(test)]
mod tests {
    use allocators::MemFlags;

    use super::*;

    /// ```text
    /// pfn    0       4       8       12      16
    ///        |- nid 0 -----|- nid 1 -|  hole  |- nid 0 …
    /// run      [2 3][4 5][6 7][8 9]…                       blocks of order 1
    /// ```
    /// Expect blocks with the node that they begin on, a block over two nodes with the first of them, and none lost.
    #[test]
    fn a_run_is_cut_where_a_block_begins_on_another_node() {
        let page = PageSize::KIB_4;
        let piece = |start, end, nid| MemoryRange {
            range: AddrRange::clamped(page.addr(Pfn(start)), page.addr(Pfn(end))),
            nid: Nid::new(nid),
            flags: MemFlags::NONE,
        };
        let pieces = [piece(0, 7, 0), piece(7, 12, 1), piece(16, 30, 0)];
        let run = |first, count| Run { first: Pfn(first), order: Order(1), count };
        assert_eq!(
            by_node(run(2, 9), &pieces, page),
            [
                (Nid::new(0), run(2, 3)),
                (Nid::new(1), run(8, 2)),
                (None, run(12, 2)),
                (Nid::new(0), run(16, 2)),
            ]
        );
        assert_eq!(by_node(run(28, 5), &pieces, page), [(Nid::new(0), run(28, 1)), (None, run(30, 4))]);
    }
}
