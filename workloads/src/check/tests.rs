//! The checker finds every kind of wrong answer, and nothing wrong with right ones.

use std::sync::Mutex;

use allocators::registry::{StrategyVisitor, visit_all};
use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, ChangeError, Exclusive,
    FreeError, MapChange, MemoryMap, Metadata, Nid, NodeSet, Order, PageCount, Pfn, PhysAddr, ReleaseError,
    ReserveError, Setting, Strategy,
};

use super::{Checked, Outcomes, ViolationKind, check};
use crate::replay::tests::trace;
use crate::replay::{Program, Reach, Stage};

/// A boot with a bit of everything.
const BOOT: &str = "\
1 reserve 0x0-0x180000
2 alloc size=8192 align=0x1000 -> 0x7fe000
3 alloc size=100 align=0x40 exact-node=1 -> 0xffff80
4 alloc size=100 align=0x40 goal=0x400000 node=0 -> 0x7fdf80
5 free 0x7fe000-0x7ff000
6 alloc size=67108864 align=0x1000 -> failed
7 alloc size=2097152 align=0x200000 min=0x200000 limit=0x600000 -> 0x400000
";

/// What the checker says of a replay through `strategy`.
fn of<S: Strategy + 'static>(strategy: &'static S, program: &Program) -> Checked {
    check(strategy, program, &mut Stage::default()).unwrap()
}

struct All<'t>(&'t str, Vec<(&'static str, Checked)>);

impl StrategyVisitor for All<'_> {
    fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
        let program = Program::compile(&trace(self.0), Reach::of(strategy));
        let checked = of(strategy, &program);
        self.1.push((strategy.name(), checked));
    }
}

/// The names of the strategies that count whole pages.
struct ByPages(Vec<&'static str>);

impl StrategyVisitor for ByPages {
    fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
        if Reach::of(strategy) == Reach::Memory {
            self.0.push(strategy.name());
        }
    }
}

#[test]
fn no_strategy_answers_wrongly() {
    let mut all = All(BOOT, Vec::new());
    visit_all(&mut all);
    for (name, checked) in all.1 {
        assert_eq!(checked.violations, [], "{name}");
        let outcomes = checked.outcomes;
        assert_eq!((outcomes.allocations, outcomes.failed, outcomes.refused), (4, 0, 0), "{name}");
        assert_eq!(outcomes.granted_beyond_kernel, 0, "{name}");
        assert!(outcomes.complete(), "{name}");
        assert_eq!(checked.released.usable_pages.0, (0x70_0000 + 0x40_0000) >> 12, "{name}");
    }
}

/// ```text
/// MiB   1                        8      12      16
///       |--- node 0 -----------|x|-hole-|-node 1-|      x: where the kernel put the block
///        ^^^^^^^^^^^^^^^^^^^^^^^         ^^^^^^^^^        reserved later
/// ```
/// Expect a reservation of all but the kernel's own choice to meet the block, wherever else a strategy put it.
#[test]
fn a_reservation_of_what_was_given_before_is_a_conflict() {
    let boot = "\
1 alloc size=4096 align=0x1000 -> 0x7ff000
2 reserve 0x100000-0x7ff000
3 reserve 0xc00000-0x1000000
";
    let mut all = All(boot, Vec::new());
    visit_all(&mut all);
    for (name, checked) in all.1 {
        assert_eq!(checked.outcomes.conflicts, 1, "{name}");
        assert_eq!(checked.violations, [], "{name}");
        assert_eq!(checked.released.pages(), PageCount(1), "{name}");
    }
}

/// ```text
/// pfn            0x200   0x201   0x202
///           …------|-------|-------|------…
/// NOMAP set            [~~~~~~~)              touches two pages
/// cleared              [~~~~~~~)              covers neither
/// ```
/// and neighbours: cleared half by half, or the wrong flag whole before; taken away and added half by half; there by a half
/// from the start. Expect a strategy of whole pages to be left without those pages and not to be blamed, one of bytes to
/// release them all.
#[test]
fn pages_that_come_back_in_parts_are_not_lost_by_who_counts_whole_pages() {
    let pages = (0x70_0000 + 0x40_0000) >> 12;
    for (boot, kept) in [
        ("1 set-flags 0x200800-0x201800 flags=0x4\n2 clear-flags 0x200800-0x201800 flags=0x4\n", 2),
        ("1 set-flags 0x200800-0x201800 flags=0x4\n2 clear-flags 0x200400-0x202000 flags=0x4\n", 1),
        ("1 set-flags 0x200800-0x201800 flags=0x4\n2 clear-flags 0x200000-0x202000 flags=0x4\n", 0),
        (
            "1 set-flags 0x200000-0x201000 flags=0x4\n2 clear-flags 0x200000-0x201000 flags=0x8\n\
             3 clear-flags 0x200000-0x200800 flags=0x4\n4 clear-flags 0x200800-0x201000 flags=0x4\n",
            1,
        ),
        (
            "1 remove 0x200000-0x201000\n2 add 0x200000-0x200800 nid=0 flags=0x0\n\
             3 add 0x200800-0x201000 nid=0 flags=0x0\n",
            1,
        ),
        ("1 remove 0x200000-0x201000\n2 add 0x200000-0x201000 nid=0 flags=0x0\n", 0),
        ("1 add 0x7ff800-0x800800 nid=0 flags=0x0\n2 add 0x800800-0x801000 nid=0 flags=0x0\n", 1),
    ] {
        let added = u64::from(boot.contains("0x801000"));
        let mut all = All(boot, Vec::new());
        visit_all(&mut all);
        let mut by_pages = ByPages(Vec::new());
        visit_all(&mut by_pages);
        for (name, checked) in all.1 {
            assert_eq!(checked.violations, [], "{name}\n{boot}");
            if checked.outcomes.changes_refused == 0 {
                let kept = if by_pages.0.contains(&name) { kept } else { 0 };
                assert_eq!(checked.released.usable_pages.0, pages + added, "{name}\n{boot}");
                assert_eq!(checked.released.pages().0, pages + added - kept, "{name}\n{boot}");
            }
        }
    }
}

