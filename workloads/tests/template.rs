//! The strategy that `cargo xtask new-strategy` begins with replays every boot.

use workloads::check::check;
use workloads::corpus;
use workloads::replay::{Program, Reach, Stage};

#[path = "../../allocators/template/ledger.rs"]
#[allow(unreachable_pub, reason = "it is written to be a part of the crate of allocators")]
mod template;

#[rustfmt::skip]
use allocators::{
    AddrRange, AllocError, AllocRequest, BlockSink, BootAllocator, BuildError, ChangeError, Exclusive,
    FreeError, Goal, MapChange, MemFlags, MemoryMap, Metadata, Nid, NodeChoice, NodeSet, Order, PageCount,
    Pfn, PhysAddr, ReleaseError, ReserveError, Strategy,
};

/// Expect no wrong answer on any boot, all changes of the map made, and nearly all requests granted: who fills memory from
/// below has little low memory left for those that need it.
#[test]
fn it_replays_every_boot_of_the_corpus() {
    let mut stage = Stage::default();
    for name in corpus::names() {
        let trace = corpus::trace(name).unwrap().unwrap();
        let found =
            check(&template::Ledger, &Program::compile(&trace, Reach::Everywhere), &mut stage).unwrap();
        assert_eq!(found.violations, [], "{name}");
        let outcomes = found.outcomes;
        assert_eq!(outcomes.refused + outcomes.changes_refused, 0, "{name}: {outcomes:?}");
        assert!(outcomes.failed * 20 <= outcomes.allocations, "{name}: {outcomes:?}");
    }
}
