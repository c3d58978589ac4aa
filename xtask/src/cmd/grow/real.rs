//! Where recorded boots lie among those that are grown.

use allocators::BootAllocator;
use allocators::memblock::Memblock;
use anyhow::Context as _;
use reports::growth::Real;
use workloads::corpus;
use workloads::replay::{Program, Reach, Stage, Unobserved, run};
use workloads::trace::{Machine, Trace};

/// What the recorded boots of the corpus have of what is grown.
pub(super) fn real() -> anyhow::Result<Real> {
    let mut stage = Stage::default();
    let mut real = Real::default();
    for name in corpus::names() {
        let Some(trace) = corpus::trace(name) else { continue };
        let trace: Trace = trace.with_context(|| format!("the built-in trace {name}"))?;
        let machine = Machine::of(&trace);
        let bytes: u64 = machine.nodes.iter().map(|piece| piece.range.size()).sum();
        let nodes = machine.map().map_or(1, |map| map.nids().iter().count() as u64);
        take(&mut real.nodes, nodes);
        take(&mut real.ranges, machine.nodes.len() as u64);
        take(&mut real.memory_gib, (bytes >> 30).max(1));
        let program = Program::compile(&trace, Reach::Everywhere);
        let reserved = stage.play(&Memblock, &program, |allocator, slots| {
            run(&program, allocator, slots, &mut Unobserved);
            let mut count = 0;
            allocator.for_each_reserved(&mut |_| count += 1);
            count
        });
        take(&mut real.regions, reserved.with_context(|| format!("the built-in trace {name}"))?);
    }
    Ok(real)
}

fn take(range: &mut Option<(u64, u64)>, value: u64) {
    let (low, high) = range.unwrap_or((value, value));
    *range = Some((low.min(value), high.max(value)));
}
