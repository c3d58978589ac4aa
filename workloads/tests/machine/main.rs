//! Machines that are made of memory maps, and boots on them.

mod drawn;
mod errors;
mod golden;
mod on;
mod render;

use allocators::Nid;
use workloads::machine::{Hardware, MachineError, Maps};

/// The machine of one text.
fn machine(text: impl AsRef<[u8]>) -> Result<Hardware, MachineError> {
    let mut maps = Maps::default();
    maps.take(text.as_ref(), "a map")?;
    maps.machine()
}

/// Its ranges of memory with their nodes, neighbours of one node as one.
fn memory(hardware: &Hardware) -> Vec<(u64, u64, Option<u32>)> {
    let mut merged: Vec<(u64, u64, Option<u32>)> = Vec::new();
    for piece in &hardware.memory {
        let (start, end, nid) = (piece.range.start().0, piece.range.end().0, piece.nid.map(Nid::get));
        match merged.last_mut() {
            Some(last) if last.1 == start && last.2 == nid => last.1 = end,
            _ => merged.push((start, end, nid)),
        }
    }
    merged
}
