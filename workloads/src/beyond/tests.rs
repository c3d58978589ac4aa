//! The struct pages of drawn machines, and those of kernels that counted them.

use allocators::Nid;

use crate::corpus;
use crate::trace::Trace;

use super::*;

/// A trace of a machine with these lines of memory, zones and reservations.
fn trace(lines: &str) -> Trace {
    let header = "bootalloc-trace 1\nmachine m\nkernel 6.1\narch x86_64\npage-size 4096\nmax-order 10\npageblock-order 9\n\
                  source s\ncaptured c\n";
    format!("{header}{lines}end records=0\n").parse().unwrap()
}

const SECTIONS: Sections = Sections::Of(1 << 27);

/// nid 0, one zone of 1 GiB; sections of 128 MiB
/// |........|--------|--------| … |--------|
/// 0      128M     256M                  1G
/// Expect the first section to be early and, without a page more than a section's worth before it, the second one, too.
#[test]
fn one_section_and_up_to_the_next_are_early() {
    let whole = trace("zone Normal 0x0-0x40000000\nmemory 0x0-0x40000000 nid=0 flags=0x0\n");
    let found = struct_pages(&whole, SECTIONS, Defer::Yes).unwrap();
    assert_eq!((found.early(), found.deferred(), found.holes), (32768, 7 * 32768, 0));
    let found = struct_pages(&whole, SECTIONS, Defer::No).unwrap();
    assert_eq!((found.early(), found.deferred()), (8 * 32768, 0));
}

/// Expect a reservation in deferred memory to be initialised page by page, and a page that it touches in part to count.
#[test]
fn what_is_reserved_in_deferred_memory_is_initialised_one_by_one() {
    let whole = trace(
        "zone Normal 0x0-0x40000000\nmemory 0x0-0x40000000 nid=0 flags=0x0\nreserved 0x1000-0x3000\n\
         reserved 0x30000800-0x30002800\n",
    );
    let found = struct_pages(&whole, SECTIONS, Defer::Yes).unwrap();
    assert_eq!((found.one_by_one, found.reserved_calls), (3, 2));
}

/// Expect lower zones to be initialised whole, and each node to have a section of its own.
#[test]
fn lower_zones_are_never_deferred_and_nodes_have_a_section_each() {
    let two = trace(
        "zone DMA32 0x0-0x20000000\nzone Normal 0x20000000-0x80000000\nmemory 0x0-0x40000000 nid=0 flags=0x0\n\
         memory 0x40000000-0x80000000 nid=1 flags=0x0\n",
    );
    let found = struct_pages(&two, SECTIONS, Defer::Yes).unwrap();
    let parts: Vec<_> =
        found.node_zones.iter().map(|part| (Some(part.nid), part.zone.as_str(), part.early)).collect();
    assert_eq!(
        parts,
        [(Nid::new(0), "DMA32", 4 * 32768), (Nid::new(0), "Normal", 32768), (Nid::new(1), "Normal", 32768)]
    );
    assert_eq!(found.region_visits, 3);
}

/// Expect holes to have struct pages only in sections that have memory.
#[test]
fn holes_of_sections_with_memory_have_struct_pages() {
    let holes = trace(
        "zone Normal 0x0-0x40000000\nmemory 0x100000-0x200000 nid=0 flags=0x0\nmemory 0x20000000-0x20100000 nid=0 \
         flags=0x0\n",
    );
    let found = struct_pages(&holes, SECTIONS, Defer::No).unwrap();
    assert_eq!((found.early(), found.holes), (512, 2 * 32768 - 512));
}

/// Expect a hundred thousand pieces and reservations to take no longer than a walk over each: pieces before and behind a range are
/// not looked at.
#[test]
fn many_pieces_are_not_walked_for_each_range() {
    use std::fmt::Write as _;

    let mut lines = String::from("zone Normal 0x0-0x20000000000\n");
    for n in 0..100_000_u64 {
        let start = n << 24;
        writeln!(lines, "memory {start:#x}-{:#x} nid=0 flags=0x0", start + 0x80_0000).unwrap();
    }
    for n in 0..100_000_u64 {
        let start = n << 24;
        writeln!(lines, "reserved {start:#x}-{:#x}", start + 0x1000).unwrap();
    }
    let found = struct_pages(&trace(&lines), SECTIONS, Defer::Yes).unwrap();
    // Without holes, as many pages as there are reservations in what is deferred.
    assert_eq!(found.early() + found.deferred(), 100_000 * 2048);
    assert!(found.one_by_one > 99_900 && found.one_by_one < 100_000, "{}", found.one_by_one);
}

#[test]
fn bytes_of_pages_that_are_reserved_in_part_are_lost() {
    let part = trace("memory 0x0-0x10000 nid=0 flags=0x0\nreserved 0x1800-0x2400\nreserved 0x5000-0x6000\n");
    assert_eq!(lost_bytes(&part), 0x800 + 0xc00);
}

#[test]
fn the_most_regions_are_noted_with_the_room() {
    let some = trace("memory 0x0-0x10000 nid=0 flags=0x0\nreserved 0x1000-0x2000\nreserved 0x3000-0x4000\n");
    let [memory, reserved] = head_room(&some);
    assert_eq!((memory.most, reserved.most, reserved.room, reserved.left()), (1, 2, 128, 126));
    assert!(!reserved.is_tight());
    assert!(HeadRoom { most: 103, ..reserved }.is_tight());
}

/// The kernel's own count: calls of the function that initialises one struct page, in each counted boot that names it.
///
/// The counted boot has another command line than the recorded one, copies of which are allocated: it may share out pages
/// among them a little otherwise.
#[test]
fn struct_pages_are_those_that_the_kernels_initialised() {
    let mut exact = 0;
    for name in corpus::names() {
        let Some(Ok(cost)) = corpus::cost(name) else { continue };
        let one = cost.functions.iter().filter(|function| function.name.starts_with("__init_single_page"));
        let calls: u64 = one.map(|function| function.calls).sum();
        let trace = corpus::trace(name).unwrap().unwrap();
        let header = &trace.header;
        let sections = Sections::usual(&header.arch, header.page_size.bytes());
        let (Some(sections), true) = (sections, calls > 0) else { continue };
        let Some(found) = struct_pages(&trace, sections, Defer::usual(&header.arch)) else { continue };
        assert!(
            calls.abs_diff(found.calls()) <= 8,
            "{name}: the kernel made {calls} calls, not {}",
            found.calls()
        );
        exact += u64::from(calls == found.calls());
    }
    assert!(exact >= 12, "only {exact} boots are exact");
}
