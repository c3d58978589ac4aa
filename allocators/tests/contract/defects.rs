//! The defects of the code that was posted in 2008, each with what sets it off.
//!
//! Every test fails when its defect is put back, unless its comment says why it cannot be. Where bootmem had the same
//! defect, or could, it is tested too; memblock is where the answer is the same.

use std::cell::RefCell;
use std::ops::Range;
use std::time::{Duration, Instant};

use allocators::Exclusive::{No, Yes};
use allocators::bitmap::{Engine, Fit, Flat, Full, Refused};
use allocators::rootmem::{BitByBit, Rootmem};
use allocators::wordscan::Wordscan;
use allocators::{
    AllocError, AllocRequest, BlockSink, BootAllocator, FreeError, Goal, Metadata, Order, Pfn, PhysAddr,
    ReleaseError, ReserveError,
};

use crate::boot::{
    BITMAPS, BOOTMEM, Boot, FLAT, MEMBLOCK, NONE, exact, of_bytes, of_pages, on, page, prefer,
};
use crate::machine::{Machine, PAGE, each, nid, pages, with};

/// A boot of [`Machine::of`] these pieces.
fn boot(pieces: &[(u32, u64, u64)]) -> Boot {
    Boot::on(Machine::of(pieces))
}

/// The map was sized for the pages from first to last, but indexed by page frame number: a node that does not begin at 0
/// wrote behind it.
#[test]
fn d01_the_map_is_indexed_from_the_first_page() {
    boot(&[(0, 0x100, 0x200)])
        .reserve(pages(0x100, 0x110), Yes, Ok(()))
        .reserve(pages(0x1f0, 0x200), Yes, Ok(()))
        .alloc(of_pages(0xe0), page(0x110))
        .frees(pages(0x120, 0x121))
        .alloc(of_pages(1), page(0x120))
        .play();
}

/// After a conflict the inner loop went on instead of the outer one, and a block was returned that nobody had looked at:
/// one in use, beyond the node, or beyond the limit.
#[test]
fn d02_a_conflict_restarts_the_search() {
    Boot::of(".00000000000000").used(".xxxxxxx.xxx...").alloc(of_pages(2), page(12)).play();
    boot(&[(0, 1, 64)]).takes(pages(1, 60)).takes(pages(61, 62)).alloc(of_pages(2), page(62)).play();
    // The classic PC: 160 pages do not fit below 640 KiB.
    boot(&[(0, 1, 0x9f), (0, 0x100, 0x400)]).alloc(of_pages(160), page(0x100)).play();
    boot(&[(0, 1, 16), (1, 16, 32)])
        .takes(pages(1, 13))
        .takes(pages(14, 15))
        .alloc(of_pages(2).with_node(exact(0)), NONE)
        .play();
    Boot::of(".0000000000")
        .used(".xxxx.x....")
        .alloc(of_pages(2).with_limit(PhysAddr(8 * PAGE)), NONE)
        .play();
}

/// No previous allocation looked like one that ended at address 0, so page 0 was handed out, though it was reserved.
#[test]
fn d03_the_first_block_is_merged_with_nothing() {
    for request in [of_bytes(100), of_bytes(0x2000)] {
        Boot::of("00000").used("x....").alloc(request, page(1)).play();
    }
}

/// A block behind one that ended on a page boundary was merged into the page there, whoever owned it.
#[test]
fn d04_a_page_boundary_is_no_page_to_merge_into() {
    Boot::of("........00000")
        .used("...........x.")
        .alloc(of_pages(3), page(8))
        .alloc(of_bytes(100), page(12))
        .looks("........xxxxx")
        .play();
}

/// Requests without a node shared a slot with node 0, so a block of node 0 was merged into a page of node 1.
#[test]
fn d05_no_node_is_not_node_0() {
    boot(&[(1, 1, 16), (0, 16, 32)])
        .takes(pages(1, 15))
        .alloc(of_bytes(100), page(15))
        .alloc(of_bytes(100).with_node(exact(0)), page(16))
        .play();
}

