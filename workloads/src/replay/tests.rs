//! What a record becomes when it is compiled, and what a replay makes of it.

use allocators::bootmem::Bootmem;
use allocators::memblock::Memblock;
use allocators::registry::{StrategyVisitor, visit_all};
use allocators::{AddrRange, AllocRequest, BootAllocator, PhysAddr, Strategy};

use super::{Frame, Observer, Often, Part, Program, Reach, Slots, Stage, Step, StepResult, Unobserved, run};
use crate::trace::Trace;

/// A machine of 16 MiB with a hole, in which `records` happen.
///
/// ```text
/// MiB  0   1                   8       12      16
///      |hole|--- node 0 -------|--hole--|-node 1-|
/// ```
pub(crate) fn trace(records: &str) -> Trace {
    let count = records.lines().filter(|line| !line.starts_with(' ')).count();
    format!(
        "bootalloc-trace 1\nmachine drawn\nkernel 6.1\narch x86_64\npage-size 4096\nmax-order 10\npageblock-order 9\n\
         source a test\ncaptured by hand\nmemory 0x100000-0x800000 nid=0 flags=0x0\n\
         memory 0xc00000-0x1000000 nid=1 flags=0x0\n{records}end records={count}\n"
    )
    .parse()
    .unwrap()
}

fn bytes(start: u64, end: u64) -> AddrRange {
    AddrRange::new(PhysAddr(start), PhysAddr(end)).unwrap()
}

/// ```text
///        0x200000        0x201000        0x202000        0x203000
///        |--- block of slot 0 ----------|--- reserved ---|
/// free           [ 0x200800 ........................ 0x203000 )
/// ```
/// Expect a free across a block and a reservation to become the same part of the block, then the addresses.
#[test]
fn a_free_is_cut_into_parts_of_blocks_and_addresses() {
    let trace = trace(
        "1 alloc size=8192 align=0x1000 -> 0x200000\n2 reserve 0x202000-0x203000\n3 free 0x200800-0x203000\n",
    );
    let program = Program::compile(&trace, Reach::Everywhere);
    assert_eq!(
        program.steps,
        [
            Step::Alloc(AllocRequest::new(8192, 4096), 0),
            Step::Reserve(bytes(0x20_2000, 0x20_3000)),
            Step::FreePart(Part { slot: 0, offset: 0x800, size: 0x1800 }),
            Step::Free(bytes(0x20_2000, 0x20_3000)),
        ]
    );
    assert_eq!(program.record_of, [0, 1, 2, 2]);
}

/// Expect a block that was freed and given again to be freed as the younger one.
#[test]
fn a_free_means_the_youngest_block_at_its_addresses() {
    let trace = trace(
        "1 alloc size=4096 align=0x1000 -> 0x200000\n2 free 0x200000-0x201000\n\
         3 alloc size=64 align=0x40 -> 0x200fc0\n4 free 0x200fc0-0x201000\n",
    );
    let program = Program::compile(&trace, Reach::Everywhere);
    assert_eq!(program.steps[3], Step::FreePart(Part { slot: 1, offset: 0, size: 64 }));
}

/// ```text
/// MiB    0   1                   8       12      16
///        |hole|--- node 0 -------|--hole--|-node 1-|
/// reserve  [ 0x80000 ............................. 0xe00000 )
/// kept         [1 MiB ... 8 MiB)          [12 ... 14 MiB)
/// ```
/// Expect what a bitmap cannot hold to be cut off for it, and to be counted.
#[test]
fn reservations_are_cut_to_memory_for_those_who_cannot_reach_outside() {
    let trace = trace("1 reserve 0x80000-0xe00000\n2 reserve 0x900000-0xa00000\n3 free 0x200000-0x300800\n");
    let everywhere = Program::compile(&trace, Reach::Everywhere);
    assert_eq!((everywhere.steps.len(), everywhere.clipped), (3, 0));
    let memory = Program::compile(&trace, Reach::Memory);
    assert_eq!(
        memory.steps,
        [
            Step::Reserve(bytes(0x10_0000, 0x80_0000)),
            Step::Reserve(bytes(0xc0_0000, 0xe0_0000)),
            Step::Free(bytes(0x20_0000, 0x30_0000)),
        ]
    );
    assert_eq!((memory.clipped, &memory.record_of[..]), (2, &[0, 0, 2][..]));
}

/// Expect every strategy to be replayed twice in the same stage with the same result: nothing of a run is left behind.
#[test]
fn a_stage_can_be_played_again_and_again() {
    struct Twice(Program, Stage);
    impl allocators::registry::StrategyVisitor for Twice {
        fn visit<S: allocators::Strategy + 'static>(&mut self, strategy: &'static S) {
            let mut ends = Vec::new();
            for _ in 0..2 {
                let end = self.1.play(strategy, &self.0, |allocator, slots| {
                    run(&self.0, allocator, slots, &mut Unobserved);
                    let mut free = Vec::new();
                    allocators::BootAllocator::for_each_free(allocator, &mut |range| free.push(range));
                    free
                });
                ends.push(end.unwrap());
            }
            assert_eq!(ends[0], ends[1], "{}", strategy.name());
            assert_ne!(ends[0], [], "{}", strategy.name());
        }
    }
    let trace = trace("1 alloc size=8192 align=0x1000 -> 0x200000\n2 free 0x200000-0x201000\n");
    allocators::registry::visit_all(&mut Twice(Program::compile(&trace, Reach::Memory), Stage::default()));
}

