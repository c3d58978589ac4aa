//! A machine's memory in the words of each kind of map.

use std::fmt::Write as _;

use dtoolkit::memreserve::MemoryReservation;
use dtoolkit::model::{DeviceTree, DeviceTreeNode, DeviceTreeProperty};

/// First byte, first byte after, node.
pub(crate) type Piece = (u64, u64, u32);

/// A kind of map, its words for a machine, and whether they tell nodes.
pub(crate) type Form = (&'static str, fn(&[Piece]) -> Vec<u8>, bool);

pub(crate) const FORMS: [Form; 16] = [
    (
        "E820 of today",
        |pieces| {
            lines(pieces, |(start, end, _)| {
                format!("BIOS-e820: [mem {start:#018x}-{:#018x}] usable", end - 1)
            })
        },
        false,
    ),
    (
        "E820 since 6.19",
        |pieces| {
            lines(pieces, |(start, end, _)| {
                format!(
                    " BIOS-e820: [mem {start:#018x}-{:#018x}]  {:>3}   KB kernel usable RAM",
                    end - 1,
                    (end - start) >> 10
                )
            })
        },
        false,
    ),
    (
        "E820 before 3.5",
        |pieces| lines(pieces, |(start, end, _)| format!(" BIOS-e820: {start:016x} - {end:016x} (usable)")),
        false,
    ),
    (
        "Xen's E820",
        |pieces| lines(pieces, |(start, end, _)| format!("(XEN)  [{start:016x}, {:016x}] (usable)", end - 1)),
        false,
    ),
    ("E820 and SRAT", srat, true),
    (
        "EFI of x86",
        |pieces| {
            lines(pieces, |(start, end, _)| {
                format!(
                    "efi: mem01: [Conventional Memory|   |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC] range=[{start:#018x}-{:#018x}] (1MB)",
                    end - 1
                )
            })
        },
        false,
    ),
    (
        "EFI before 4.1",
        |pieces| {
            lines(pieces, |(start, end, _)| {
                format!("efi: mem01: type=7, attr=0xf, range=[{start:#018x}-{end:#018x}) (1MB)")
            })
        },
        false,
    ),
    (
        "EFI of arm64",
        |pieces| {
            lines(pieces, |(start, end, _)| {
                format!(
                    "efi:   {start:#014x}-{:#014x} [Conventional Memory|   |  |  |  |WB|WT|WC|UC]",
                    end - 1
                )
            })
        },
        false,
    ),
    (
        "the UEFI shell",
        |pieces| {
            lines(pieces, |(start, end, _)| {
                format!(
                    "Available  {start:016X}-{:016X} {:016X} 000000000000000F",
                    end - 1,
                    (end - start) >> 12
                )
            })
        },
        false,
    ),
    (
        "/proc/iomem",
        |pieces| lines(pieces, |(start, end, _)| format!("{start:08x}-{:08x} : System RAM", end - 1)),
        false,
    ),
    (
        "the kernel's list by node",
        |pieces| {
            lines(pieces, |(start, end, nid)| {
                format!("  node {nid:3}: [mem {start:#018x}-{:#018x}]", end - 1)
            })
        },
        true,
    ),
    (
        "U-Boot's banks",
        |pieces| {
            lines(pieces, |(start, end, _)| {
                format!("DRAM bank   = 0x0\n-> start    = {start:#018x}\n-> size     = {:#018x}", end - start)
            })
        },
        false,
    ),
    (
        "U-Boot's lists",
        |pieces| {
            lines(pieces, |(start, end, _)| {
                format!(
                    " memory[1]\t[{start:#010x}-{:#010x}], {:#010x} bytes, flags: none",
                    end - 1,
                    end - start
                )
            })
        },
        false,
    ),
    (
        "lsmem",
        |pieces| {
            lines(pieces, |(start, end, _)| {
                format!("{start:#018x}-{:#018x}  3.5G online       yes 0-31", end - 1)
            })
        },
        false,
    ),
    ("a blob", blob, true),
    ("a source", source, true),
];

fn lines(pieces: &[Piece], line: impl Fn(&Piece) -> String) -> Vec<u8> {
    pieces.iter().map(|piece| line(piece) + "\n").collect::<String>().into_bytes()
}

fn srat(pieces: &[Piece]) -> Vec<u8> {
    let mut text = (FORMS[0].1)(pieces);
    text.extend(lines(pieces, |(start, end, nid)| {
        format!("ACPI: SRAT: Node {nid} PXM {nid} [mem {start:#010x}-{:#010x}]", end - 1)
    }));
    text
}

/// By a library that shares nothing with the reader.
fn blob(pieces: &[Piece]) -> Vec<u8> {
    let property = |name, value: &[u8]| DeviceTreeProperty::new(name, value).unwrap();
    let mut tree = DeviceTree::new();
    tree.root.add_property(property("#address-cells", &2_u32.to_be_bytes()));
    tree.root.add_property(property("#size-cells", &2_u32.to_be_bytes()));
    for (start, end, nid) in pieces {
        let mut node = DeviceTreeNode::new(format!("memory@{start:x}")).unwrap();
        node.add_property(property("device_type", b"memory\0"));
        node.add_property(property("reg", &[start.to_be_bytes(), (end - start).to_be_bytes()].concat()));
        node.add_property(property("numa-node-id", &nid.to_be_bytes()));
        tree.root.add_child(node);
    }
    tree.memory_reservations.push(MemoryReservation::new(0x1000, 0x1000));
    tree.to_dtb()
}

fn source(pieces: &[Piece]) -> Vec<u8> {
    let mut text =
        "/dts-v1/;\n/memreserve/ 0x1000 0x1000;\n/ {\n\t#address-cells = <2>;\n\t#size-cells = <2>;\n"
            .to_owned();
    for (start, end, nid) in pieces {
        let size = end - start;
        let (high, low) = (start >> 32, start & 0xffff_ffff);
        let _ = writeln!(
            text,
            "\tmemory@{start:x} {{\n\t\tdevice_type = \"memory\";\n\t\treg = <{high:#x} {low:#x} {:#x} {:#x}>;\n\t\tnuma-node-id = <{nid}>;\n\t}};",
            size >> 32,
            size & 0xffff_ffff
        );
    }
    text.push_str("};\n");
    text.into_bytes()
}
