//! Memory that comes late, goes, or must not be touched.

use allocators::{FreeError, MapChange, MemFlags, MemoryRange, Pfn, ReserveError};

use crate::boot::{BITMAPS, Boot, MEMBLOCK, NONE, exact, of_pages, page};
use crate::machine::{Machine, bytes, each, pages, piece};

fn add(start: u64, end: u64, flags: MemFlags) -> MapChange {
    MapChange::Add(MemoryRange { flags, ..piece(pages(start, end), 0) })
}

/// A machine of node 0 from page 1 to 8, of which pages from `start` to `end` are there at first.
fn partly(start: u64, end: u64) -> Machine {
    let mut machine = Machine::drawn(allocators::PageSize::KIB_4, ".0000000");
    machine.start[0].range = pages(start, end);
    machine
}

/// Expect memory that must not be touched to be passed over by every search and by the release. It may be reserved and
/// freed; that makes it no more usable.
#[test]
fn memory_that_must_not_be_touched_is_never_handed_out() {
    Boot::of(".0aa0a1b")
        .alloc(of_pages(1), page(1))
        .takes(pages(2, 4))
        .frees(pages(2, 4))
        .alloc(of_pages(2), NONE)
        .alloc(of_pages(1), page(4))
        .alloc(of_pages(1).with_node(exact(0)), NONE)
        .releases(0, &[(BITMAPS, &[]), (MEMBLOCK, &[])])
        .releases(1, &[(BITMAPS, &[(6, 0, 1)]), (MEMBLOCK, &[(6, 0, 1)])])
        .play();
}

/// Expect a block to lie in what is there, then in what has come, and a reservation made before it came to hold.
#[test]
fn memory_that_comes_late_is_usable_from_then_on() {
    Boot::on(partly(3, 5))
        .alloc(of_pages(3), NONE)
        .takes(pages(6, 7))
        .alloc(of_pages(2), page(3))
        .changes(add(1, 8, MemFlags::NONE))
        .looks("...xx.x.")
        .alloc(of_pages(1).with_goal(crate::boot::prefer(5)), page(5))
        .alloc(of_pages(1).with_goal(crate::boot::prefer(6)), page(7))
        .looks("...xxxxx")
        .play();
}

/// Expect memory that is added again to stay as it is: in use, or not to be touched.
#[test]
fn what_is_known_stays_as_it_is_when_it_is_added_again() {
    Boot::of(".00aa00")
        .used(".x...x.")
        .changes(add(1, 7, MemFlags::NONE))
        .looks(".x...x.")
        .alloc(of_pages(1), page(2))
        .alloc(of_pages(1).with_goal(crate::boot::prefer(3)), page(6))
        .alloc(of_pages(1), NONE)
        .play();
}

/// Expect memory that is taken away to be gone for searches and the release, until it is added again; and what is
/// reserved there meanwhile to stay reserved.
#[test]
fn memory_that_is_taken_away_is_gone() {
    Boot::of(".0000000")
        .used("..x.....")
        .changes(MapChange::Remove(pages(2, 6)))
        .alloc(of_pages(3), NONE)
        .frees(pages(2, 3))
        .takes(pages(4, 5))
        .alloc(of_pages(2), page(6))
        .changes(add(2, 6, MemFlags::NONE))
        .alloc(of_pages(3), page(1))
        .looks(".xxxx.xx")
        .changes(MapChange::Remove(pages(5, 6)))
        .releases(0, &[(BITMAPS, &[]), (MEMBLOCK, &[])])
        .play();
}

/// Expect flags to make memory untouchable and touchable again, each flag for itself; others do not matter here.
#[test]
fn flags_come_and_go() {
    Boot::of(".000")
        .changes(MapChange::SetFlags(pages(1, 3), MemFlags::NOMAP))
        .changes(MapChange::SetFlags(pages(2, 4), MemFlags::DRIVER_MANAGED))
        .changes(MapChange::SetFlags(pages(1, 4), MemFlags::HOTPLUG))
        .alloc(of_pages(1), NONE)
        .changes(MapChange::ClearFlags(pages(2, 3), MemFlags::NOMAP))
        .alloc(of_pages(1), NONE)
        .changes(MapChange::ClearFlags(pages(1, 4), MemFlags::DRIVER_MANAGED))
        .alloc(of_pages(1), page(2))
        .alloc(of_pages(1), page(3))
        .alloc(of_pages(1), NONE)
        .play();
}

/// Expect a page of which a part is taken away to be lost to a bitmap, and one of which a part is added not to be won.
#[test]
fn a_bitmap_knows_whole_pages_only() {
    Boot::of(".0000")
        .changes(MapChange::Remove(bytes(0x1800, 0x2800)))
        .alloc_by(of_pages(1), &[(BITMAPS, page(3)), (MEMBLOCK, page(3))])
        .changes(MapChange::Add(piece(bytes(0x1800, 0x2800), 0)))
        .alloc_by(of_pages(2), &[(BITMAPS, NONE), (MEMBLOCK, page(1))])
        .play();
}

/// Expect a bitmap to refuse memory that it was not built for, and to take note of nothing then.
#[test]
fn a_bitmap_cannot_grow() {
    let machine = Machine::drawn(allocators::PageSize::KIB_4, ".000..0");
    each(&machine, |facts, allocator| {
        if !BITMAPS.contains(&facts.name) {
            return;
        }
        let outside = |at| Err(allocators::ChangeError::OutsideMemory(Pfn(at)));
        assert_eq!(allocator.change(add(1, 7, MemFlags::NONE)), outside(4));
        assert_eq!(allocator.change(add(0, 3, MemFlags::NONE)), outside(0));
        assert_eq!(allocator.change(add(5, 7, MemFlags::NOMAP)), outside(5));
        assert_eq!(allocator.change(MapChange::Remove(pages(3, 1 << 30))), Ok(()));
        assert_eq!(
            allocator.reserve(pages(4, 5), allocators::Exclusive::No),
            Err(ReserveError::OutsideMemory(Pfn(4)))
        );
        assert_eq!(allocator.free(pages(4, 5)), Err(FreeError::OutsideMemory(Pfn(4))));
        assert_eq!(crate::play::free(allocator), [pages(1, 3)]);
    });
}

/// Expect changes that cut memory into more pieces than there is room for to be refused, and those that join them to
/// make room again.
#[test]
fn too_many_pieces_are_refused() {
    let machine = Machine::of(&[(0, 1, 200)]);
    each(&machine, |facts, allocator| {
        if !BITMAPS.contains(&facts.name) {
            return;
        }
        for pfn in 0..16 {
            assert_eq!(allocator.change(MapChange::Remove(pages(10 + 2 * pfn, 11 + 2 * pfn))), Ok(()));
        }
        let before = crate::play::free(allocator);
        let full = Err(allocators::ChangeError::MetadataFull);
        assert_eq!(allocator.change(MapChange::Remove(pages(100, 101))), full);
        assert_eq!(crate::play::free(allocator), before);
        assert_eq!(allocator.change(MapChange::Remove(pages(10, 12))), Ok(()));
        assert_eq!(allocator.change(MapChange::Remove(pages(100, 101))), Ok(()));
        assert_eq!(allocator.change(add(1, 200, MemFlags::NONE)), Ok(()));
        assert_eq!(crate::play::free(allocator), [pages(1, 200)]);
    });
}
