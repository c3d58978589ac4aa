//! What the files hold, kind by kind, before one of the kinds is chosen.

use std::collections::BTreeSet;

use allocators::{AddrRange, MemFlags, PhysAddr};

use super::END_OF_MEMORY;
use super::error::MachineError;
use super::lines::Ends;
use super::model::Said;
use crate::import::dialects::linux::Facts;

/// The kinds of maps that say where memory is, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    Tree,
    E820,
    Efi,
    /// The kernel's own list of memory by node.
    Nodes,
    Lmb,
    Banks,
    Resources,
}

impl Kind {
    pub(super) const ALL: [Self; 7] =
        [Self::Tree, Self::E820, Self::Efi, Self::Nodes, Self::Lmb, Self::Banks, Self::Resources];

    /// What it is called.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Tree => "the device tree",
            Self::E820 => "the E820 map",
            Self::Efi => "EFI's map",
            Self::Nodes => "the kernel's list of memory by node",
            Self::Lmb => "U-Boot's lists",
            Self::Banks => "U-Boot's banks",
            Self::Resources => "/proc/iomem",
        }
    }
}

/// What a range is to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Use {
    Memory {
        nid: Option<u32>,
        flags: MemFlags,
    },
    Reserved,
    /// Memory that must not be mapped: it carries a flag.
    NoMap,
    Unusable,
}

/// A range of a map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) range: AddrRange,
    pub(super) what: Use,
    pub(super) said: Said,
}

/// Addresses of which all memory is on one node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub(super) nid: u32,
    pub(super) range: AddrRange,
    pub(super) hotplug: bool,
    pub(super) said: Said,
}

/// What one boot's log holds, or what stands outside every log.
#[derive(Clone, Default, Debug)]
pub(super) struct Found {
    pub(super) entries: Vec<(Kind, Entry)>,
    pub(super) spans: Vec<Span>,
    /// Nodes and their sizes in MiB.
    pub(super) sizes: Vec<(u32, u64, Option<Said>)>,
    pub(super) memoryless: Vec<u32>,
    /// What device trees keep, as a kernel prints it; added to whatever map is chosen.
    pub(super) kept: Vec<Entry>,
    pub(super) facts: Facts,
    pub(super) name: Option<String>,
    pub(super) arch: Option<&'static str>,
    pub(super) notes: Vec<String>,
    /// The first line of `/proc/iomem` that shows nothing.
    pub(super) hidden: Option<Said>,
    /// What a running kernel has put into memory, by the names of `/proc/iomem`.
    pub(super) inside: BTreeSet<String>,
    /// The list of E820 that is being read.
    pub(super) list: String,
}

impl Found {
    pub(super) fn has_map(&self) -> bool {
        !self.entries.is_empty() || !self.spans.is_empty() || !self.sizes.is_empty() || self.hidden.is_some()
    }

    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |(known, _)| *known == kind).map(|(_, entry)| entry)
    }

    pub(super) fn clear(&mut self, kind: Kind) {
        self.entries.retain(|(known, _)| *known != kind);
    }
}

/// The range between two printed ends; `None` if nothing is in it.
pub(super) fn range(
    ends: Ends,
    name: &str,
    place: impl Fn() -> String,
) -> Result<Option<AddrRange>, MachineError> {
    let Ends { start, end } = ends;
    if start > end {
        let why = format!("the range ends at {end:#x}, before it begins at {start:#x}: the line was damaged");
        return Err(MachineError::Wrong { name: name.to_owned(), place: place(), why });
    }
    Ok((start < end).then(|| AddrRange::clamped(PhysAddr(start), PhysAddr(end))))
}

/// The same for memory, which must lie where machines can have any.
pub(super) fn bounded(
    range: AddrRange,
    name: &str,
    place: impl Fn() -> String,
) -> Result<AddrRange, MachineError> {
    if range.end() > END_OF_MEMORY {
        return Err(MachineError::beyond(name, place(), range.end()));
    }
    Ok(range)
}
