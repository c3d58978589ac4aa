//! What `reports/findings/` says of causes, held against replays.

use allocators::memquick::Memquick;
use allocators::memround::Memround;
use allocators::{AddrRange, BootAllocator, PhysAddr, Strategy};
use workloads::corpus;
use workloads::replay::{Program, Reach, Stage, Unobserved, run_steps};

/// What is free, and what is reserved, once `strategy` has gone through the first `records` records of this boot.
fn state<S: Strategy + 'static>(
    strategy: &'static S,
    boot: &str,
    records: u32,
) -> (Vec<AddrRange>, Vec<AddrRange>) {
    let trace = corpus::trace(boot).unwrap().unwrap();
    let program = Program::compile(&trace, Reach::Everywhere);
    let to = program.record_of.partition_point(|&record| record < records);
    let played = Stage::default().play(strategy, &program, |allocator, slots| {
        run_steps(&program, 0..to, allocator, slots, &mut Unobserved);
        let (mut free, mut reserved) = (Vec::new(), Vec::new());
        allocator.for_each_free(&mut |range| free.push(range));
        allocator.for_each_reserved(&mut |range| reserved.push(range));
        (free, reserved)
    });
    played.unwrap()
}

fn above(ranges: &[AddrRange], addr: u64) -> usize {
    ranges.iter().filter(|range| range.start() > PhysAddr(addr)).count()
}

/// ```text
/// 0x7fff0000                        0x7fff3ffc  0x7fff4000
/// |--- freed: 8,204 bytes end here ------|##|--- tables ---      ##: 4 bytes that rounding added, and no free names
/// |--- 2 KiB tables ---|-- 2,044 bytes --|##|                    what is left of it for the rest of the boot
/// ```
/// Expect a rounded block that is freed by the size that was asked for to leave its tail reserved, so that a table of 16 KiB
/// does not fit where it fitted, and one region more lies above each table that is asked for later.
#[test]
fn the_tail_of_a_rounded_block_outlives_its_free() {
    let boot = "s390x-6.1-2g";
    let hole = |free: &[AddrRange]| free.iter().map(|range| range.end().0).find(|&end| end >= 0x7fff_3000);
    assert_eq!(hole(&state(&Memquick, boot, 9).0), Some(0x7fff_4000));
    assert_eq!(hole(&state(&Memround, boot, 9).0), Some(0x7fff_3ffc));
    let lowest = 0x7ff0_0000;
    let plain = above(&state(&Memquick, boot, 1000).1, lowest);
    let rounded = above(&state(&Memround, boot, 1000).1, lowest);
    assert_eq!((plain, rounded), (1, 2));
    let left = AddrRange::new(PhysAddr(0x7fff_3800), PhysAddr(0x7fff_3ffc)).unwrap();
    assert!(state(&Memround, boot, 1000).0.contains(&left));
}
