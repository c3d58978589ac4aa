//! Reserving and freeing.

use allocators::Exclusive::{No, Yes};
use allocators::{FreeError, Pfn, PhysAddr, ReserveError};

use crate::boot::{BITMAPS, Boot, MEMBLOCK};
use crate::machine::{bytes, pages};

/// ```text
/// page      |2      |3      |4      |5      |
/// reserved      xxxxxxxxxxxxxxxxx
/// freed        xxxxxxxxxxxxxxxxxxxxx
/// ```
/// Expect pages 2 to 4 to be reserved, then only pages 3 and 4 to be freed. Who counts bytes has none left.
#[test]
fn a_bitmap_reserves_what_is_touched_and_frees_what_is_whole() {
    Boot::of("..000000")
        .takes(bytes(0x2800, 0x4200))
        .looks("..xxx...")
        .takes(bytes(0x5000, 0x6000))
        .frees(bytes(0x2400, 0x5800))
        .looks_by(&[(BITMAPS, "..x..x.."), (MEMBLOCK, ".....x..")])
        .play();
}

/// Expect the free of half a page to leave the page reserved in a bitmap.
#[test]
fn half_a_page_cannot_be_freed() {
    Boot::of("..0000")
        .takes(pages(3, 4))
        .frees(bytes(0x3000, 0x3800))
        .frees(bytes(0x3800, 0x4000))
        .looks_by(&[(BITMAPS, "...x.."), (MEMBLOCK, "......")])
        .play();
}

/// Expect nothing to come of a range of no bytes, wherever it is.
#[test]
fn an_empty_range_changes_nothing() {
    let empty = [bytes(0x3000, 0x3000), bytes(0x3800, 0x3800), bytes(0, 0), bytes(1 << 50, 1 << 50)];
    empty
        .into_iter()
        .fold(Boot::of("..0000"), |boot, range| boot.takes(range).reserve(range, Yes, Ok(())).frees(range))
        .looks("......")
        .play();
}

/// Expect an exclusive reservation that meets a reserved page to be refused with that page's address, and to leave pages
/// 2 to 4 as they were; and one of the same pages that does not insist to take them.
#[test]
fn an_exclusive_reservation_takes_all_or_nothing() {
    Boot::of("..000000")
        .used(".....x..")
        .reserve(pages(2, 7), Yes, Err(ReserveError::Busy(PhysAddr(0x5000))))
        .looks(".....x..")
        .reserve(bytes(0x5800, 0x7000), Yes, Err(ReserveError::Busy(PhysAddr(0x5800))))
        .reserve(pages(2, 5), Yes, Ok(()))
        .looks("..xxxx..")
        .reserve(pages(4, 8), No, Ok(()))
        .looks("..xxxxxx")
        .play();
}

/// Expect the same where the conflict lies on another node than the beginning.
#[test]
fn a_refused_reservation_is_undone_on_every_node() {
    Boot::of(".001122")
        .used(".....x.")
        .reserve(pages(1, 7), Yes, Err(ReserveError::Busy(PhysAddr(0x5000))))
        .looks(".....x.")
        .reserve(pages(1, 5), Yes, Ok(()))
        .looks(".xxxxx.")
        .play();
}

/// Expect reservations and frees to cross nodes that touch, and a double free on the last node to change none of them.
#[test]
fn ranges_cross_nodes() {
    Boot::of(".000111000")
        .takes(pages(2, 9))
        .looks("..xxxxxxx.")
        .free_by(pages(3, 10), &[(BITMAPS, Err(FreeError::AlreadyFree(Pfn(9))))])
        .looks_by(&[(BITMAPS, "..xxxxxxx.")])
        .frees(pages(3, 8))
        .looks_by(&[(BITMAPS, "..x.....x."), (MEMBLOCK, "..x.......")])
        .play();
}

/// Expect a range with a hole in it to be refused whole by bitmaps, with the first page of the hole.
#[test]
fn a_bitmap_refuses_a_range_that_leaves_memory() {
    let cases = [(1, 6, 4), (4, 6, 4), (0, 3, 0), (6, 9, 8), (100, 101, 100)];
    for (start, end, first_outside) in cases {
        let at = Pfn(first_outside);
        Boot::of(".000..11")
            .used("..x.....")
            .reserve_by(pages(start, end), No, &[(BITMAPS, Err(ReserveError::OutsideMemory(at)))])
            .reserve_by(pages(start, end), Yes, &[(BITMAPS, Err(ReserveError::OutsideMemory(at)))])
            .free_by(pages(start, end), &[(BITMAPS, Err(FreeError::OutsideMemory(at))), (MEMBLOCK, Ok(()))])
            .looks_by(&[(BITMAPS, "..x.....")])
            .play();
    }
}

/// Expect a bitmap to name the first page that is free already, and to free none of the others.
#[test]
fn a_bitmap_refuses_a_double_free() {
    Boot::of(".0000000")
        .used("..xx.xx.")
        .free_by(pages(2, 7), &[(BITMAPS, Err(FreeError::AlreadyFree(Pfn(4)))), (MEMBLOCK, Ok(()))])
        .looks_by(&[(BITMAPS, "..xx.xx."), (MEMBLOCK, "........")])
        .play();
}

/// Expect ranges at the end of the address space to be refused or taken, not to wrap.
#[test]
fn ranges_at_the_end_of_the_address_space_do_not_wrap() {
    let top = bytes(u64::MAX - 0x2800, u64::MAX);
    let first = Pfn((u64::MAX - 0x2800) >> 12);
    Boot::of(".000")
        .reserve_by(top, Yes, &[(BITMAPS, Err(ReserveError::OutsideMemory(first))), (MEMBLOCK, Ok(()))])
        .free_by(top, &[(BITMAPS, Err(FreeError::OutsideMemory(Pfn(first.0 + 1)))), (MEMBLOCK, Ok(()))])
        .reserve_by(
            bytes(0x1000, u64::MAX),
            No,
            &[(BITMAPS, Err(ReserveError::OutsideMemory(Pfn(4)))), (MEMBLOCK, Ok(()))],
        )
        .play();
}
