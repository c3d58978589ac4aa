//! Writing then reading gives the same trace; every damage is refused at its line and column.

use allocators::PageSize;

use super::{ReadErrorKind, Trace};

const SMALL: &str = "\
bootalloc-trace 1
machine QEMU Standard PC, 2 nodes
kernel 6.1.0-56-amd64
arch x86_64
page-size 4096
max-order 10
pageblock-order 9
command-line memblock=debug console=ttyS0
source two-nodes.log
captured by hand, for this test
note nothing is missing
zone DMA 0x1000-0x1000000
memoryless-node 2
memory 0x1000-0x9f000 nid=0 flags=0x0
memory 0x100000-0x8000000 nid=none flags=0x2 inferred=dump
reserved 0x200000-0x400000 inferred=dump
1 bottom-up on inferred=command-line
2 current-limit 0x100000 inferred=arch
3 reserve 0xf5b10-0xf5b20 by smp_scan_config+0xa7/0xff
4 alloc size=28672 align=0x1000 min=0x0 limit=0x100000 -> 0x98000 by reserve_real_mode+0x50/0x89
5 set-node 0x0-0x8000000 nid=1 inferred=nodes
6 alloc size=64 align=0x40 goal=0x1000000 exact-node=1 -> failed fitted=limit
7 free 0x98000-0x99000 by free_it+0x1/0x2 [mod]
8 doubled reserved regions=256 -> 0x7000-0x8800
9 dump memory=1 reserved=1
  memory 0x1000-0x9f000 nid=0 flags=0x0
  reserved 0x200000-0x400000 nid=none flags=0x20
10 add 0x8000000-0x9000000 nid=0 flags=0x1
11 remove 0x8000000-0x9000000
12 set-flags 0x8000000-0x9000000 flags=0x4
13 clear-flags 0x8000000-0x9000000 flags=0x4
14 current-limit none
15 allow-resize off
16 movable-node on
17 mark-kernel-reservations on
18 kho-scratch-only off
said physical=2096632K reserved=92544K cma=0K at=94500us
end records=18
";

fn read(text: &str) -> Result<Trace, super::ReadError> {
    text.parse()
}

#[test]
fn writing_gives_back_what_was_read() {
    let trace = read(SMALL).unwrap();
    assert_eq!(trace.to_string(), SMALL);
    assert_eq!(trace.records.len(), 18);
    assert_eq!(trace.said.unwrap().released_pages(PageSize::KIB_4), Some((2_096_632 - 92_544) / 4));
}

#[test]
fn a_trace_that_is_cut_anywhere_is_refused() {
    for end in 0..SMALL.len() {
        let error = read(&SMALL[..end]).expect_err("a part was taken for the whole");
        assert!(error.line <= SMALL[..end].lines().count() + 1, "{end}: {error}");
    }
}

#[test]
fn a_newer_version_is_refused_by_name() {
    let error = read(&SMALL.replace("bootalloc-trace 1", "bootalloc-trace 2")).unwrap_err();
    assert_eq!(error.kind, ReadErrorKind::Version { found: 2, known: 1 });
    assert!(error.to_string().starts_with("line 1, column 1: the trace is of format version 2"), "{error}");
}

#[test]
fn every_damage_is_named_with_its_line_and_column() {
    let cases = [
        ("page-size 4096", "page-size 4097", 5, 11, "not a power of two"),
        ("0x1000-0x9f000 nid=0", "0x9f000-0x1000 nid=0", 14, 8, "ends before it begins"),
        ("align=0x1000", "align=1000", 20, 26, "expected `0x`"),
        ("size=28672", "size=028672", 20, 14, "shortest form"),
        ("by reserve", "bye reserve", 20, 66, "expected the end of the line"),
        ("3 reserve", "4 reserve", 19, 1, "record 4 stands where record 3 belongs"),
        ("3 reserve", "3 resrve", 19, 3, "expected one of reserve, free"),
        ("inferred=arch", "inferred=guess", 18, 35, "expected one of dump, nodes"),
        ("nid=1 inferred", "nid=1024 inferred", 21, 30, "node 1024 is not below 1024"),
        ("flags=0x20", "flags=0x100000000", 27, 45, "does not fit"),
        ("dump memory=1", "dump memory=2", 27, 1, "expected `  memory`"),
        ("records=18", "records=19", 38, 1, "speaks of 19 records, 18 were found"),
        ("-> failed", "-> 0x10000000000000000", 22, 61, "does not fit into 64 bits"),
        ("goal=0x1000000", "goal=0x0", 22, 36, "a goal above 0x0"),
        ("source two-nodes.log", "source ", 9, 8, "a text"),
        ("0x100000-0x8000000 nid=none", "0x9e000-0x8000000 nid=none", 16, 1, "begins before"),
    ];
    for (from, to, line, column, says) in cases {
        assert!(SMALL.contains(from), "{from}");
        let error = read(&SMALL.replacen(from, to, 1)).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{from} -> {to}: {error}");
        assert!(error.to_string().contains(says), "{from} -> {to}: {error}");
    }
}

#[test]
fn nothing_may_follow_the_end() {
    let error = read(&format!("{SMALL}# more\n")).unwrap_err();
    assert_eq!((error.line, error.column), (39, 1), "{error}");
}

#[test]
fn records_know_their_lines() {
    let trace = read(SMALL).unwrap();
    for (index, line) in trace.record_lines().into_iter().enumerate() {
        let text = SMALL.lines().nth(line - 1).unwrap();
        assert!(text.starts_with(&format!("{} ", index + 1)), "{index}: {text}");
    }
    assert!(SMALL.lines().nth(trace.said_line() - 1).unwrap().starts_with("said "));
}

/// Expect a machine of more memory than there is anywhere to be refused, however it came by it: its replay would not end.
#[test]
fn absurd_machines_are_refused_at_their_line() {
    let endless = |text: &str| text.parse::<Trace>().unwrap_err();
    let at_start = endless(&SMALL.replace("memory 0x100000-0x8000000", "memory 0x100000-0xfffffffffffff000"));
    let too_much = matches!(at_start.kind, ReadErrorKind::TooMuchMemory(_));
    assert_eq!((at_start.line, at_start.column, too_much), (15, 8, true), "{at_start}");
    let added = endless(&SMALL.replace("10 add 0x8000000-0x9000000", "10 add 0x8000000-0xffffffffffffffff"));
    assert_eq!((added.line, matches!(added.kind, ReadErrorKind::TooMuchMemory(_))), (28, true), "{added}");
    // A little memory where there can be none.
    let far =
        endless(&SMALL.replace("10 add 0x8000000-0x9000000", "10 add 0x8000000000000000-0x8000000000001000"));
    assert_eq!((far.line, matches!(far.kind, ReadErrorKind::Unaddressable(_))), (28, true), "{far}");
    let last = SMALL.replace("10 add 0x8000000-0x9000000", "10 add 0xfffffffffff000-0x100000000000000");
    assert!(last != SMALL && last.parse::<Trace>().is_ok(), "56 bits are enough");
}

#[test]
fn lines_of_another_system_are_named() {
    let error = SMALL.replace('\n', "\r\n").parse::<Trace>().unwrap_err();
    assert_eq!((error.line, error.column, error.kind), (1, 18, ReadErrorKind::CarriageReturn));
}