/// The search asks for whole free pages though the merged block needs none. This is kept, as the policy of every bitmap:
/// 2.6.26 and 4.19 do the same, and the addresses of the RFC depend on it.
#[test]
fn d06_a_search_asks_for_whole_pages_and_says_so() {
    Boot::of("..0")
        .alloc(of_bytes(64), page(2))
        .alloc_by(of_bytes(64), &[(BITMAPS, NONE), (MEMBLOCK, Ok(0x2040))])
        .play();
}

/// The same, where defect 2 turned the refusal into a crash.
#[test]
fn d07_a_block_that_only_merging_would_fit_is_refused() {
    Boot::of("........00")
        .alloc(of_bytes(2048), page(8))
        .alloc_by(of_bytes(6144), &[(BITMAPS, NONE), (MEMBLOCK, Ok(0x8800))])
        .play();
}

/// An alignment of 0 rounded the second block up to address 0.
#[test]
fn d08_an_alignment_of_0_is_refused() {
    let request = AllocRequest::new(100, 0);
    let refused = Err(AllocError::AlignNotPowerOfTwo(0));
    Boot::of("..000").alloc(request, refused).alloc(of_bytes(100), page(2)).alloc(request, refused).play();
}

/// The alignment passed through an `int`: 4 GiB became 0, which is address 0 when merging.
#[test]
fn d09_an_alignment_has_64_bits() {
    const GIB_4: u64 = 1 << 32;
    let first = GIB_4 / PAGE - 1;
    boot(&[(0, first, first + 8)])
        .alloc(of_bytes(100), page(first))
        .alloc(AllocRequest::new(100, GIB_4), Ok(GIB_4))
        .alloc(AllocRequest::new(100, GIB_4 << 20), NONE)
        .play();
}

/// A goal below a node allocated below the node. With the default goal of 16 MiB that was the normal case.
#[test]
fn d10_a_goal_below_a_node_stays_on_the_node() {
    for goal in [prefer(4), Goal::AtLeast(PhysAddr(4 * PAGE))] {
        boot(&[(0, 1, 16), (1, 16, 32)])
            .alloc(of_pages(1).with_goal(goal).with_node(exact(1)), page(16))
            .alloc(of_pages(1).with_goal(goal).with_node(on(1)), page(17))
            .play();
    }
}

/// A limit below 4096 became 0, which meant none.
#[test]
fn d11_a_limit_inside_the_first_page_is_a_limit() {
    let request = of_bytes(0x100).with_limit(PhysAddr(0x800));
    Boot::of("........00").alloc(request, NONE).alloc(request.with_node(on(0)), NONE).play();
    Boot::of("00").alloc_by(request, &[(BITMAPS, NONE)]).play();
}

/// A request for nothing was given the end of memory.
#[test]
fn d12_a_request_for_nothing_is_refused() {
    Boot::of("..000").alloc(AllocRequest::new(0, 1), Err(AllocError::ZeroSize)).play();
}

/// Neither a free nor a reservation parted a block from the page in which the last one had ended: the next was put into
/// a page that had another owner by then. Bootmem had this until the end.
#[test]
fn d13_a_page_with_a_new_owner_is_not_merged_into() {
    Boot::of("........0000")
        .alloc(of_bytes(100), page(8))
        .frees(pages(8, 9))
        .reserve(pages(8, 9), Yes, Ok(()))
        .alloc(of_bytes(100), page(9))
        .play();
    // The page is free, and the next block is wanted behind it.
    Boot::of("........0000")
        .alloc(of_bytes(100), page(8))
        .frees(pages(8, 9))
        .alloc(of_bytes(100).with_goal(prefer(9)), page(9))
        .looks(".........x..")
        .play();
    // The new owner is a block of the node's own scope.
    Boot::of("........0000")
        .alloc(of_bytes(100), page(8))
        .frees(pages(8, 9))
        .alloc(of_pages(1).with_node(exact(0)), page(8))
        .alloc(of_bytes(100), page(9))
        .play();
    Boot::of("........0000")
        .alloc(of_bytes(100).with_node(exact(0)), page(8))
        .takes(crate::machine::bytes(0x8800, 0x8801))
        .alloc_by(of_bytes(0x800).with_node(exact(0)), &[(BITMAPS, page(9))])
        .play();
}

