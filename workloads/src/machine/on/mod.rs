//! A recorded boot's requests on another machine.
//!
//! The memory, its nodes and what firmware reserves are the machine's; the calls are the boot's, in their order. Calls that a
//! kernel makes once for each node are made on each of the machine's nodes; those whose size or number follows from how
//! much memory there is are scaled by the rules of `rules`. Each rule that was used is said in a note of the trace, and
//! whatever was scaled carries `inferred=machine`; the trace says of itself that it was made.
//!
//! | file | what |
//! |---|---|
//! | `side` | the nodes and the memory of either machine, as rules need them |
//! | `rules` | which caller's requests follow from the machine, and how |
//! | `counts` | how many requests become of how many |
//! | `limits` | addresses of the one machine on the other |
//! | `kept` | what is reserved: firmware's and the kernel's own |
//! | `blocks` | what became of each recorded block, for frees |
//! | `make` | the calls, one after the other |
//! | `fits` | whether all of it fits |

mod blocks;
mod counts;
mod fits;
mod kept;
mod limits;
mod make;
mod rules;
mod side;

use allocators::MemoryRange;

use super::Hardware;
use crate::trace::{Header, Trace, Zone};
use make::Making;
use side::Side;

/// Why a boot cannot be made on a machine.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OnError {
    /// The trace holds no calls.
    #[error("{boot} is a state and not a boot: there is nothing to make on another machine")]
    State {
        /// The boot.
        boot: String,
    },
    /// No page of the machine is whole.
    #[error("{machine} has no whole page of {page} bytes, which is what pages of {boot} have")]
    NoPage {
        /// The machine.
        machine: String,
        /// The size of a page.
        page: u64,
        /// The boot.
        boot: String,
    },
    /// Something that the kernel has in memory before its first request finds no room.
    #[error(
        "{machine} is too small for {boot}: {bytes} bytes that the kernel keeps from the start (recorded at {at}) find no room"
    )]
    NoRoom {
        /// The machine.
        machine: String,
        /// The boot.
        boot: String,
        /// How many bytes.
        bytes: u64,
        /// Where they were.
        at: String,
    },
    /// A request finds no room.
    #[error(
        "{machine} is too small for {boot}: record {record}, {request}, finds no room; {free} MiB are free, and the kernel would \
         panic. Choose a boot of a smaller machine, or fewer CPUs"
    )]
    TooSmall {
        /// The machine.
        machine: String,
        /// The boot.
        boot: String,
        /// The number of the record in the trace that was being made.
        record: usize,
        /// The request in words.
        request: String,
        /// How much memory was free.
        free: u64,
    },
}

/// The names that a made trace has for what it was made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Names<'n> {
    /// The recipe, which becomes the trace's source.
    pub recipe: &'n str,
    /// The boot.
    pub boot: &'n str,
}

/// The trace of `boot`'s requests on `hardware`.
///
/// # Errors
/// [`OnError`] says what does not fit.
pub fn on(hardware: &Hardware, boot: &Trace, names: Names<'_>) -> Result<Trace, OnError> {
    if boot.is_state() {
        return Err(OnError::State { boot: names.boot.into() });
    }
    let page = boot.header.page_size;
    let memory = whole_pages(hardware, boot);
    if memory.is_empty() {
        let machine = hardware.name.clone();
        return Err(OnError::NoPage { machine, page: page.bytes(), boot: names.boot.into() });
    }
    let sides = (Side::recorded(boot), Side::new(&memory, boot));
    let mut failing = std::collections::BTreeMap::new();
    loop {
        let making = Making::new(hardware, boot, &memory, (&sides.0, &sides.1), &failing, names)?;
        let made = making.run()?;
        let numbers = made.numbers.clone();
        let trace = finish(hardware, boot, &memory, made, names);
        match fits::first_that_fails(&trace) {
            None => return Ok(trace),
            Some(misfit) => {
                // A kernel goes on without some of what it asks for.
                if let (Some(without), Some(number)) = (misfit.without, numbers.get(misfit.allocation))
                    && failing.insert(*number, without).is_none()
                {
                    continue;
                }
                return Err(OnError::TooSmall {
                    machine: hardware.name.clone(),
                    boot: names.boot.into(),
                    record: misfit.record,
                    request: misfit.request,
                    free: misfit.free >> 20,
                });
            }
        }
    }
}

