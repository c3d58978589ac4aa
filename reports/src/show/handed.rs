//! What a kernel was handed over by another one.

use allocators::{MapChange, MemFlags, Setting};
use workloads::trace::{Op, Trace};

use crate::units::{bytes, plural};

/// A sentence about it, unless the kernel was started by a boot loader or told nothing.
pub(super) fn handed(trace: &Trace) -> Option<String> {
    let is_on = |op: &Op| matches!(op, Op::Set(Setting::KhoScratchOnly(true)));
    if !trace.records.iter().any(|record| is_on(&record.op)) {
        return None;
    }
    let scratch = trace.memory.iter().filter(|piece| piece.memory.flags.has(MemFlags::KHO_SCRATCH));
    let (areas, scratch) =
        scratch.fold((0, 0), |(areas, sum), piece| (areas + 1, sum + piece.memory.range.size()));
    // Each is reserved, and its page descriptors are left to whoever claims it.
    let preserved = trace.records.windows(2).filter_map(|pair| match [&pair[0].op, &pair[1].op] {
        [Op::Reserve(range), Op::Change(MapChange::SetFlags(noted, MemFlags::RSRV_NOINIT))]
            if noted == range =>
        {
            Some(range.size())
        }
        _ => None,
    });
    let (folios, kept) = preserved.fold((0_usize, 0), |(folios, sum), size| (folios + 1, sum + size));
    Some(format!(
        "Another kernel handed over to this one, which takes memory from scratch alone, at first {} in {}. Preserved for it \
         were {} ({}), which it learnt of and reserved one by one.",
        bytes(scratch),
        plural(areas, "area"),
        plural(folios, "folio"),
        bytes(kept),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_kernel_that_was_handed_over_to_has_the_sentence() {
        let trace = |on: &str| -> Trace {
            let text = format!(
                "bootalloc-trace 1\nmachine m\nkernel 7.3\narch x86_64\npage-size 4096\nmax-order 10\npageblock-order 9\n\
                 source s\ncaptured c\nmemory 0x100000-0x300000 nid=0 flags=0x40\nmemory 0x300000-0x800000 nid=0 flags=0x0\n\
                 1 kho-scratch-only {on}\n2 reserve 0x400000-0x404000\n3 set-flags 0x400000-0x404000 flags=0x10\n\
                 4 reserve 0x500000-0x501000\nend records=4\n"
            );
            text.parse().unwrap()
        };
        assert_eq!(handed(&trace("off")), None);
        let said = handed(&trace("on")).unwrap();
        assert!(said.contains("at first 2 MiB in 1 area. Preserved for it were 1 folio (16 KiB)"), "{said}");
    }
}