/// Reserving 0 bytes at 0x1800 reserved page 1.
#[test]
fn d14_reserving_nothing_reserves_nothing() {
    Boot::of(".000").takes(crate::machine::bytes(0x1800, 0x1800)).looks("....").play();
}

/// Goal plus size wrapped and passed for a sum below the limit; so did address plus size. A range that wraps cannot be
/// written down here.
#[test]
fn d15_goal_plus_size_does_not_wrap() {
    let goal = PhysAddr(u64::MAX - 0xffe);
    let request =
        AllocRequest::new(0x2000, PAGE).with_goal(Goal::AtLeast(goal)).with_limit(PhysAddr(0x1_0000));
    Boot::of(".0000")
        .alloc(request, Err(AllocError::Wraps { goal, size: 0x2000 }))
        .looks(".....")
        .alloc(request.with_goal(Goal::Prefer(goal)), page(1))
        .play();
    assert_eq!(allocators::AddrRange::from_size(PhysAddr(u64::MAX - 0xfff), 0x2000), None);
}

/// On a node that began inside a word the release looked at the wrong bits: it freed pages in use and leaked free ones.
/// Mainline had this until 3.8.
#[test]
fn d16_a_release_begins_with_the_bit_of_its_first_page() {
    boot(&[(0, 32, 96)])
        .takes(pages(64, 96))
        .releases(0, &[(BITMAPS, &[(32, 0, 32)]), (MEMBLOCK, &[(32, 5, 1)])])
        .play();
    boot(&[(0, 5, 200)])
        .takes(pages(70, 80))
        .releases(0, &[(BITMAPS, &[(5, 0, 65), (80, 0, 48), (128, 6, 1), (192, 0, 8)])])
        .play();
}

/// The last whole word was released page by page.
#[test]
fn d17_the_last_whole_word_is_released_as_a_block() {
    boot(&[(0, 0, 128)]).releases(0, &[(BITMAPS, &[(0, 6, 2)]), (MEMBLOCK, &[(0, 7, 1)])]).play();
    boot(&[(0, 64, 128)]).releases(0, &[(BITMAPS, &[(64, 6, 1)]), (MEMBLOCK, &[(64, 6, 1)])]).play();
}

/// A node inside the span of another was released twice.
#[test]
fn d18_nodes_whose_spans_overlap_are_released_once() {
    boot(&[(0, 0, 64), (1, 64, 128), (0, 128, 192), (1, 192, 256)])
        .releases(0, &[(BITMAPS, &[(0, 6, 1), (128, 6, 1)])])
        .releases(1, &[(BITMAPS, &[(64, 6, 1), (192, 6, 1)])])
        .play();
}

/// Of a node that was registered twice only the second range was released.
#[test]
fn d19_all_ranges_of_a_node_are_released() {
    boot(&[(0, 0, 64), (0, 128, 192)])
        .releases(0, &[(BITMAPS, &[(0, 6, 1), (128, 6, 1)])])
        .refuses_release(0, ReleaseError::AlreadyReleased(nid(0)))
        .play();
}

/// The map's own pages were not reserved: they were handed out, and released twice.
#[test]
fn d20_the_maps_own_pages_are_not_handed_out() {
    let mut machine = Machine::of(&[(0, 0, 128)]);
    machine.metadata_at = Some(PhysAddr(2 * PAGE));
    each(&machine, |facts, allocator| {
        let own = crate::play::reserved(allocator);
        assert!(own.iter().any(|range| range.contains(PhysAddr(2 * PAGE))), "{}", facts.name);
        let own: u64 = own.iter().map(|range| range.size() / PAGE).sum();
        let mut sink = allocators::CountingSink::default();
        assert_eq!(allocator.release(nid(0), &mut sink).unwrap().0, 128 - own);
    });
}

