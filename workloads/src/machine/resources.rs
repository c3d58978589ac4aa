//! What the names in `/proc/iomem` mean.

use allocators::{AddrRange, MemFlags};

use super::found::{Found, Kind, Use};

/// What firmware keeps, by the names that kernels give it.
const KEPT: [&str; 9] = [
    "Reserved",
    "ACPI Tables",
    "ACPI Non-volatile Storage",
    "Unusable memory",
    "Persistent Memory",
    "Persistent Memory (legacy)",
    "Soft Reserved",
    "Unknown E820 type",
    "Device Reserved",
];

/// What a resource is to be; `None` for a device's, and for what the kernel itself has put into memory, of which note is taken.
pub(super) fn of(found: &mut Found, range: AddrRange, name: &str) -> Option<Use> {
    let inside = found
        .of(Kind::Resources)
        .any(|entry| matches!(entry.what, Use::Memory { .. }) && entry.range.covers(range));
    if inside {
        found.inside.insert(name.to_owned());
        return None;
    }
    match name {
        "System RAM" => Some(Use::Memory { nid: None, flags: MemFlags::NONE }),
        // With a small letter it is memory that arm64 and riscv do not map.
        "reserved" => Some(Use::Memory { nid: None, flags: MemFlags::NOMAP }),
        name if KEPT.contains(&name) => Some(Use::Unusable),
        _ => None,
    }
}
