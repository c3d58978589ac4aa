//! What newer kernels note of reservations keeps them apart as in the kernel: each listing of a boot of the corpus is, region
//! by region, what memblock has then.

use allocators::memblock::{Memblock, MemblockAllocator};
use allocators::{MemoryRange, Setting};
use workloads::corpus;
use workloads::replay::{Program, Reach, Stage, Unobserved, run_steps};
use workloads::trace::{Dump, Op, Trace};

/// Whether the recorded kernel notes which reservations are its own.
fn marks(trace: &Trace) -> bool {
    let is_on = |op: &Op| matches!(op, Op::Set(Setting::MarkKernelReservations(true)));
    trace.records.iter().any(|record| is_on(&record.op))
}

/// Until 6.8 an empty list has one empty region.
fn listed(regions: &[MemoryRange]) -> Vec<MemoryRange> {
    regions.iter().copied().filter(|region| !region.range.is_empty()).collect()
}

fn same(name: &str, dump: &Dump, memblock: &MemblockAllocator<'_>) {
    assert_eq!(memblock.memory().collect::<Vec<_>>(), listed(&dump.memory), "{name}: memory");
    assert_eq!(memblock.reserved().collect::<Vec<_>>(), listed(&dump.reserved), "{name}: reserved");
}

#[test]
fn each_listing_of_a_newer_kernel_is_memblocks_state_by_region() {
    let mut listings = 0;
    for name in corpus::names() {
        let trace = corpus::trace(name).unwrap().unwrap();
        if !marks(&trace) {
            continue;
        }
        let program = Program::compile(&trace, Reach::of(&Memblock));
        let played = Stage::default().play(&Memblock, &program, |memblock, slots| {
            let mut from = 0;
            for (index, record) in trace.records.iter().enumerate() {
                let Op::Dump(dump) = &record.op else { continue };
                let to = program.record_of.partition_point(|&record| (record as usize) < index);
                run_steps(&program, from..to, memblock, slots, &mut Unobserved);
                from = to;
                same(name, dump, memblock);
                listings += 1;
            }
        });
        played.unwrap();
    }
    assert!(listings >= 4, "{listings} listings of newer kernels");
}
