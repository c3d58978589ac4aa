//! Who broke which pageblocks.

use std::collections::BTreeMap;

use allocators::AddrRange;
use serde::{Deserialize, Serialize};
use workloads::replay::Program;
use workloads::trace::Trace;

use super::layout::{FirstOwner, Track};

/// A caller, and the pageblocks that are neither free nor in use as a whole because of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Breaker {
    /// The function that asked for memory, as the log names it, or what else broke them, in brackets.
    pub caller: String,
    /// How many pageblocks.
    pub blocks: u64,
}

/// Memory that lies where it does, whatever the strategy: the kernel's image, firmware tables.
const FIXED: &str = "[fixed reservations]";
/// A log without callers.
const UNNAMED: &str = "[callers not logged]";
/// Nobody's: the ends of memory, and the strategy's own tables.
const NOBODY: &str = "[edges and the strategy's own]";

/// The pageblocks that hold free memory and other memory, by the first caller to be given any of the rest; most first.
///
/// ```text
/// pfn     0                512              1024
///         +-----xx---------+----------------+xxxxxxx
///               ^ broken     free as a whole  in use as a whole
/// ```
pub(super) fn breakers(trace: &Trace, program: &Program, free: &[AddrRange], owners: &Track) -> Vec<Breaker> {
    let size = program.machine.page.bytes() << trace.header.pageblock_order.0;
    let mut blocks: BTreeMap<String, u64> = BTreeMap::new();
    for block in broken(free, size) {
        let caller = match owners.first_in(block * size..(block + 1) * size) {
            FirstOwner::Nobody => NOBODY.to_owned(),
            FirstOwner::Fixed => FIXED.to_owned(),
            FirstOwner::Step(step) => caller(trace, program, step).unwrap_or(UNNAMED).to_owned(),
        };
        *blocks.entry(caller).or_default() += 1;
    }
    let mut all: Vec<Breaker> =
        blocks.into_iter().map(|(caller, blocks)| Breaker { caller, blocks }).collect();
    // Stable, so that equal ones stay in the order of their names.
    all.sort_by_key(|breaker| std::cmp::Reverse(breaker.blocks));
    all
}

/// The function without which of its calls it was.
fn caller<'t>(trace: &'t Trace, program: &Program, step: usize) -> Option<&'t str> {
    let record = usize::try_from(*program.record_of.get(step)?).ok()?;
    let caller = trace.records.get(record)?.caller.as_deref()?;
    Some(caller.split('+').next().unwrap_or(caller))
}

/// The blocks of `size` bytes of which a part is free, by number, ascending.
fn broken(free: &[AddrRange], size: u64) -> impl Iterator<Item = u64> {
    let mut bytes: BTreeMap<u64, u64> = BTreeMap::new();
    for range in free.iter().filter(|range| !range.is_empty()) {
        let (start, end) = (range.start().0, range.end().0);
        let (first, last) = (start / size, (end - 1) / size);
        // All blocks between these two are free as a whole.
        for block in [first, last].into_iter().take(if first == last { 1 } else { 2 }) {
            let low = start.max(block.saturating_mul(size));
            let high = end.min((block + 1).saturating_mul(size));
            *bytes.entry(block).or_default() += high - low;
        }
    }
    bytes.into_iter().filter(move |&(_, free)| free < size).map(|(block, _)| block)
}

#[cfg(test)]
mod tests {
    use allocators::PhysAddr;

    use super::*;

    /// ```text
    /// block  0        1        2        3        4
    ///        ..xx.... ........ xxxxxxxx xxxxxx.. .x.x.x.x
    /// ```
    /// Expect blocks 0, 3 and 4: neither the free one nor the full one is broken, and one of many holes counts once.
    #[test]
    fn what_is_free_or_in_use_as_a_whole_is_not_broken() {
        let range = |start, end| AddrRange::new(PhysAddr(start), PhysAddr(end)).unwrap();
        let holes = (0..4).map(|at| range(32 + 2 * at, 33 + 2 * at));
        let free: Vec<_> = [range(0, 2), range(4, 16), range(30, 32)].into_iter().chain(holes).collect();
        assert_eq!(broken(&free, 8).collect::<Vec<_>>(), [0, 3, 4]);
    }
}
