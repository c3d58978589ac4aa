//! What cannot be: each gets one error that says where and what to do.

use super::{machine, memory};

/// Expect each text to be refused with all of these words.
#[test]
fn garbage_is_named_with_its_line_and_a_remedy() {
    let table: &[(&str, &str, &[&str])] = &[
        ("nothing", "", &["a map: none of its 0 lines", "/proc/iomem"]),
        ("prose", "hello\nworld\n", &["none of its 2 lines", "dmesg"]),
        (
            "zeros",
            "00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n",
            &["line 1", "sudo cat /proc/iomem"],
        ),
        (
            "backwards",
            "BIOS-e820: [mem 0x0000000000100000-0x000000007fffffff] usable\nBIOS-e820: [mem 0x00000000c0000000-0x0000000080000000] usable\n",
            &["line 2", "before it begins"],
        ),
        (
            "above 2^52",
            "BIOS-e820: [mem 0x0000000000100000-0x001fffffffffffff] usable\n",
            &["line 1", "physical addresses of every machine end"],
        ),
        (
            "more than any machine",
            "BIOS-e820: [mem 0x0000000000100000-0x0008ffffffffffff] usable\n",
            &["TiB of memory, more than any machine"],
        ),
        (
            "all reserved",
            "BIOS-e820: [mem 0x0000000000100000-0x000000007fffffff] reserved\n",
            &["no range in it is usable"],
        ),
        (
            "nodes alone",
            "ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x7fffffff]\n",
            &["which addresses are on which node", "E820"],
        ),
        (
            "a damaged line",
            "BIOS-e820: [mem 0x00000000zz100000-0x000000007fffffff] usable\n",
            &["line 1", "makes no sense"],
        ),
        (
            "two nodes",
            "BIOS-e820: [mem 0x0000000000000000-0x000000007fffffff] usable\nSRAT: Node 0 PXM 0 [mem 0x00000000-0x3fffffff]\n\
             SRAT: Node 1 PXM 1 [mem 0x20000000-0x7fffffff]\n",
            &["line 3", "on node 0 and on node 1"],
        ),
        (
            "a node beyond all",
            "BIOS-e820: [mem 0x0000000000000000-0x000000007fffffff] usable\nSRAT: Node 5000 PXM 0 [mem 0x00000000-0x3fffffff]\n",
            &["line 2", "no node has the number 5000"],
        ),
        (
            "a tree that is no tree",
            "/dts-v1/;\n/ {\n  memory@0 { reg = <0 0; };\n};\n",
            &["line 3", "is missing"],
        ),
        ("a comment without end", "/dts-v1/;\n/ { }; /* never\n", &["line 2", "comment"]),
        (
            "a number from elsewhere",
            "/dts-v1/;\n/ { #address-cells = <1>; #size-cells = <1>;\n memory@0 { reg = <BASE 0x1000>; }; };\n",
            &["line 3", "`BASE`", ".dtb"],
        ),
        (
            "cells that do not fit",
            "/dts-v1/;\n/ { #address-cells = <2>; #size-cells = <2>;\n memory@0 { reg = <0 0x1000>; }; };\n",
            &["line 3", "#address-cells"],
        ),
        (
            "filled in by the boot loader",
            "/dts-v1/;\n/ { #address-cells = <1>; #size-cells = <1>;\n memory@0 { device_type = \"memory\"; reg = <0 0>; }; };\n",
            &["no memory in it", "size 0", "/sys/firmware/fdt"],
        ),
        ("packed elsewhere", "Rar!\x1a", &["RAR", "unrar"]),
    ];
    for (what, text, words) in table {
        let told = machine(text).expect_err(what).to_string();
        for word in *words {
            assert!(told.contains(word), "{what}: `{word}` is not in: {told}");
        }
    }
    let blob = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/maps/virt-2node.dtb")).unwrap();
    for length in [5, 39, 100, blob.len() - 1] {
        let told = machine(&blob[..length]).unwrap_err().to_string();
        assert!(told.contains("device tree") && told.contains("copy it again"), "{length}: {told}");
    }
}

