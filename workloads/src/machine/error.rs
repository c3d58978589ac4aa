//! Why there is no machine in a file, or none in several.

use allocators::{AddrRange, PhysAddr};

use crate::import::ImportError;

/// What is wrong with a file that should hold a machine.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct ReadMachineError {
    /// The line, counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

/// Why no machine can be made of memory maps.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MachineError {
    /// The file cannot be read, or is packed in a way that is not unpacked here.
    #[error(transparent)]
    Text(#[from] ImportError),
    /// Nothing in the file is a memory map.
    #[error(
        "{name}: none of its {lines} lines belongs to a memory map. What is read: dmesg with E820, EFI, SRAT or `Early memory \
         node ranges` lines, /proc/iomem (as root), a device tree (.dtb or .dts), `numactl -H`, U-Boot's `bdinfo`, and \
         `memmap` of the UEFI shell"
    )]
    NoMap {
        /// Its name.
        name: String,
        /// How many lines it has.
        lines: u64,
    },
    /// `/proc/iomem` was read by somebody to whom the kernel shows no addresses.
    #[error(
        "{name}, line {line}: all addresses are 0, as the kernel shows /proc/iomem to whoever is not root: save it with \
         `sudo cat /proc/iomem`"
    )]
    Hidden {
        /// Its name.
        name: String,
        /// The first such line.
        line: u64,
    },
    /// There are maps, and no memory in them.
    #[error("{name}: {why}")]
    NoMemory {
        /// The name of the file.
        name: String,
        /// What is there instead, and what to do.
        why: String,
    },
    /// A line of a map, or a place in a device tree, cannot be as it is.
    #[error("{name}, {place}: {why}")]
    Wrong {
        /// The name of the file.
        name: String,
        /// `line 12` or `/memory@40000000`.
        place: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// Memory of two nodes at the same addresses.
    #[error(
        "{name}, {place}: {range} is said to be on node {first} and on node {second}: remove the lines of one of the two maps"
    )]
    TwoNodes {
        /// The name of the file.
        name: String,
        /// The place of the later one.
        place: String,
        /// What they share.
        range: AddrRange,
        /// The one node.
        first: u32,
        /// The other.
        second: u32,
    },
}

impl MachineError {
    /// A range that no machine has.
    pub(super) fn beyond(name: &str, place: String, end: PhysAddr) -> Self {
        let why = format!(
            "it ends at {end}, above {}, where the physical addresses of every machine end: the line was damaged",
            super::END_OF_MEMORY
        );
        Self::Wrong { name: name.to_owned(), place, why }
    }
}