#[test]
fn memory_on_another_node_or_below_the_goal_is_counted() {
    let boot = "\
1 alloc size=4194304 align=0x1000 node=1 -> 0xc00000
2 alloc size=4096 align=0x1000 node=1 -> 0x7ff000
3 alloc size=4096 align=0x1000 goal=0xfff000 -> 0x7fe000
";
    let mut all = All(boot, Vec::new());
    visit_all(&mut all);
    for (name, checked) in all.1 {
        let expected = Outcomes {
            allocations: 3,
            bytes_asked: 4_194_304 + 8192,
            elsewhere: 1,
            below_goal: 1,
            ..Outcomes::default()
        };
        assert_eq!(checked.outcomes, expected, "{name}");
    }
}

/// An allocator that answers as it is told, right or wrong.
struct Liar;

/// What the liar answers to every allocation, hands over and returns.
static SCRIPT: Mutex<Script> = Mutex::new((0, &[], 0));

/// The address, the blocks by first page and order, and the number of pages.
type Script = (u64, &'static [(u64, u8)], u64);

struct Lies {
    released: bool,
    script: Script,
}

impl Strategy for Liar {
    type Allocator<'m> = Lies;
    fn name(&self) -> &'static str {
        "liar"
    }
    fn summary(&self) -> &'static str {
        "answers as it is told"
    }
    fn metadata_words(&self, _: &MemoryMap<'_>) -> usize {
        0
    }
    fn build<'m>(&'m self, _: MemoryMap<'m>, _: Metadata<'m>) -> Result<Lies, BuildError> {
        Ok(Lies { released: false, script: *SCRIPT.lock().unwrap() })
    }
}

impl BootAllocator for Lies {
    fn reserve(&mut self, _: AddrRange, _: Exclusive) -> Result<(), ReserveError> {
        Ok(())
    }
    fn change(&mut self, _: MapChange) -> Result<(), ChangeError> {
        Ok(())
    }
    fn set(&mut self, _: Setting) -> bool {
        true
    }
    fn free(&mut self, _: AddrRange) -> Result<(), FreeError> {
        Ok(())
    }
    fn alloc(&mut self, _: &AllocRequest) -> Result<PhysAddr, AllocError> {
        Ok(PhysAddr(self.script.0))
    }
    fn nids(&self) -> &NodeSet {
        &NodeSet::EMPTY
    }
    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        if self.released {
            return Err(ReleaseError::AlreadyReleased(nid));
        }
        if nid.get() != 0 {
            return Ok(PageCount(0));
        }
        for (first, order) in self.script.1 {
            sink.block(Pfn(*first), Order(*order));
        }
        Ok(PageCount(self.script.2))
    }
    fn retire(&mut self, nid: Nid) {
        self.released = nid.get() == 1;
    }
    fn for_each_free(&self, _: &mut dyn FnMut(AddrRange)) {}
    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        visit(AddrRange::clamped(PhysAddr(0x70_0000), PhysAddr(0x70_1000)));
    }
    fn metadata_bytes(&self) -> usize {
        0
    }
}

/// What the checker says when one allocation is answered with `addr`, and `blocks` are released.
fn lie(records: &str, addr: u64, blocks: &'static [(u64, u8)], pages: u64) -> Vec<ViolationKind> {
    // One script at a time: tests run side by side.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *SCRIPT.lock().unwrap() = (addr, blocks, pages);
    let program = Program::compile(&trace(records), Reach::Memory);
    let checked = of(&Liar, &program);
    checked.violations.iter().map(|violation| violation.kind).collect()
}