/// The machine's memory as the boot's kernel would have it: whole pages, neighbours of a kind as one, on nodes.
fn whole_pages(hardware: &Hardware, boot: &Trace) -> Vec<MemoryRange> {
    let page = boot.header.page_size;
    let first = hardware.nids().first().copied().or(allocators::Nid::new(0));
    let mut memory: Vec<MemoryRange> = Vec::new();
    for piece in &hardware.memory {
        let (nid, flags) = (piece.nid.or(first), piece.flags);
        match memory.last_mut() {
            Some(last)
                if last.range.end() == piece.range.start() && (last.nid, last.flags) == (nid, flags) =>
            {
                last.range = allocators::AddrRange::clamped(last.range.start(), piece.range.end());
            }
            _ => memory.push(MemoryRange { range: piece.range, nid, flags }),
        }
    }
    let inside =
        |piece: MemoryRange| MemoryRange { range: piece.range.pages_inside(page).addrs(page), ..piece };
    memory.into_iter().map(inside).filter(|piece| !piece.range.is_empty()).collect()
}

fn finish(
    hardware: &Hardware,
    boot: &Trace,
    memory: &[MemoryRange],
    made: make::Made,
    names: Names<'_>,
) -> Trace {
    let bytes: u64 = memory.iter().map(|piece| piece.range.size()).sum();
    let mut notes = vec!["no kernel ran this: the address of an allocation only names the block".to_owned()];
    if let Some(arch) = hardware.arch.as_deref().filter(|arch| *arch != boot.header.arch) {
        notes.push(format!("the machine is of {arch}, and the boot's kernel was of {}", boot.header.arch));
    }
    if let Some(page) = hardware.page.filter(|page| *page != boot.header.page_size) {
        let own = boot.header.page_size.bytes();
        notes.push(format!(
            "the machine's map is of a kernel with pages of {} bytes, the boot's have {own}",
            page.bytes()
        ));
    }
    notes.extend(hardware.notes.iter().map(|note| format!("map: {note}")));
    notes.extend(made.notes);
    let header = Header {
        machine: format!("made: requests of {} on {}, {} MiB", names.boot, hardware.name, bytes >> 20),
        source: names.recipe.to_owned(),
        captured: Trace::MADE.into(),
        notes,
        ..boot.header.clone()
    };
    Trace {
        header,
        zones: zones(boot, memory),
        memoryless_nodes: hardware.memoryless_nodes.clone(),
        memory: made.memory,
        reserved: made.reserved,
        records: made.records,
        said: None,
    }
}

/// The boot's zones on this memory: those borders that the architecture sets stay, the last zone ends with memory.
fn zones(boot: &Trace, memory: &[MemoryRange]) -> Vec<Zone> {
    let (Some(first), Some(last)) = (memory.first(), memory.last()) else { return Vec::new() };
    let (start, end) = (first.range.start(), last.range.end());
    let gib = 1 << 30;
    let borders: &[(&str, u64)] = match boot.header.arch.as_str() {
        "x86_64" => &[("DMA", 16 << 20), ("DMA32", 4 * gib), ("Normal", u64::MAX)],
        "s390x" => &[("DMA", 2 * gib), ("Normal", u64::MAX)],
        "arm64" if boot.zones.iter().any(|zone| zone.name == "DMA32") => {
            &[("DMA", gib), ("DMA32", 4 * gib), ("Normal", u64::MAX)]
        }
        "arm64" => &[("DMA", 4 * gib), ("Normal", u64::MAX)],
        "riscv64" | "loongarch64" | "mips64" => &[("DMA32", 4 * gib), ("Normal", u64::MAX)],
        "ppc64" | "ppc64le" | "ppc64el" => &[("Normal", u64::MAX)],
        // Where the kernel's own addresses end is no matter of the map.
        _ => return Vec::new(),
    };
    let mut from = start;
    let mut zones = Vec::new();
    for (name, border) in borders {
        let to = allocators::PhysAddr(*border).min(end);
        if from < to {
            zones.push(Zone { name: (*name).to_owned(), range: allocators::AddrRange::clamped(from, to) });
            from = to;
        }
    }
    zones
}
