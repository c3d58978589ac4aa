//! Requests that no allocator can grant, and what each says of them.

use allocators::{AllocError, AllocRequest, PhysAddr};

use crate::boot::{Boot, at_least, below, exact, of_pages, on, page, prefer};
use crate::machine::{PAGE, nid};

/// Expect each to be refused for its own reason, and the machine to be as it was.
#[test]
fn the_impossible_is_refused_by_name() {
    let top = PhysAddr(u64::MAX - 0xfff);
    let wraps = |goal: PhysAddr, size| Err(AllocError::Wraps { goal, size });
    let too_low = |goal: u64, size, limit| {
        Err(AllocError::LimitBelowGoal { goal: PhysAddr(goal * PAGE), size, limit: PhysAddr(limit) })
    };
    Boot::of(".00011")
        .alloc(AllocRequest::new(0, PAGE), Err(AllocError::ZeroSize))
        .alloc(AllocRequest::new(100, 0), Err(AllocError::AlignNotPowerOfTwo(0)))
        .alloc(AllocRequest::new(100, 0x3000), Err(AllocError::AlignNotPowerOfTwo(0x3000)))
        .alloc(AllocRequest::new(100, u64::MAX), Err(AllocError::AlignNotPowerOfTwo(u64::MAX)))
        .alloc(AllocRequest::new(0x2000, PAGE).with_goal(allocators::Goal::AtLeast(top)), wraps(top, 0x2000))
        .alloc(AllocRequest::new(u64::MAX, 1).with_goal(at_least(1)), wraps(PhysAddr(PAGE), u64::MAX))
        .alloc(of_pages(2).with_limit(PhysAddr(PAGE)), too_low(0, 2 * PAGE, PAGE))
        .alloc(of_pages(1).with_limit(PhysAddr(0)), too_low(0, PAGE, 0))
        .alloc(of_pages(1).with_goal(at_least(3)).with_limit(below(2)), too_low(3, PAGE, 2 * PAGE))
        .alloc(of_pages(3).with_goal(prefer(3)).with_limit(below(2)), too_low(0, 3 * PAGE, 2 * PAGE))
        .alloc(
            of_pages(1).with_goal(at_least(3)).with_limit(PhysAddr(4 * PAGE - 1)),
            too_low(3, PAGE, 4 * PAGE - 1),
        )
        .alloc(of_pages(1).with_node(exact(9)), Err(AllocError::UnknownNode(nid(9))))
        .alloc(of_pages(1).with_node(on(9)), Err(AllocError::UnknownNode(nid(9))))
        .looks("......")
        .alloc(of_pages(1), page(1))
        .play();
}

/// Expect sizes and alignments up to the largest to be refused for want of room, not to overflow.
#[test]
fn the_huge_is_refused_for_want_of_room() {
    let mut boot = Boot::of(".00011");
    for shift in 0..64 {
        for size in [1 << shift, u64::MAX >> shift] {
            let request = AllocRequest::new(size.max(6 * PAGE), 1 << shift);
            boot = boot.alloc(request, crate::boot::NONE);
        }
        boot = boot.alloc(AllocRequest::new(1, 1 << shift.max(15)), crate::boot::NONE);
    }
    boot.looks("......").play();
}
