//! One machine out of all maps: which says where memory is, and what the others add.

use std::collections::BTreeSet;

use allocators::{AddrRange, MemFlags, Nid, PhysAddr};
use rangemap::RangeMap;

use super::error::MachineError;
use super::found::{Entry, Found, Kind, Use};
use super::maps::Maps;
use super::model::{Hardware, Kept, Memory, Said};
use super::{MOST_MEMORY, sizes};

/// The machine of everything that was found.
pub(super) fn machine(maps: &Maps) -> Result<Hardware, MachineError> {
    let found = &maps.found;
    let name = maps.sources.join(" and ");
    let is_memory = |entry: &Entry| matches!(entry.what, Use::Memory { .. });
    let with_memory: Vec<Kind> =
        Kind::ALL.into_iter().filter(|kind| found.of(*kind).any(is_memory)).collect();
    let mut notes = Vec::new();
    let entries = match with_memory.first() {
        Some(&kind) => {
            notes.push(match found.list.as_str() {
                list if kind == Kind::E820 && !list.is_empty() => {
                    format!("memory is by {}, its list `{list}`", kind.word())
                }
                _ => format!("memory is by {}", kind.word()),
            });
            if with_memory.len() > 1 {
                let others: Vec<&str> = with_memory[1..].iter().map(|kind| kind.word()).collect();
                notes.push(format!("also there, and not asked where memory is: {}", others.join(", ")));
            }
            let mut entries: Vec<Entry> = found.of(kind).cloned().collect();
            if kind == Kind::Resources && !found.inside.is_empty() {
                let inside: Vec<&str> = found.inside.iter().take(6).map(String::as_str).collect();
                notes.push(format!(
                    "what the running kernel has in memory is not the machine's, and left out: {}",
                    inside.join(", ")
                ));
            }
            if kind == Kind::E820 {
                // What the kernel leaves alone until firmware has been asked to move.
                entries.extend(found.of(Kind::Efi).filter(|entry| entry.what == Use::Reserved).cloned());
            }
            entries.extend(found.kept.iter().cloned());
            entries
        }
        None if found.sizes.iter().any(|(_, mib, _)| *mib > 0) => {
            notes.push(
                "only the sizes of nodes are known: they are laid side by side from address 0, without holes"
                    .into(),
            );
            sizes::side_by_side(&found.sizes)
        }
        None => return Err(no_memory(maps, name)),
    };
    let mut hardware = Hardware {
        name: machine_name(found, &maps.sources),
        arch: arch(found),
        page: found.facts.page,
        sources: maps.sources.clone(),
        notes: Vec::new(),
        memoryless_nodes: Vec::new(),
        memory: memory(&entries, &name)?,
        reserved: Vec::new(),
        unusable: kept(entries.iter().filter(|entry| entry.what == Use::Unusable)),
    };
    put_on_nodes(&mut hardware, found, &name, &mut notes)?;
    let inside = entries.iter().filter(|entry| entry.what == Use::Reserved);
    hardware.reserved = kept(inside);
    let total = hardware.bytes();
    if total == 0 {
        return Err(MachineError::NoMemory { name, why: "firmware keeps all of the memory in it".into() });
    }
    if total > MOST_MEMORY {
        let why = format!("it has {} TiB of memory, more than any machine: a line was damaged", total >> 40);
        return Err(MachineError::NoMemory { name, why });
    }
    hardware.memoryless_nodes = memoryless(&hardware, found);
    notes.extend(found.notes.iter().map(|note| crate::import::dialects::linux::sanitise(note)));
    if found.hidden.is_some() {
        notes.push("/proc/iomem was read without root's rights and shows no addresses".into());
    }
    hardware.notes = notes;
    Ok(hardware)
}

fn no_memory(maps: &Maps, name: String) -> MachineError {
    let found = &maps.found;
    if let Some(said) = &found.hidden {
        let name = maps.sources.get(said.source).cloned().unwrap_or(name);
        return MachineError::Hidden { name, line: said.line.unwrap_or(1) };
    }
    if found.entries.is_empty() && found.notes.is_empty() && found.spans.is_empty() {
        return MachineError::NoMap { name, lines: maps.lines };
    }
    let why = match found.notes.first() {
        Some(note) => format!(
            "there is no memory in it: {note}. Take the tree that the kernel was given: /sys/firmware/fdt as root, or \
             `dtc -I fs /proc/device-tree`"
        ),
        None if found.entries.is_empty() => {
            "it says which addresses are on which node, and not which are memory: add the E820 or EFI lines of the same dmesg".into()
        }
        None => "no range in it is usable: the lines of usable memory are missing, save all of the log".into(),
    };
    MachineError::NoMemory { name, why }
}