/// A node could be released twice, and a number that is no node dropped the map.
#[test]
fn d21_a_release_is_remembered() {
    boot(&[(0, 0, 64), (1, 64, 128)])
        .refuses_release(5, ReleaseError::UnknownNode(nid(5)))
        .releases(0, &[(BITMAPS, &[(0, 6, 1)])])
        .refuses_release(0, ReleaseError::AlreadyReleased(nid(0)))
        .refuses_release(5, ReleaseError::UnknownNode(nid(5)))
        .releases(1, &[(BITMAPS, &[(64, 6, 1)])])
        .play();
}

/// A request for a full node returned nothing to callers who took success for granted. Here the caller says whether
/// another node will do.
#[test]
fn d22_a_full_node_has_a_substitute_for_those_who_want_one() {
    boot(&[(0, 1, 16), (1, 16, 32)])
        .takes(pages(16, 32))
        .alloc(of_pages(1).with_node(exact(1)), NONE)
        .alloc(of_pages(1).with_node(on(1)), page(1))
        .play();
}

/// A block without a node could lie on two. The RFC advertises it and the flat bitmap keeps it; it says so.
#[test]
fn d23_only_a_block_of_no_node_may_span_two() {
    boot(&[(0, 1, 16), (1, 16, 32)])
        .takes(pages(1, 14))
        .takes(pages(18, 32))
        .alloc(of_pages(3).with_node(exact(0)), NONE)
        .alloc(of_pages(3).with_node(exact(1)), NONE)
        .alloc_by(of_pages(3), &[(FLAT, page(14)), (BOOTMEM, NONE), (MEMBLOCK, NONE)])
        .play();
}

/// Pages in the hole between two nodes could be freed, and were memory from then on.
#[test]
fn d24_a_hole_cannot_be_freed() {
    boot(&[(0, 1, 16), (1, 48, 64)])
        .free_by(pages(20, 24), &[(BITMAPS, Err(FreeError::OutsideMemory(Pfn(20))))])
        .reserve_by(pages(15, 17), No, &[(BITMAPS, Err(ReserveError::OutsideMemory(Pfn(16))))])
        .takes(pages(1, 16))
        .takes(pages(48, 64))
        .alloc(of_pages(1), NONE)
        .play();
}

thread_local! {
    static SEARCHED: RefCell<Vec<(u64, u64)>> = const { RefCell::new(Vec::new()) };
}

/// Notes where it is told to search.
struct Noting<'m>(BitByBit<'m>);

impl<'m> Engine<'m> for Noting<'m> {
    fn words(bits: u64, stretches: usize) -> u64 {
        BitByBit::words(bits, stretches)
    }
    fn new(words: &'m mut [u64], bits: u64) -> Self {
        Self(BitByBit::new(words, bits))
    }
    fn find(&self, bits: Range<u64>, fit: Fit) -> Option<u64> {
        SEARCHED.with_borrow_mut(|searched| searched.push((bits.start, bits.end)));
        self.0.find(bits, fit)
    }
    fn next_clear(&self, bits: Range<u64>) -> u64 {
        self.0.next_clear(bits)
    }
    fn next_set(&self, bits: Range<u64>) -> u64 {
        self.0.next_set(bits)
    }
    fn take(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        self.0.take(bits)
    }
    fn give(&mut self, bits: Range<u64>) -> Result<(), Refused> {
        self.0.give(bits)
    }
    fn set(&mut self, bits: Range<u64>) -> Result<(), Full> {
        self.0.set(bits)
    }
    fn clear(&mut self, bits: Range<u64>) -> Result<(), Full> {
        self.0.clear(bits)
    }
    fn hand_over(&self, bits: Range<u64>, base: Pfn, order: Order, sink: &mut dyn BlockSink) -> u64 {
        self.0.hand_over(bits, base, order, sink)
    }
}