/// ```text
/// usable      |----------|   |-----|        unsorted, overlapping, twice, and one of no size
/// reserved          |--|
/// memory      |-----|  |-|   |-----|
/// ```
#[test]
fn a_map_in_disorder_is_put_in_order() {
    let lines = [
        "BIOS-e820: [mem 0x0000000008000000-0x0000000009ffffff] usable",
        "BIOS-e820: [mem 0x0000000000000000-0x0000000003ffffff] usable",
        "BIOS-e820: [mem 0x0000000001000000-0x0000000004ffffff] usable",
        "BIOS-e820: [mem 0x0000000000000000-0x0000000003ffffff] usable",
        "BIOS-e820: [mem 0x0000000003000000-0x00000000037fffff] reserved",
    ];
    let found = machine(lines.join("\n")).unwrap();
    assert_eq!(
        memory(&found),
        [(0, 0x300_0000, None), (0x380_0000, 0x500_0000, None), (0x800_0000, 0xa00_0000, None)]
    );
    let empty = "BIOS-e820: 0000000000100000 - 0000000000100000 (usable)\nBIOS-e820: 0000000000200000 - 0000000000300000 (usable)\n";
    assert_eq!(memory(&machine(empty).unwrap()), [(0x20_0000, 0x30_0000, None)]);
}

/// Expect a second list of a kernel's to replace the first, and the last of two boots to be taken.
#[test]
fn the_last_map_of_a_kind_counts() {
    let bios =
        "BIOS-provided physical RAM map:\n BIOS-e820: [mem 0x0000000000000000-0x00000000ffffffff] usable\n";
    let user = "user-defined physical RAM map:\n user: [mem 0x0000000000000000-0x000000003fffffff] usable\n";
    assert_eq!(memory(&machine(format!("{bios}{user}")).unwrap()), [(0, 0x4000_0000, None)]);
    let banner = "Linux version 6.1.0 (a@b) (gcc 12) #1 SMP\n";
    let two = machine(format!("{banner}{bios}{user}{banner}{bios}")).unwrap();
    assert_eq!(memory(&two), [(0, 0x1_0000_0000, None)]);
    assert!(two.notes.iter().any(|note| note.contains("of 2 boots")), "{:?}", two.notes);
}

/// Expect a source to be read with what it includes, nested and from other folders, and each range to stand on the line of the
/// source that brings it in; without the files, what is missing to be named.
#[test]
fn a_source_is_read_with_its_includes() {
    let board = "/dts-v1/;\n#include <dt-bindings/gpio.h>\n#include \"soc/base.dtsi\"\n/ {\n\tmodel = \"a board\", \\\n\t\t\"b\";\n\
                 \tPINS(1, 2);\n\tLABEL(a): NAME(b) { reg = <1>; };\n\tmemory@80000000 { reg = <0x80000000 (SIZE)>; };\n};\n";
    let include = |path: &std::path::Path| match path.to_str().unwrap() {
        "soc/base.dtsi" => Some(
            "#include \"cells.dtsi\"\n/ { memory@40000000 { reg = <0x40000000 0x1000000>; }; };\n".to_owned(),
        ),
        "soc/cells.dtsi" => Some("/ { #address-cells = <1>; #size-cells = <1>; };\n".to_owned()),
        _ => None,
    };
    let read = |text: &str, include: &dyn Fn(&std::path::Path) -> Option<String>| {
        let mut maps = workloads::machine::Maps::default();
        maps.take_with(text.as_bytes(), "board.dts", include)?;
        maps.machine()
    };
    let found = read(&board.replace("(SIZE)", "(1 << 20)"), &include).unwrap();
    let lines: Vec<Option<u64>> = found.memory.iter().map(|piece| piece.said.line).collect();
    assert_eq!(memory(&found), [(0x4000_0000, 0x4100_0000, None), (0x8000_0000, 0x8010_0000, None)]);
    assert_eq!(lines, [Some(3), Some(9)]);
    let told = read(board, &include).unwrap_err().to_string();
    assert!(told.contains("line 9") && told.contains("`SIZE`"), "{told}");
    let told = read(board, &|_| None).unwrap_err().to_string();
    assert!(told.contains("line 9") && told.contains("included file"), "{told}");
    let told =
        read("/include/ \"board.dts\"\n/ { };\n", &|_| Some("/include/ \"board.dts\"\n/ { };\n".to_owned()));
    assert!(told.is_err());
}