fn machine_name(found: &Found, sources: &[String]) -> String {
    let known = found.facts.machine.as_deref().or(found.name.as_deref());
    let name = crate::import::dialects::linux::sanitise(known.unwrap_or_default());
    let file = || crate::import::dialects::linux::sanitise(sources.first().map_or("", |name| name));
    [name, file()].into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| "unknown".into())
}

fn arch(found: &Found) -> Option<String> {
    let told = found.facts.arch();
    let by_map = || found.entries.iter().any(|(kind, _)| *kind == Kind::E820).then_some("x86_64");
    let known = (told != "unknown").then_some(told).or(found.arch).or_else(by_map);
    known.map(str::to_owned)
}

/// Memory, ascending and apart: what firmware keeps of it is out, and what must not be mapped is marked.
fn memory(entries: &[Entry], name: &str) -> Result<Vec<Memory>, MachineError> {
    // By address the number of the entry that it belongs to, and its flags: neighbours of two lines stay two.
    let mut map: RangeMap<u64, (usize, MemFlags)> = RangeMap::new();
    let nid_of = |number: usize| match entries[number].what {
        Use::Memory { nid, .. } => nid,
        _ => None,
    };
    for (number, entry) in entries.iter().enumerate() {
        let Use::Memory { nid, flags } = entry.what else { continue };
        for (bytes, &(other, _)) in map.overlapping(&bytes(entry.range)) {
            if let (Some(first), Some(second)) = (nid_of(other), nid)
                && first != second
            {
                let range = range(bytes.clone()).intersection(entry.range);
                return Err(two_nodes(name, &entry.said, range, first, second));
            }
        }
        // The first line that speaks of an address counts, so that a map that stands twice is one.
        let gaps: Vec<_> = map.gaps(&bytes(entry.range)).collect();
        map.extend(gaps.into_iter().map(|gap| (gap, (number, flags))));
    }
    for entry in entries.iter().filter(|entry| entry.what == Use::Unusable) {
        map.remove(bytes(entry.range));
    }
    for entry in entries.iter().filter(|entry| entry.what == Use::NoMap) {
        let within: Vec<_> = map
            .overlapping(&bytes(entry.range))
            .map(|(piece, known)| (range(piece.clone()).intersection(entry.range), *known))
            .collect();
        for (piece, (number, flags)) in within {
            map.insert(bytes(piece), (number, flags.with(MemFlags::NOMAP)));
        }
    }
    let nomap = |piece: AddrRange| {
        entries
            .iter()
            .find(|entry| entry.what == Use::NoMap && entry.range.covers(piece))
            .map(|entry| entry.said.clone())
    };
    map.into_iter()
        .map(|(bytes, (number, flags))| {
            let range = range(bytes);
            let nid = nid_of(number).map(|nid| node(nid, name, &entries[number].said)).transpose()?;
            let marked = flags.has(MemFlags::NOMAP).then(|| nomap(range)).flatten();
            Ok(Memory { range, nid, flags, said: marked.unwrap_or_else(|| entries[number].said.clone()) })
        })
        .collect()
}

/// Ranges ascending and apart; the first line that speaks of an address counts.
fn kept<'e>(entries: impl Iterator<Item = &'e Entry>) -> Vec<Kept> {
    let entries: Vec<&Entry> = entries.collect();
    let mut map: RangeMap<u64, usize> = RangeMap::new();
    for (number, entry) in entries.iter().enumerate() {
        let gaps: Vec<_> = map.gaps(&bytes(entry.range)).collect();
        map.extend(gaps.into_iter().map(|gap| (gap, number)));
    }
    map.into_iter()
        .map(|(bytes, number)| Kept { range: range(bytes), said: entries[number].said.clone() })
        .collect()
}

fn bytes(range: AddrRange) -> std::ops::Range<u64> {
    range.start().0..range.end().0
}

