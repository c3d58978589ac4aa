//! A memory map as the ABI lays it out.

use allocators::{MemoryMap, MemoryRange, Nid};

use crate::ffi;

/// A machine and the lists that it points to. It must stay where it is while a library uses it.
pub(crate) struct Machine {
    _nodes: Vec<ffi::Memory>,
    _start: Vec<ffi::Memory>,
    _nids: Vec<u32>,
    pub(crate) raw: ffi::Machine,
}

impl Machine {
    #[expect(clippy::unnecessary_box_returns, reason = "a library keeps its address")]
    pub(crate) fn of(map: &MemoryMap<'_>) -> Box<Self> {
        let (nodes, start) = (list(map.nodes()), list(map.start()));
        let nids: Vec<u32> = map.nids().iter().map(Nid::get).collect();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "its size is that of a few fields, and a shift is at most 30"
        )]
        let raw = ffi::Machine {
            size: size_of::<ffi::Machine>() as u32,
            page_shift: map.page().shift() as u8,
            max_order: map.max_order().0,
            reserved: 0,
            nodes: nodes.as_ptr(),
            nodes_len: nodes.len() as u64,
            start: start.as_ptr(),
            start_len: start.len() as u64,
            nids: nids.as_ptr(),
            nids_len: nids.len() as u64,
        };
        // The lists' elements do not move with them.
        Box::new(Self { _nodes: nodes, _start: start, _nids: nids, raw })
    }
}

fn list(pieces: &[MemoryRange]) -> Vec<ffi::Memory> {
    let plain = |piece: &MemoryRange| ffi::Memory {
        start: piece.range.start().0,
        end: piece.range.end().0,
        nid: piece.nid.map_or(ffi::NO_NODE, Nid::get),
        flags: piece.flags.0,
    };
    pieces.iter().map(plain).collect()
}
