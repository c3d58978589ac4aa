//! A boot told by pictures, played on every strategy.

use allocators::{
    AddrRange, AllocError, AllocRequest, BootAllocator, Exclusive, FreeError, Goal, MapChange, NodeChoice,
    PageCount, PageSize, PhysAddr, ReleaseError, ReserveError, Setting,
};

use crate::ledger::Ledger;
use crate::machine::{Facts, Machine, PAGE, each, nid};
use crate::ops::Op;
use crate::play::{Answer, Player};

/// The strategies with one bitmap for all nodes.
pub(crate) const FLAT: Names = &["rootmem", "wordscan"];
/// All that work with bitmaps.
pub(crate) const BITMAPS: Names = &["rootmem", "wordscan", "bootmem"];
/// The one with a bitmap for each node.
pub(crate) const BOOTMEM: Names = &["bootmem"];
/// The one that counts bytes; here it searches upward.
pub(crate) const MEMBLOCK: Names = &["memblock"];

/// The names of strategies that answer alike.
type Names = &'static [&'static str];
/// An answer by strategies; who is not named may give any that is legal.
type By<T> = Vec<(Names, T)>;
/// Blocks that follow each other: first page, order and number.
type Runs = &'static [(u64, u8, u64)];

/// A picture of what is reserved: `x` for a page, at least in part.
#[derive(Clone, Copy)]
struct Picture(&'static str);

enum Step {
    Call(Op, By<Answer>),
    Looks(By<Picture>),
    Blocks(u32, By<Vec<(u64, u8)>>),
}

/// A machine, what is reserved on it at first, and what happens then.
pub(crate) struct Boot {
    machine: Machine,
    used: &'static str,
    steps: Vec<Step>,
}

fn every<T>(answer: T) -> By<T> {
    vec![(&["rootmem", "wordscan", "bootmem", "memblock"], answer)]
}

fn by<T: Clone, U>(answers: &[(Names, T)], wrap: impl Fn(T) -> U) -> By<U> {
    answers.iter().map(|(names, answer)| (*names, wrap(answer.clone()))).collect()
}

impl Boot {
    /// A machine of 4 KiB pages, drawn as for [`Machine::drawn`].
    pub(crate) fn of(nodes: &str) -> Self {
        Self::with_page(PageSize::KIB_4, nodes)
    }

    pub(crate) fn with_page(page: PageSize, nodes: &str) -> Self {
        Self::on(Machine::drawn(page, nodes))
    }

    pub(crate) fn on(machine: Machine) -> Self {
        Self { machine, used: "", steps: Vec::new() }
    }

    /// Reserves the pages drawn as `x` before all else.
    pub(crate) fn used(mut self, picture: &'static str) -> Self {
        self.used = picture;
        self
    }

    pub(crate) fn max_order(mut self, order: u8) -> Self {
        self.machine.max_order = order;
        self
    }

    /// Puts a node on line that has no memory.
    pub(crate) fn memoryless(mut self, number: u32) -> Self {
        self.machine.memoryless.push(nid(number));
        self
    }

    fn call(mut self, op: Op, answers: By<Answer>) -> Self {
        self.steps.push(Step::Call(op, answers));
        self
    }

    /// Asks for memory; everybody gives `start`.
    pub(crate) fn alloc(self, request: AllocRequest, start: Result<u64, AllocError>) -> Self {
        self.call(Op::Alloc(request), every(Answer::Alloc(request, start.map(PhysAddr))))
    }

    pub(crate) fn alloc_by(
        self,
        request: AllocRequest,
        answers: &[(Names, Result<u64, AllocError>)],
    ) -> Self {
        self.call(Op::Alloc(request), by(answers, |start| Answer::Alloc(request, start.map(PhysAddr))))
    }

    pub(crate) fn reserve(
        self,
        range: AddrRange,
        exclusive: Exclusive,
        result: Result<(), ReserveError>,
    ) -> Self {
        self.call(Op::Reserve(range, exclusive), every(Answer::Reserve(range, result)))
    }

    pub(crate) fn reserve_by(
        self,
        range: AddrRange,
        exclusive: Exclusive,
        results: &[(Names, Result<(), ReserveError>)],
    ) -> Self {
        self.call(Op::Reserve(range, exclusive), by(results, |result| Answer::Reserve(range, result)))
    }

    /// Reserves what need not be free.
    pub(crate) fn takes(self, range: AddrRange) -> Self {
        self.reserve(range, Exclusive::No, Ok(()))
    }

    /// Frees what is reserved.
    pub(crate) fn frees(self, range: AddrRange) -> Self {
        self.call(Op::Free(range), every(Answer::Free(range, Ok(()))))
    }

    pub(crate) fn free_by(self, range: AddrRange, results: &[(Names, Result<(), FreeError>)]) -> Self {
        self.call(Op::Free(range), by(results, |result| Answer::Free(range, result)))
    }

    pub(crate) fn changes(self, change: MapChange) -> Self {
        self.call(Op::Change(change), every(Answer::Change(Ok(()))))
    }

    /// Releases a node; the blocks are given as first page, order and number.
    pub(crate) fn releases(mut self, node: u32, blocks: &[(Names, Runs)]) -> Self {
        let one_by_one = |runs: Runs| {
            let of = |&(first, order, count)| (0..count).map(move |index| (first + (index << order), order));
            runs.iter().flat_map(of).collect()
        };
        self.steps.push(Step::Blocks(node, by(blocks, one_by_one)));
        self
    }

    /// Releases a node in vain.
    pub(crate) fn refuses_release(self, node: u32, error: ReleaseError) -> Self {
        let answer = Answer::Release(Err(error), crate::play::Blocks::default());
        self.call(Op::Release(nid(node)), every(answer))
    }

    /// What is reserved now, on every strategy.
    pub(crate) fn looks(mut self, picture: &'static str) -> Self {
        self.steps.push(Step::Looks(every(Picture(picture))));
        self
    }

    pub(crate) fn looks_by(mut self, pictures: &[(Names, &'static str)]) -> Self {
        self.steps.push(Step::Looks(by(pictures, Picture)));
        self
    }

    /// Plays it on every strategy of the registry.
    pub(crate) fn play(&self) {
        each(&self.machine, |facts, allocator| self.play_on(facts, allocator));
    }

    fn play_on(&self, facts: Facts, allocator: &mut dyn BootAllocator) {
        allocator.set(Setting::BottomUp(true));
        let mut ledger = Ledger::new(&self.machine, facts, allocator);
        let mut player = Player::default();
        let size = self.machine.page.bytes();
        let used = (0..).zip(self.used.chars()).filter(|&(_, drawn)| drawn == 'x');
        for (pfn, _) in used {
            let page = crate::machine::bytes(pfn * size, (pfn + 1) * size);
            let op = Op::Reserve(page, Exclusive::No);
            let answer = player.call(&op, allocator);
            ledger.check(&op, &answer, allocator);
        }
        for (number, step) in (1..).zip(&self.steps) {
            let name = facts.name;
            match step {
                Step::Call(op, expected) => {
                    let answer = player.call(op, allocator);
                    if let Some(expected) = of(expected, name) {
                        assert_eq!(&answer, expected, "{name}, step {number}: {op:?}");
                    }
                    ledger.check(op, &answer, allocator);
                }
                Step::Blocks(node, expected) => {
                    let op = Op::Release(nid(*node));
                    let answer = player.call(&op, allocator);
                    if let Some(expected) = of(expected, name) {
                        let pages = expected.iter().map(|(_, order)| 1 << order).sum();
                        let expected =
                            Answer::Release(Ok(PageCount(pages)), crate::play::Blocks(expected.clone()));
                        assert_eq!(answer, expected, "{name}, step {number}");
                    }
                    ledger.check(&op, &answer, allocator);
                }
                Step::Looks(expected) => {
                    if let Some(Picture(expected)) = of(expected, name) {
                        assert_eq!(&draw(allocator, size, expected.len()), expected, "{name}, step {number}");
                    }
                }
            }
        }
    }
}

fn of<'a, T>(by: &'a By<T>, name: &str) -> Option<&'a T> {
    by.iter().find(|(names, _)| names.contains(&name)).map(|(_, answer)| answer)
}

/// What is reserved: `x` for each page of which some is, `.` for the others.
fn draw(allocator: &dyn BootAllocator, size: u64, len: usize) -> String {
    let mut picture = vec!['.'; len];
    for range in crate::play::reserved(allocator) {
        for pfn in range.start().0 / size..range.end().0.div_ceil(size).min(len as u64) {
            picture[usize::try_from(pfn).unwrap()] = 'x';
        }
    }
    picture.into_iter().collect()
}

/// A request for so many whole pages.
pub(crate) const fn of_pages(count: u64) -> AllocRequest {
    AllocRequest::new(count * PAGE, PAGE)
}

/// A request for so many bytes at any address.
pub(crate) const fn of_bytes(size: u64) -> AllocRequest {
    AllocRequest::new(size, 1)
}

pub(crate) const fn prefer(page: u64) -> Goal {
    Goal::Prefer(PhysAddr(page * PAGE))
}

pub(crate) const fn at_least(page: u64) -> Goal {
    Goal::AtLeast(PhysAddr(page * PAGE))
}

pub(crate) const fn below(page: u64) -> PhysAddr {
    PhysAddr(page * PAGE)
}

pub(crate) fn exact(number: u32) -> NodeChoice {
    NodeChoice::Exact(nid(number))
}

pub(crate) fn on(number: u32) -> NodeChoice {
    NodeChoice::Prefer(nid(number))
}

/// The address of a page, as an answer.
#[expect(clippy::unnecessary_wraps, reason = "answers are results")]
pub(crate) const fn page(pfn: u64) -> Result<u64, AllocError> {
    Ok(pfn * PAGE)
}

pub(crate) const NONE: Result<u64, AllocError> = Err(AllocError::NoMemory);
