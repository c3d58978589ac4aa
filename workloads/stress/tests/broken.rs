//! Strategies that are broken on purpose are found out, and what is told of them is short.

use allocators::memblock::{Memblock, MemblockAllocator};
use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, ChangeError, Exclusive,
    FreeError, MapChange, MemoryMap, Metadata, Nid, NodeSet, PageCount, PhysAddr, ReleaseError, ReserveError,
    Setting, Strategy,
};
use stress::{BuiltIn, Failure, Hunt, Kind, Rules, Scenario, built_in, shrink};
use workloads::trace::Trace;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    /// Nothing.
    None,
    /// Limits are one page too high.
    Limit,
    /// A free of more than a page leaves its last byte reserved.
    Free,
    /// An allocation of nine pages panics.
    Panics,
}

/// memblock with a defect.
struct Broken(Defect);

struct BrokenAllocator<'m>(MemblockAllocator<'m>, Defect);

impl Strategy for Broken {
    type Allocator<'m> = BrokenAllocator<'m>;

    fn name(&self) -> &'static str {
        "broken"
    }

    fn summary(&self) -> &'static str {
        "memblock with a defect"
    }

    fn metadata_words(&self, map: &MemoryMap<'_>) -> usize {
        Memblock.metadata_words(map)
    }

    fn reaches_outside_memory(&self) -> bool {
        true
    }

    fn build<'m>(
        &'m self,
        map: MemoryMap<'m>,
        metadata: Metadata<'m>,
    ) -> Result<Self::Allocator<'m>, BuildError> {
        Memblock.build(map, metadata).map(|inner| BrokenAllocator(inner, self.0))
    }
}

impl BootAllocator for BrokenAllocator<'_> {
    fn reserve(&mut self, range: AddrRange, exclusive: Exclusive) -> Result<(), ReserveError> {
        self.0.reserve(range, exclusive)
    }

    fn free(&mut self, range: AddrRange) -> Result<(), FreeError> {
        let less = u64::from(self.1 == Defect::Free && range.size() > 0x1000);
        self.0.free(AddrRange::clamped(range.start(), PhysAddr(range.end().0 - less)))
    }

    fn alloc(&mut self, request: &AllocRequest) -> Result<PhysAddr, AllocError> {
        assert!(self.1 != Defect::Panics || request.size <= 0x9000, "more than nine pages");
        let limit = request.limit.map(|limit| match self.1 {
            Defect::Limit => PhysAddr(limit.0.saturating_add(0x1000)),
            _ => limit,
        });
        self.0.alloc(&AllocRequest { limit, ..*request })
    }

    fn change(&mut self, change: MapChange) -> Result<(), ChangeError> {
        self.0.change(change)
    }

    fn set(&mut self, setting: Setting) -> bool {
        self.0.set(setting)
    }

    fn nids(&self) -> &NodeSet {
        self.0.nids()
    }

    fn hand_over(&self, nid: Nid, sink: &mut dyn BlockSink) -> Result<PageCount, ReleaseError> {
        self.0.hand_over(nid, sink)
    }

    fn retire(&mut self, nid: Nid) {
        self.0.retire(nid);
    }

    fn for_each_free(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.0.for_each_free(visit);
    }

    fn for_each_reserved(&self, visit: &mut dyn FnMut(AddrRange)) {
        self.0.for_each_reserved(visit);
    }

    fn metadata_bytes(&self) -> usize {
        self.0.metadata_bytes()
    }
}

/// The first boot of `seed` that fails, after the recorded ones.
fn first_failure(hunt: &mut Hunt<'_>, seed: u64, boots: u64) -> Option<(Scenario, Failure)> {
    let first = hunt.recorded();
    (first..first + boots).find_map(|index| {
        let scenario = hunt.scenario(seed, index);
        let failure = hunt.scenario_fails(&scenario).0?;
        Some((scenario, failure))
    })
}

fn found(defect: Defect, boots: u64) -> Option<(Trace, Failure)> {
    found_with(7, defect, boots)
}

fn found_with(seed: u64, defect: Defect, boots: u64) -> Option<(Trace, Failure)> {
    let head = BuiltIn(Box::leak(Box::new(Broken(defect))));
    let base = built_in("memblock").unwrap();
    let mut hunt = Hunt::new(&head, Some(&*base), Rules { same_answers: true, ..Rules::default() });
    let (scenario, failure) = first_failure(&mut hunt, seed, boots)?;
    let small = shrink(&scenario, 2_000, |scenario| {
        hunt.scenario_fails(scenario).0.is_some_and(|found| found.kind == failure.kind)
    });
    let trace = hunt.trace(&small).unwrap();
    // What is printed is what fails.
    let again: Trace = trace.to_string().parse().unwrap();
    let failure = hunt.trace_fails(&again).0.expect("the shrunk trace fails when it is read back");
    Some((again, failure))
}

#[test]
fn a_sound_strategy_passes() {
    assert_eq!(found(Defect::None, 2_000), None);
}

#[test]
fn a_limit_off_by_a_page_is_found_and_shrunk_to_one_call() {
    let (trace, failure) = found(Defect::Limit, 500).expect("it is found");
    assert_eq!((failure.kind, trace.records.len()), (Kind::Illegal, 1), "{failure:?}\n{trace}");
    assert!(failure.what.contains("above the limit"), "{failure:?}");
}

/// ```text
/// reserve   [~~~~~~~~~~~~~~~~)
/// free      [~~~~~~~~~~~~~~~~)
///           ................|x    the byte that stays reserved
/// ```
/// Expect whichever boot finds it to be shrunk to these two calls where lists are what differs, and to an allocation after
/// them where an answer does: a boot fails in the same way before and after. That an allocation is refused takes memory which
/// lacks but that byte, and a few calls more to fill it.
#[test]
fn a_free_that_forgets_a_byte_is_found_and_shrunk_to_the_calls_that_it_takes() {
    for seed in 1..=12 {
        let (trace, failure) = found_with(seed, Defect::Free, 500).expect("it is found");
        let calls = match failure.kind {
            Kind::Lists => 2,
            Kind::Answer => 3,
            _ => 6,
        };
        assert!(trace.records.len() + trace.reserved.len() <= calls, "seed {seed}: {failure:?}\n{trace}");
    }
}

#[test]
fn a_panic_is_told_with_its_call() {
    let (trace, failure) = found(Defect::Panics, 500).expect("it is found");
    assert_eq!((failure.kind, failure.step, trace.records.len()), (Kind::Stopped, Some(0), 1), "{trace}");
    assert_eq!(failure.what, "more than nine pages");
}

#[test]
fn the_same_boot_is_made_again_from_its_number() {
    let base = built_in("memblock").unwrap();
    let hunt = Hunt::new(&*base, None, Rules::default());
    for index in [hunt.recorded(), hunt.recorded() + 77] {
        assert_eq!(hunt.scenario(3, index), hunt.scenario(3, index));
        assert_ne!(hunt.scenario(3, index), hunt.scenario(4, index));
    }
}
