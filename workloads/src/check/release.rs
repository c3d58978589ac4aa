//! Checking what is handed over at the end.

use allocators::{AddrRange, BlockSink, BootAllocator, Nid, Order, PageCount, Pfn, PfnRange, ReleaseError};
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
    let mut released = Released::default();
    for nid in nids {
        let mut keep = Keep::default();
        let returned = allocator.release(nid, &mut keep);
        verdict.node(nid, &keep.0, returned);
        if allocator.release(nid, &mut Keep::default()) != Err(ReleaseError::AlreadyReleased(nid)) {
            verdict.add(ViolationKind::NodeReleasedTwice(nid));
        }
        released.nodes.push((nid, keep.0));
    }
    for pages in ledger.usable_pages(page) {
        released.usable_pages.0 += pages.count().0;
        verdict.lost(pages, &reserved);
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

    fn node(&mut self, nid: Nid, runs: &[Run], returned: Result<PageCount, ReleaseError>) {
        let handed = runs.iter().map(|run| run.pages().count().0).fold(0, u64::saturating_add);
        match returned {
            Ok(PageCount(returned)) if returned == handed => {}
            other => {
                let returned = other.map_or(0, |pages| pages.0);
                self.add(ViolationKind::Miscounted { nid, returned, handed });
            }
        }
        for run in runs {
            self.run(nid, *run);
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