/// ```text
/// GiB  1      2                            2^14   + 1 MiB
///      |------|- - - - - nothing - - - - - |-|
/// ```
/// Expect a map of bits from a node's first page to its last to be refused with its figures where most of them are of no
/// memory, and a list of ranges to be built.
#[test]
fn a_few_pages_far_away_cost_no_host_its_memory() {
    let far = 1_u64 << 44;
    let trace: crate::trace::Trace = format!(
        "bootalloc-trace 1\nmachine drawn\nkernel 6.1\narch x86_64\npage-size 4096\nmax-order 10\npageblock-order 9\n\
         source a test\ncaptured by hand\nmemory 0x40000000-0x80000000 nid=0 flags=0x0\n\
         memory {far:#x}-{:#x} nid=0 flags=0x0\n1 alloc size=4096 align=0x1000 -> 0x40000000\nend records=1\n",
        far + (1 << 20)
    )
    .parse()
    .unwrap();
    let program = |reach| Program::compile(&trace, reach);
    let mut stage = Stage::default();
    let found = stage.play(&Memblock, &program(Reach::Everywhere), |_, _| ());
    assert_eq!(found, Ok(()));
    let refused = stage.play(&Bootmem, &program(Reach::Memory), |_, _| ()).unwrap_err().to_string();
    assert!(
        refused.contains("511 MiB of metadata for this machine of 1025 MiB, more than the 64 MiB"),
        "{refused}"
    );
}

/// What can be seen of an allocator: what is free, what is reserved, and the bytes of its state.
type Seen = (Vec<AddrRange>, Vec<AddrRange>, usize);

fn seen(allocator: &impl BootAllocator) -> Seen {
    let (mut free, mut reserved) = (Vec::new(), Vec::new());
    allocator.for_each_free(&mut |range| free.push(range));
    allocator.for_each_reserved(&mut |range| reserved.push(range));
    (free, reserved, allocator.metadata_bytes())
}

/// What each step gave.
#[derive(Default, PartialEq, Debug)]
struct Results(Vec<StepResult>);

impl Observer for Results {
    fn after(&mut self, _: usize, _: &Step, result: &StepResult) {
        self.0.push(*result);
    }
}

/// A boot from its start to its end.
fn whole(program: &Program, allocator: &mut impl BootAllocator, slots: &mut Slots) -> (Seen, Results, Seen) {
    let start = seen(allocator);
    let mut results = Results::default();
    run(program, allocator, slots, &mut results);
    (start, results, seen(allocator))
}

/// Nothing is put around it.
struct Plainly;

impl Frame for Plainly {
    fn around<T>(&mut self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

fn grown(recipe: &str) -> crate::trace::Trace {
    crate::grow::read(recipe).unwrap()
}

/// ```text
///       16 MiB                         + 1 GiB
///       x...x...x...x...x... … x...|---- free ------|        x: reserved at the start, some of them in disorder
/// ```
/// Expect each strategy to be left in the state that a call for each reservation leaves, on whatever way it gets there: in
/// lists that double on the way, with ranges that touch, overlap and descend.
#[test]
fn the_start_is_reached_on_a_shorter_way() {
    struct Both(crate::trace::Trace);
    impl StrategyVisitor for Both {
        fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
            let mut program = Program::compile(&self.0, Reach::of(strategy));
            let reversed: Vec<AddrRange> = program.setup.iter().rev().step_by(3).copied().collect();
            let longer = reversed.iter().map(|range| bytes(range.start().0 - 0x1000, range.end().0 + 0x2000));
            program.setup.extend(longer.collect::<Vec<_>>());
            let mut stage = Stage::default();
            let short = stage.play(strategy, &program, |allocator, slots| whole(&program, allocator, slots));
            let calls = stage.play_in(&mut Plainly, strategy, &program, |allocator, slots| {
                whole(&program, allocator, slots)
            });
            assert_eq!(short.unwrap(), calls.unwrap(), "{}", strategy.name());
        }
    }
    visit_all(&mut Both(grown("grow:isolated(700)")));
}

/// Expect a state that is put back by copying to give the same boot again and again, though that doubles a list whose old
/// place is used for something else then; and a small start, or one with a large state, not to be copied.
#[test]
fn a_state_is_put_back_as_it_was() {
    struct Thrice(crate::trace::Trace, Option<bool>);
    impl StrategyVisitor for Thrice {
        fn visit<S: Strategy + 'static>(&mut self, strategy: &'static S) {
            let program = Program::compile(&self.0, Reach::of(strategy));
            let mut stage = Stage::default();
            let fresh =
                stage.play(strategy, &program, |allocator, slots| whole(&program, allocator, slots)).unwrap();
            let copied = stage.often(strategy, &program, |boots: &mut Often<'_, '_, S>| {
                for _ in 0..3 {
                    let again = boots.play(|allocator, slots| whole(&program, allocator, slots));
                    assert_eq!(again.unwrap(), fresh, "{}", strategy.name());
                }
                boots.copied_bytes().is_some()
            });
            let copied = copied.unwrap();
            assert!(self.1.is_none_or(|expected| copied == expected), "{}: {copied}", strategy.name());
        }
    }
    // A list of 4,096 doubles in the boot.
    visit_all(&mut Thrice(grown("grow:isolated(4080)"), Some(true)));
    visit_all(&mut Thrice(grown("grow:isolated(900)"), Some(false)));
    visit_all(&mut Thrice(grown("grow:tile(x86_64-6.1-16node-960g,k=2)"), None));
}