#[test]
fn every_wrong_address_is_found() {
    use ViolationKind::{
        AboveLimit, BelowMinimum, InUse, NotMemory, OutsideScratch, Unaligned, Wraps, WrongNode,
    };
    let one = |fields: &str| format!("1 alloc size=8192 align=0x1000{fields} -> 0x200000\n");
    let said = |records: &str, addr| lie(records, addr, &[], 0);
    let has = |found: &[ViolationKind], wrong: fn(&ViolationKind) -> bool| {
        assert!(found.iter().any(wrong), "{found:?}");
    };

    has(&said(&one(""), 0x7f_f000), |kind| matches!(kind, NotMemory { .. }));
    has(&said(&one(""), 0), |kind| matches!(kind, NotMemory { .. }));
    has(&said(&one(""), 0x20_0800), |kind| matches!(kind, Unaligned { .. }));
    has(&said(&one(" limit=0x201000"), 0x20_0000), |kind| matches!(kind, AboveLimit { .. }));
    has(&said(&one(" min=0x300000"), 0x20_0000), |kind| matches!(kind, BelowMinimum { .. }));
    has(&said(&one(" exact-node=1"), 0x20_0000), |kind| matches!(kind, WrongNode { .. }));
    has(&said(&one(""), u64::MAX - 0xfff), |kind| matches!(kind, Wraps { .. }));
    let later = one("") + "2 free 0x201000-0x202000\n";
    has(&said(&later, u64::MAX - 0xfff), |kind| matches!(kind, Wraps { .. }));
    let below_all = "1 current-limit 0x201000\n2 alloc size=8192 align=0x1000 limit=0x300000 -> 0x1fe000\n";
    has(&said(below_all, 0x20_0000), |kind| matches!(kind, AboveLimit { limit: PhysAddr(0x20_1000), .. }));
    let unmapped = "1 set-flags 0x201000-0x202000 flags=0x4\n2 alloc size=8192 align=0x1000 -> 0x300000\n";
    has(&said(unmapped, 0x20_0000), |kind| matches!(kind, NotMemory { .. }));
    let scratch = "1 set-flags 0x200000-0x201000 flags=0x40\n2 kho-scratch-only on\n\
                   3 alloc size=8192 align=0x1000 -> 0x300000\n";
    has(
        &said(scratch, 0x20_0000),
        |kind| matches!(kind, OutsideScratch { part, .. } if part.start() == PhysAddr(0x20_1000)),
    );
    let over = scratch.replace("3 alloc", "3 kho-scratch-only off\n4 alloc");
    assert!(!said(&over, 0x20_0000).iter().any(|kind| matches!(kind, OutsideScratch { .. })));
    let twice = one("") + "2 alloc size=4096 align=0x1000 -> 0x300000\n";
    has(&said(&twice, 0x20_0000), |kind| matches!(kind, InUse { .. }));
    has(
        &said(
            &(one("") + "2 reserve 0x300000-0x301000\n3 alloc size=64 align=0x1000 -> 0x302000\n"),
            0x30_0000,
        ),
        |kind| matches!(kind, InUse { .. }),
    );
}

#[test]
fn every_wrong_release_is_found() {
    use ViolationKind::{
        BadBlock, Lost, Miscounted, NodeReleasedTwice, ReleasedElsewhere, ReleasedInUse, ReleasedReserved,
        ReleasedTwice,
    };
    let has = |found: &[ViolationKind], wrong: fn(&ViolationKind) -> bool| {
        assert!(found.iter().any(wrong), "{found:?}");
    };
    let said = |blocks, pages| lie("1 reserve 0x200000-0x201000\n", 0, blocks, pages);

    has(&said(&[(0x101, 1)], 2), |kind| matches!(kind, BadBlock { .. }));
    has(&said(&[(0x400, 11)], 2048), |kind| matches!(kind, BadBlock { .. }));
    has(&said(&[(0xc00, 0)], 1), |kind| matches!(kind, ReleasedElsewhere { .. }));
    has(&said(&[(0xff, 0)], 1), |kind| matches!(kind, ReleasedElsewhere { .. }));
    has(&said(&[(0x200, 0)], 1), |kind| matches!(kind, ReleasedInUse { .. }));
    has(&said(&[(0x100, 1), (0x101, 0)], 3), |kind| matches!(kind, ReleasedTwice(_)));
    has(&said(&[(0x100, 0)], 2), |kind| matches!(kind, Miscounted { .. }));
    has(&said(&[(0x100, 0)], 1), |kind| matches!(kind, Lost(_)));
    has(&said(&[], 0), |kind| matches!(kind, NodeReleasedTwice(_)));
    has(&said(&[(0x700, 0)], 1), |kind| matches!(kind, ReleasedReserved(_)));
    has(&said(&[(0, 70)], u64::MAX), |kind| matches!(kind, BadBlock { .. }));
    has(&said(&[(1 << 52, 0)], 1), |kind| matches!(kind, ReleasedElsewhere { .. }));
    has(&said(&[(1 << 60, 0), (u64::MAX, 0)], 1), |kind| matches!(kind, ReleasedElsewhere { .. }));
}