/// A goal that failed made the search begin again over everything, even when the goal lay outside.
#[test]
fn d25_nothing_is_searched_twice() {
    let machine = Machine::of(&[(0, 64, 192)]);
    let mut words = vec![0; Flat::<Noting<'_>>::metadata_words(&machine.map())];
    let mut allocator = Flat::<Noting<'_>>::build(machine.map(), Metadata::new(&mut words)).unwrap();
    allocator.reserve(pages(64, 192), No).unwrap();
    // Two pages may begin at bit 35, and then end behind bit 36, where the goal is.
    for (goal, searched) in
        [(0, vec![(0, 128)]), (64, vec![(0, 128)]), (100, vec![(36, 128), (0, 37)]), (192, vec![(0, 128)])]
    {
        assert_eq!(allocator.alloc(&of_pages(2).with_goal(prefer(goal))), Err(AllocError::NoMemory));
        assert_eq!(SEARCHED.take(), searched, "goal at page {goal}");
    }
}

/// The first release disabled the allocator for all nodes, and the last one counted the map's pages as the node's.
#[test]
fn d26_a_release_concerns_one_node_only() {
    boot(&[(0, 1, 16), (1, 16, 32)])
        .releases(0, &[(BITMAPS, &[(1, 0, 15)])])
        .reserve(pages(16, 17), Yes, Ok(()))
        .alloc(of_pages(1), page(17))
        .frees(pages(16, 17))
        .releases(1, &[(BITMAPS, &[(16, 0, 1), (18, 0, 14)])])
        .play();
}

/// The compatibility header dropped the node of registrations and of requests. There is no such layer here: a node is
/// part of the map and of the request.
#[test]
fn d27_a_node_that_is_named_is_meant() {
    boot(&[(0, 1, 16), (1, 16, 32)])
        .alloc(of_pages(1).with_node(on(1)), page(16))
        .alloc(of_pages(1).with_node(exact(1)), page(17))
        .play();
}

/// Reserving and freeing took a step for each page: 16.8 million of them for 64 GiB. Rootmem is to show what that costs;
/// wordscan does it by words. It is some hundred times faster, so four times is certain on any machine.
#[test]
fn d28_wordscan_does_not_walk_page_by_page() {
    fn fastest<S: allocators::Strategy + 'static>(strategy: &'static S) -> Duration {
        let all = pages(1, 1 << 24);
        with(strategy, &Machine::of(&[(0, 1, 1 << 24)]), |allocator| {
            let run = || {
                let start = Instant::now();
                allocator.reserve(all, Yes).unwrap();
                allocator.free(all).unwrap();
                start.elapsed()
            };
            std::iter::repeat_with(run).take(3).min().unwrap()
        })
    }
    let (bits, words) = (fastest(&Rootmem), fastest(&Wordscan));
    assert!(words * 4 < bits, "by words {words:?}, by bits {bits:?}");
}

/// No defect, but easily made one: an exclusive reservation that fails gives back what it took.
#[test]
fn a_failed_exclusive_reservation_gives_back_what_it_took() {
    Boot::of("........00000000")
        .used("............x...")
        .reserve(pages(8, 16), Yes, Err(ReserveError::Busy(PhysAddr(12 * PAGE))))
        .looks("............x...")
        .play();
}

/// Nor is this: a block that is aligned to more than a page begins on its own page, not in the one before.
#[test]
fn a_block_aligned_to_many_pages_is_not_merged() {
    for align in [PAGE, 8 * PAGE] {
        Boot::of(".......0000000000")
            .alloc(of_bytes(100), page(7))
            .alloc(AllocRequest::new(100, align), page(8))
            .play();
    }
}
