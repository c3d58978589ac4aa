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

/// The machine of a public report, 1 TiB in three nodes, whose last one has two regions:
/// ```text
/// nid  0                        1               2
///      |..|####|----------------|---------------|--------------| hole |------|
///      0  1M   3G  4G        344G            684G          1012G  1024G   1037G
/// ```
/// Booting it took two seconds longer with 5.8. Expect 5.8 to initialise the whole first region of node 2 early, 82 GiB of pages
/// more than before and after, and as many fewer to be deferred; the other nodes end with a region, and are as before.
#[test]
fn a_machine_that_booted_two_seconds_slower_with_5_8() {
    let whole = trace(
        "zone DMA 0x1000-0x1000000\nzone DMA32 0x1000000-0x100000000\nzone Normal 0x100000000-0x10340000000\n\
         memory 0x1000-0x9f000 nid=0 flags=0x0\nmemory 0x100000-0xbfee0000 nid=0 flags=0x0\n\
         memory 0x100000000-0x5600000000 nid=0 flags=0x0\nmemory 0x5600000000-0xab00000000 nid=1 flags=0x0\n\
         memory 0xab00000000-0xfd00000000 nid=2 flags=0x0\nmemory 0x10000000000-0x10340000000 nid=2 flags=0x0\n",
    );
    let of = |defer| {
        let found = struct_pages(&whole, SECTIONS, defer).unwrap();
        let normal = found.node_zones.iter().filter(|part| part.zone == "Normal");
        (normal.map(|part| part.early).collect::<Vec<_>>(), found.early(), found.deferred())
    };
    let region = (0xfd_0000_0000_u64 - 0xab_0000_0000) >> 12;
    let (by_zone, early, deferred) = of(Defer::Yes);
    assert_eq!(by_zone, [32768; 3]);
    let (by_region, more, fewer) = of(Defer::ByRegion);
    assert_eq!(by_region, [32768, 32768, region + 32768]);
    assert_eq!((more - early, deferred - fewer), (region, region));
    // The kernel's release says which of them it was.
    let as_of = |release: &str| {
        let text = whole.to_string().replace("kernel 6.1", &format!("kernel {release}"));
        Defer::usual(&text.parse::<Trace>().unwrap().header)
    };
    let of_releases = ["5.7.0", "5.8.0-3-amd64", "5.9.15", "5.10.0-32-amd64", "6.1"].map(as_of);
    assert_eq!(of_releases, [Defer::Yes, Defer::ByRegion, Defer::ByRegion, Defer::Yes, Defer::Yes]);
}

/// The kernel's own line: `Memory: 200688K/261624K available` holds the pages of all nodes, each of which has a struct page that is
/// early or deferred. Expect both to be the same on every boot whose log has the line and names the zones.
#[test]
fn struct_pages_are_as_many_as_the_kernel_says_that_it_has() {
    let (mut held, mut differ) = (0, Vec::new());
    for name in corpus::names() {
        let trace = corpus::trace(name).unwrap().unwrap();
        let header = &trace.header;
        let page = header.page_size.bytes();
        let (Some(said), Some(sections)) = (trace.said, Sections::usual(&header.arch, page)) else {
            continue;
        };
        let Some(found) = struct_pages(&trace, sections, Defer::usual(header)) else { continue };
        held += 1;
        let (ours, kernels) = (found.early() + found.deferred(), said.physical_kib * 1024 / page);
        if ours != kernels {
            differ.push(format!("{name}: {ours} of {kernels}"));
        }
    }
    assert!(held >= 50, "only {held} boots have both");
    assert_eq!(differ, [] as [String; 0], "of {held}");
}

