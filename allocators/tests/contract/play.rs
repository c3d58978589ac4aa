//! Playing a random boot through an allocator.

use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, ChangeError, FreeError, Goal, Order,
    PageCount, Pfn, PhysAddr, ReleaseError, ReserveError,
};

use crate::ops::Op;

/// What an allocator answered to a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    Alloc(AllocRequest, Result<PhysAddr, AllocError>),
    Reserve(AddrRange, Result<(), ReserveError>),
    Free(AddrRange, Result<(), FreeError>),
    Change(Result<(), ChangeError>),
    Release(Result<PageCount, ReleaseError>, Blocks),
    /// There was no block, or the call is only a setting.
    Nothing,
}

/// The blocks that were handed over: first page and order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Blocks(pub(crate) Vec<(u64, u8)>);

impl BlockSink for Blocks {
    fn block(&mut self, first: Pfn, order: Order) {
        self.0.push((first.0, order.0));
    }
}

/// Sixteenths of a block.
fn part(block: AddrRange, from: u64, to: u64) -> AddrRange {
    let at = |sixteenths: u64| PhysAddr(block.start().0 + block.size() * sixteenths / 16);
    AddrRange::new(at(from), at(to)).unwrap()
}

/// A boot that is being played.
#[derive(Default)]
pub(crate) struct Player {
    live: Vec<AddrRange>,
}

impl Player {
    /// The block that a number chooses.
    fn chosen(&self, which: usize) -> Option<AddrRange> {
        self.live.get(which % self.live.len().max(1)).copied()
    }

    fn alloc(&mut self, request: AllocRequest, allocator: &mut dyn BootAllocator) -> Answer {
        let given = allocator.alloc(&request);
        if let Some(block) = given.ok().and_then(|start| AddrRange::from_size(start, request.size)) {
            self.live.push(block);
        }
        Answer::Alloc(request, given)
    }

    pub(crate) fn call(&mut self, op: &Op, allocator: &mut dyn BootAllocator) -> Answer {
        match *op {
            Op::Alloc(request) => self.alloc(request, allocator),
            Op::AllocNear(which, request) => {
                let end = self.chosen(which).map_or(0, |block| block.end().0);
                let goal = match request.goal {
                    Goal::Prefer(distance) => Goal::Prefer(PhysAddr(end + distance.0)),
                    Goal::AtLeast(distance) => Goal::AtLeast(PhysAddr(end + distance.0)),
                };
                self.alloc(request.with_goal(goal), allocator)
            }
            Op::Reserve(range, exclusive) => Answer::Reserve(range, allocator.reserve(range, exclusive)),
            Op::Free(range) => Answer::Free(range, allocator.free(range)),
            Op::FreeBlock(which, from, to) => match self.chosen(which) {
                Some(block) => {
                    if (from, to) == (0, 16) {
                        self.live.swap_remove(which % self.live.len());
                    }
                    let range = part(block, from, to);
                    Answer::Free(range, allocator.free(range))
                }
                None => Answer::Nothing,
            },
            Op::FreePagesOf(which, page) => match self.chosen(which) {
                Some(block) => {
                    self.live.swap_remove(which % self.live.len());
                    let range = block.pages_touched(page).addrs(page);
                    Answer::Free(range, allocator.free(range))
                }
                None => Answer::Nothing,
            },
            Op::ReserveBlock(which, from, to) => match self.chosen(which) {
                Some(block) => {
                    let range = part(block, from, to);
                    Answer::Reserve(range, allocator.reserve(range, allocators::Exclusive::No))
                }
                None => Answer::Nothing,
            },
            Op::Change(change) => Answer::Change(allocator.change(change)),
            Op::Set(setting) => {
                allocator.set(setting);
                Answer::Nothing
            }
            Op::Release(nid) => {
                let mut blocks = Blocks::default();
                let pages = allocator.release(nid, &mut blocks);
                Answer::Release(pages, blocks)
            }
        }
    }
}

/// The answers to a whole boot, and what is free and reserved after it.
pub(crate) fn play(
    allocator: &mut dyn BootAllocator,
    boot: &[Op],
) -> (Vec<Answer>, Vec<AddrRange>, Vec<AddrRange>) {
    let mut player = Player::default();
    let answers = boot.iter().map(|op| player.call(op, allocator)).collect();
    (answers, free(allocator), reserved(allocator))
}

pub(crate) fn free(allocator: &dyn BootAllocator) -> Vec<AddrRange> {
    let mut ranges = Vec::new();
    allocator.for_each_free(&mut |range| ranges.push(range));
    ranges
}

pub(crate) fn reserved(allocator: &dyn BootAllocator) -> Vec<AddrRange> {
    let mut ranges = Vec::new();
    allocator.for_each_reserved(&mut |range| ranges.push(range));
    ranges
}
