//! A recorded boot's requests on another machine.

use std::collections::BTreeMap;

use workloads::corpus;
use workloads::machine::on::{Names, OnError, on};
use workloads::machine::{Hardware, Kept, Memory, Said};
use workloads::trace::{Machine, Op, Trace};

use allocators::{AddrRange, MemFlags, Nid, NodeChoice, PhysAddr};

fn boot(name: &str) -> Trace {
    corpus::trace(name).unwrap().unwrap()
}

fn range(start: u64, end: u64) -> AddrRange {
    AddrRange::clamped(PhysAddr(start), PhysAddr(end))
}

fn said() -> Said {
    Said { source: 0, line: None, what: "drawn".into() }
}

/// A machine of these pieces: first byte, first byte after, node.
fn hardware(pieces: &[(u64, u64, u32)]) -> Hardware {
    let piece = |&(start, end, nid): &(u64, u64, u32)| Memory {
        range: range(start, end),
        nid: Nid::new(nid),
        flags: MemFlags::NONE,
        said: said(),
    };
    Hardware {
        name: "drawn".into(),
        arch: None,
        page: None,
        sources: vec!["a drawing".into()],
        notes: Vec::new(),
        memoryless_nodes: Vec::new(),
        memory: pieces.iter().map(piece).collect(),
        reserved: Vec::new(),
        unusable: Vec::new(),
    }
}

fn made(hardware: &Hardware, boot: &Trace) -> Result<Trace, OnError> {
    on(hardware, boot, Names { recipe: "machine:drawn(boot)", boot: "a boot" })
}

/// How many requests of which size each function makes.
fn requests(trace: &Trace) -> BTreeMap<(String, u64), usize> {
    let mut count = BTreeMap::new();
    for record in &trace.records {
        if let Op::Alloc(request, _) = &record.op {
            let function = record
                .caller
                .as_deref()
                .unwrap_or("-")
                .split(['+', '.'])
                .next()
                .unwrap_or_default()
                .to_owned();
            *count.entry((function, request.size)).or_default() += 1;
        }
    }
    count
}

const GIB: u64 = 1 << 30;

/// Expect every boot of the corpus to ask on its own machine for what it asked for: each rule leaves what fits already.
#[test]
fn a_boot_on_its_own_machine_is_what_it_was() {
    for name in corpus::names() {
        let boot = boot(name);
        let own = Machine::of(&boot);
        let mut hardware = hardware(&[]);
        hardware.memoryless_nodes.clone_from(&own.memoryless_nodes);
        hardware.memory = own
            .nodes
            .iter()
            .map(|piece| Memory { range: piece.range, nid: piece.nid, flags: piece.flags, said: said() })
            .collect();
        let trace = made(&hardware, &boot).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (before, after) = (requests(&boot), requests(&trace));
        for (key, count) in &before {
            // The answer to a request that is not in the log stands as a reservation there, and as a request here.
            let now = after.get(key).copied().unwrap_or_default();
            assert!(
                now == *count || key.0 == "memblock_alloc_range_nid" && now > *count,
                "{name}: {key:?} {count} -> {now}"
            );
        }
        for ((function, size), count) in &after {
            let known = before.contains_key(&(function.clone(), *size));
            assert!(
                known || function == "memblock_alloc_range_nid",
                "{name}: {function} {size} {count} is new"
            );
        }
        assert_eq!(trace.to_string().parse::<Trace>().as_ref(), Ok(&trace), "{name}");
        assert_eq!(trace.recipe(), Some("machine:drawn(boot)"), "{name}");
    }
}

/// ```text
/// recorded  |0: 2 GiB|1|2|3|4|5|6|7|      8 nodes
/// here      |-- 0: 32 GiB --|-- 8: 32 GiB --|
/// ```
/// Expect struct pages of 16 times the size on each of the two nodes, and what is kept of a node twice.
#[test]
fn nodes_ask_for_what_their_memory_needs() {
    let boot = boot("x86_64-6.1-8node-64cpu-16g");
    let machine = hardware(&[(0x1000, 0xa_0000, 0), (1 << 20, 32 * GIB, 0), (32 * GIB, 64 * GIB, 8)]);
    let trace = made(&machine, &boot).unwrap();
    let exact: Vec<(u64, NodeChoice)> = trace
        .allocations()
        .filter(|(request, _)| matches!(request.node, NodeChoice::Exact(_)))
        .map(|(request, _)| (request.size, request.node))
        .collect();
    let on = |nid| NodeChoice::Exact(Nid::new(nid).unwrap());
    assert_eq!(exact, [(16 * (32 << 20), on(0)), (16 * (32 << 20), on(8))]);
    let requests = requests(&trace);
    // Three page tables of struct pages, of which each maps those of 64 GiB: as before.
    assert_eq!(requests[&("vmemmap_alloc_block_zero".into(), 4096)], 3);
    // Four roots of 16 GiB each.
    assert_eq!(requests[&("sparse_index_alloc".into(), 4096)], 4);
    assert_eq!(requests[&("memblock_alloc_range_nid".into(), 176_128)], 2);
    assert_eq!(requests[&("pcpu_fc_alloc".into(), 2 << 20)], 2);
    assert!(
        trace.header.notes.iter().any(|note| note.contains("sparse_init_nid") && note.contains("sections"))
    );
    assert!(trace.header.machine.starts_with("made: "));
}