fn range(bytes: std::ops::Range<u64>) -> AddrRange {
    AddrRange::clamped(PhysAddr(bytes.start), PhysAddr(bytes.end))
}

fn two_nodes(name: &str, said: &Said, range: AddrRange, first: u32, second: u32) -> MachineError {
    MachineError::TwoNodes { name: name.to_owned(), place: place(said), range, first, second }
}

fn place(said: &Said) -> String {
    said.line.map_or_else(|| said.what.clone(), |line| format!("line {line}"))
}

fn node(nid: u32, name: &str, said: &Said) -> Result<Nid, MachineError> {
    Nid::new(nid).ok_or_else(|| MachineError::Wrong {
        name: name.to_owned(),
        place: place(said),
        why: format!("no node has the number {nid}; the highest is {}", Nid::LIMIT - 1),
    })
}

/// Which node each piece is on: as the map says, else as SRAT does, else as the kernel's list, else by the sizes of nodes.
fn put_on_nodes(
    hardware: &mut Hardware,
    found: &Found,
    name: &str,
    notes: &mut Vec<String>,
) -> Result<(), MachineError> {
    if hardware.memory.iter().all(|piece| piece.nid.is_some()) {
        return Ok(());
    }
    let mut spans: RangeMap<u64, (Nid, bool)> = RangeMap::new();
    for span in &found.spans {
        let nid = node(span.nid, name, &span.said)?;
        let memory = hardware.memory.iter().map(|piece| piece.range.intersection(span.range));
        for piece in memory.filter(|piece| !piece.is_empty()) {
            if let Some((other, (first, _))) =
                spans.overlapping(&bytes(piece)).find(|(_, (known, _))| *known != nid)
            {
                let both = range(other.clone()).intersection(piece);
                return Err(two_nodes(name, &span.said, both, first.get(), span.nid));
            }
            spans.insert(bytes(piece), (nid, span.hotplug));
        }
    }
    let by_srat = !found.spans.is_empty();
    if !by_srat {
        for entry in found.of(Kind::Nodes) {
            if let Use::Memory { nid: Some(nid), .. } = entry.what {
                spans.insert(bytes(entry.range), (node(nid, name, &entry.said)?, false));
            }
        }
    }
    if spans.is_empty() && found.sizes.len() > 1 {
        spans = sizes::borders(&hardware.memory, &found.sizes, notes);
    } else if !spans.is_empty() {
        let by = if by_srat { "SRAT" } else { "the kernel's list of memory by node" };
        notes.push(format!("nodes are by {by}"));
    }
    let memory = std::mem::take(&mut hardware.memory);
    let mut nowhere = 0;
    for piece in memory {
        let mut push = |range, nid: Option<Nid>, hotplug: bool| {
            let flags = if hotplug { piece.flags.with(MemFlags::HOTPLUG) } else { piece.flags };
            hardware.memory.push(Memory { range, nid, flags, said: piece.said.clone() });
        };
        if piece.nid.is_some() {
            push(piece.range, piece.nid, false);
            continue;
        }
        let mut at = piece.range.start().0;
        for (span, &(nid, hotplug)) in spans.overlapping(&bytes(piece.range)) {
            let inside = range(span.clone()).intersection(piece.range);
            if at < inside.start().0 {
                push(range(at..inside.start().0), None, false);
                nowhere += inside.start().0 - at;
            }
            push(inside, Some(nid), hotplug);
            at = inside.end().0;
        }
        if at < piece.range.end().0 {
            push(range(at..piece.range.end().0), None, false);
            nowhere += piece.range.end().0 - at;
        }
    }
    if nowhere > 0 && !spans.is_empty() {
        notes
            .push(format!("of {} KiB of memory nothing says on which node they are", nowhere.div_ceil(1024)));
    }
    Ok(())
}

/// The nodes without memory that a kernel names, or that `numactl` shows with size 0.
fn memoryless(hardware: &Hardware, found: &Found) -> Vec<Nid> {
    let empty = found.sizes.iter().filter(|(_, mib, _)| *mib == 0).map(|(nid, ..)| *nid);
    let named: BTreeSet<u32> = found.memoryless.iter().copied().chain(empty).collect();
    let owners = hardware.nids();
    named.into_iter().filter_map(Nid::new).filter(|nid| !owners.contains(nid)).collect()
}