/// The kernel's own line: `node 0 deferred pages initialised in 40ms`, and none of another node. Expect the one node of that boot to
/// have deferred ones, and a kernel that does not defer to have none.
#[test]
fn nodes_defer_that_the_kernel_says_to_have_deferred() {
    let trace = corpus::trace("x86_64-linux-6.12-efi-4g").unwrap().unwrap();
    let found = struct_pages(&trace, SECTIONS, Defer::usual(&trace.header)).unwrap();
    let nodes: Vec<_> =
        found.node_zones.iter().filter(|part| part.deferred > 0).map(|part| part.nid).collect();
    assert_eq!(nodes, [Nid::new(0).unwrap()]);
    assert_eq!(struct_pages(&trace, SECTIONS, Defer::No).unwrap().deferred(), 0);
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
    let found = lost(&part);
    assert_eq!((found.parts, found.unknown), (0x800 + 0xc00, 0xc00 + 0x1000));
    assert_eq!(found.parts_by_caller, [(None, 0x800 + 0xc00)]);
    assert_eq!(found.longest_unknown.map(|range| (range.start().0, range.end().0)), Some((0x5000, 0x6000)));
}

/// ```text
/// page 0     1     2     3
///      |....aaaa|bb..|....|cc|…      a: by one caller, freed in part; b, c: by another; free in between
/// ```
/// Expect free bytes beside somebody's to be theirs, what they freed to be nobody's, and nothing of theirs to be unknown.
#[test]
fn what_is_lost_is_told_by_caller() {
    let header = "bootalloc-trace 1\nmachine m\nkernel 6.1\narch x86_64\npage-size 4096\nmax-order 10\npageblock-order 9\n\
                  source s\ncaptured c\n";
    let lines = "memory 0x0-0x10000 nid=none flags=0x0\nreserved 0x8000-0x9000\n1 reserve 0x1800-0x2000 by one+0x1/0x2\n\
                 2 reserve 0x2000-0x2400 by other+0x5/0x9\n3 reserve 0x4000-0x5000 by one+0x1/0x2\n\
                 4 free 0x4800-0x5000 by one+0x2/0x2\nend records=4\n";
    let trace: Trace = format!("{header}{lines}").parse().unwrap();
    let found = lost(&trace);
    let by = |name: &str, bytes| (Some(name.to_owned()), bytes);
    assert_eq!(found.parts_by_caller, [by("one", 0x800 + 0x800), by("other", 0xc00)]);
    assert_eq!((found.parts, found.unknown), (0x1c00, 0x1000));
    let range =
        |start, end| allocators::AddrRange::clamped(allocators::PhysAddr(start), allocators::PhysAddr(end));
    // A bitmap has no part of a page.
    assert_eq!(lost_parts_with(&trace, &[range(0x1000, 0x3000), range(0x8000, 0x9000)]), 0);
    assert_eq!(lost_parts_with(&trace, &[range(0x1800, 0x2400)]), 0x800 + 0xc00);
}

/// Expect what is marked as not to be initialised to be left out where struct pages are deferred, and a reservation that is marked
/// in part to be two.
#[test]
fn what_is_marked_is_never_initialised() {
    let whole = trace("zone Normal 0x0-0x40000000\nmemory 0x0-0x40000000 nid=0 flags=0x0\n");
    let newer: Trace = whole.to_string().replace("kernel 6.1", "kernel 6.12").parse().unwrap();
    let range =
        |start, end| allocators::AddrRange::clamped(allocators::PhysAddr(start), allocators::PhysAddr(end));
    let reserved = [range(0x3000_0000, 0x3000_8000)];
    let of = |trace: &Trace, noinit: &[allocators::AddrRange]| {
        let found = struct_pages_with(trace, &reserved, noinit, SECTIONS, Defer::Yes).unwrap();
        (found.one_by_one, found.never, found.reserved_calls)
    };
    assert_eq!(of(&newer, &[]), (8, 0, 1));
    assert_eq!(of(&newer, &[range(0x3000_2000, 0x3000_8000)]), (2, 6, 1));
    assert_eq!(of(&newer, &[range(0x3000_2000, 0x3000_4000)]), (6, 2, 2));
    // 6.1 knows no such mark.
    assert_eq!(of(&whole, &[range(0x3000_2000, 0x3000_8000)]), (8, 0, 2));
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
        let Some(found) = struct_pages(&trace, sections, Defer::usual(header)) else { continue };
        assert!(
            calls.abs_diff(found.calls()) <= 8,
            "{name}: the kernel made {calls} calls, not {}",
            found.calls()
        );
        exact += u64::from(calls == found.calls());
    }
    assert!(exact >= 12, "only {exact} boots are exact");
}