/// Expect a node without memory to get what a kernel keeps of a node, and nothing else.
#[test]
fn a_node_without_memory_gets_its_data_elsewhere() {
    let mut machine = hardware(&[(0x1000, 0xa_0000, 0), (1 << 20, 4 * GIB, 0)]);
    machine.memoryless_nodes = vec![Nid::new(8).unwrap()];
    let trace = made(&machine, &boot("x86_64-6.1-256m")).unwrap();
    let on_it: Vec<u64> = trace
        .allocations()
        .filter(|(request, _)| request.node.nid() == Nid::new(8))
        .map(|(request, _)| request.size)
        .collect();
    assert_eq!(on_it, [176_128]);
    assert_eq!(trace.memoryless_nodes, machine.memoryless_nodes);
}

/// Expect a made boot, in which nobody is named, to be made with its own requests.
#[test]
fn a_grown_boot_is_made_too() {
    let boot = "grow:isolated(20)".parse::<workloads::grow::Recipe>().unwrap().trace().unwrap();
    let trace = made(&hardware(&[(0x1000, 8 * GIB, 0)]), &boot).unwrap();
    assert_eq!(requests(&trace), requests(&boot));
}

/// Expect what firmware keeps of this machine to be reserved, and nothing that the recorded machine's firmware kept.
#[test]
fn firmware_is_the_machines() {
    let mut machine = hardware(&[(0x1000, 0xa_0000, 0), (1 << 20, 4 * GIB, 0)]);
    machine.reserved = vec![Kept { range: range(0x7000_0000, 0x7010_0000), said: said() }];
    let trace = made(&machine, &boot("x86_64-6.1-256m")).unwrap();
    let at_start: Vec<AddrRange> = trace.reserved.iter().map(|start| start.range).collect();
    assert!(at_start.contains(&range(0x7000_0000, 0x7010_0000)), "{at_start:?}");
    let by_acpi = |record: &workloads::trace::Record| {
        record.caller.as_deref().is_some_and(|caller| caller.starts_with("acpi_reserve"))
    };
    assert!(!trace.records.iter().any(by_acpi));
}

/// Expect a machine without low memory to get no limit there, and a kernel's image to move with the beginning of memory.
#[test]
fn memory_that_begins_elsewhere_moves_what_counts_from_there() {
    let trace = made(&hardware(&[(8 * GIB, 10 * GIB, 0)]), &boot("arm64-6.1-4node-8g")).unwrap();
    for (request, _) in trace.allocations() {
        assert!(request.limit.is_none_or(|limit| limit.0 > 8 * GIB), "{request:?}");
    }
    assert!(trace.header.notes.iter().any(|note| note.contains("below all memory")));
}

#[test]
fn a_machine_that_is_too_small_is_told_by_the_request_that_does_not_fit() {
    let boot = boot("x86_64-6.1-256m");
    let told = |top: u64| {
        let machine = hardware(&[(0x1000, 0xa_0000, 0), (1 << 20, top << 20, 0)]);
        made(&machine, &boot).err().map_or_else(String::new, |error| error.to_string())
    };
    // The image alone has 52 MiB.
    assert!(told(50).contains("drawn is too small") && told(50).contains("find no room"), "{}", told(50));
    assert!(told(57).contains("too small") && told(57).contains("record "), "{}", told(57));
    assert_eq!(told(256), "");
    let told = made(&hardware(&[(0x100, 0x800, 0)]), &boot).err().unwrap().to_string();
    assert!(told.contains("no whole page"), "{told}");
}

/// ```text
/// GiB        0             1             2
/// memory     |----0----|---|-1---|-2-|          no GiB is whole
/// ```
/// Expect huge pages of 1 GiB to be left out, with a note that says so, and all else to be asked for.
#[test]
fn what_a_kernel_does_without_is_left_out_where_it_finds_no_room() {
    let boot = boot("x86_64-7.3-uefi-4node-8g");
    let huge = |trace: &Trace| requests(trace).get(&("alloc_bootmem_huge_page".into(), GIB)).copied();
    assert_eq!(huge(&boot), Some(2));
    let machine = hardware(&[
        (0x1000, 0xa_0000, 0),
        (1 << 20, 0x3000_0000, 0),
        (0x3000_0000, 0x6000_0000, 1),
        (0x6000_0000, 0x7000_0000, 2),
    ]);
    let trace = made(&machine, &boot).unwrap();
    assert_eq!(huge(&trace), None);
    let says = "requests of alloc_bootmem_huge_page find no room, and are left out, as a kernel goes on without them: 2";
    assert!(trace.header.notes.iter().any(|note| note.contains(says)), "{:?}", trace.header.notes);
    assert!(requests(&trace).contains_key(&("reserve_crashkernel_generic".into(), 256 << 20)));
}

/// Expect pages of 64 KiB to be whole ones.
#[test]
fn memory_is_cut_to_the_pages_of_the_boot() {
    let trace = made(&hardware(&[(0x1000, 8 * GIB + 0x1234, 0)]), &boot("ppc64el-6.1-2node-4g")).unwrap();
    for piece in &trace.memory {
        let (start, end) = (piece.memory.range.start().0, piece.memory.range.end().0);
        assert!(start % 0x1_0000 == 0 && end % 0x1_0000 == 0, "{:?}", piece.memory);
    }
}
