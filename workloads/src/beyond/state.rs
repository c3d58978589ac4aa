//! Memory and what is reserved, as a trace's records leave it.

use allocators::{AddrRange, AllocRequest, MapChange, MemFlags, MemoryRange, Nid, NodeChoice, Setting};
use rangemap::RangeMap;

use crate::trace::{Op, Record, Trace};

/// What is known of a range.
pub(super) type Attrs = (Option<Nid>, MemFlags);

/// memblock's two lists at some point of a boot, with the addresses that the kernel gave.
///
/// Neighbours that are alike are one, as in memblock.
#[derive(Clone, Default)]
pub struct State {
    pub(super) memory: RangeMap<u64, Attrs>,
    pub(super) reserved: RangeMap<u64, Attrs>,
    marks_kernel: bool,
}

impl State {
    /// The state at the start of the records.
    #[must_use]
    pub fn start(trace: &Trace) -> Self {
        let mut state = Self::default();
        for piece in &trace.memory {
            add(&mut state.memory, piece.memory);
        }
        for piece in &trace.reserved {
            add(&mut state.reserved, plain(piece.range));
        }
        state
    }

    /// The state at the end of the records.
    #[must_use]
    pub fn end(trace: &Trace) -> Self {
        let mut state = Self::start(trace);
        trace.records.iter().for_each(|record| state.apply(record));
        state
    }

    /// How many regions the two lists hold: of memory, and of what is reserved.
    #[must_use]
    pub fn regions(&self) -> (usize, usize) {
        (self.memory.len(), self.reserved.len())
    }

    /// What `record` does.
    pub fn apply(&mut self, record: &Record) {
        match &record.op {
            Op::Reserve(range) => add(&mut self.reserved, plain(*range)),
            Op::Free(range) => remove(&mut self.reserved, *range),
            Op::Alloc(request, Some(at)) => {
                let range = AddrRange::clamped(*at, allocators::PhysAddr(at.0.saturating_add(request.size)));
                let piece = MemoryRange { range, ..self.taken(request) };
                add(&mut self.reserved, piece);
            }
            Op::Doubled { at, .. } => {
                let own = self.own(*at);
                add(&mut self.reserved, own);
            }
            Op::Change(change) => self.change(change),
            Op::Set(Setting::MarkKernelReservations(on)) => self.marks_kernel = *on,
            Op::Alloc(_, None) | Op::Set(_) | Op::Dump(_) => {}
        }
    }

    /// How what the allocator takes for itself is reserved.
    fn own(&self, range: AddrRange) -> MemoryRange {
        let flags = if self.marks_kernel { MemFlags::RSRV_KERN } else { MemFlags::NONE };
        MemoryRange { flags, ..plain(range) }
    }

    /// How an allocation is reserved.
    fn taken(&self, request: &AllocRequest) -> MemoryRange {
        let plain = plain(AddrRange::clamped(allocators::PhysAddr(0), allocators::PhysAddr(0)));
        match request.node {
            _ if !self.marks_kernel => plain,
            NodeChoice::Any => MemoryRange { flags: MemFlags::RSRV_KERN, ..plain },
            NodeChoice::Prefer(nid) | NodeChoice::Exact(nid) => {
                MemoryRange { nid: Some(nid), flags: MemFlags::RSRV_KERN, ..plain }
            }
        }
    }

    fn change(&mut self, change: &MapChange) {
        match *change {
            MapChange::Add(piece) => add(&mut self.memory, piece),
            MapChange::Remove(range) => remove(&mut self.memory, range),
            MapChange::SetNode(range, nid) => {
                for list in [&mut self.memory, &mut self.reserved] {
                    update(list, range, |(_, flags)| (nid, flags));
                }
            }
            MapChange::SetFlags(range, set) => {
                update(self.list(set), range, |(nid, flags)| (nid, flags.with(set)));
            }
            MapChange::ClearFlags(range, clear) => {
                update(self.list(clear), range, |(nid, flags)| (nid, flags.without(clear)));
            }
        }
    }

    /// The list that a flag is of.
    fn list(&mut self, flag: MemFlags) -> &mut RangeMap<u64, Attrs> {
        if flag.any(MemFlags::OF_RESERVED) { &mut self.reserved } else { &mut self.memory }
    }
}

fn plain(range: AddrRange) -> MemoryRange {
    MemoryRange { range, nid: None, flags: MemFlags::NONE }
}

fn bytes(range: AddrRange) -> std::ops::Range<u64> {
    range.start().0..range.end().0
}

/// Adds what is not there yet; what is keeps what is known of it.
fn add(list: &mut RangeMap<u64, Attrs>, piece: MemoryRange) {
    let bytes = bytes(piece.range);
    if bytes.is_empty() {
        return;
    }
    let gaps: Vec<_> = list.gaps(&bytes).collect();
    for gap in gaps {
        list.insert(gap, (piece.nid, piece.flags));
    }
}

fn remove(list: &mut RangeMap<u64, Attrs>, range: AddrRange) {
    if !range.is_empty() {
        list.remove(bytes(range));
    }
}

fn update(list: &mut RangeMap<u64, Attrs>, range: AddrRange, new: impl Fn(Attrs) -> Attrs) {
    let bytes = bytes(range);
    if bytes.is_empty() {
        return;
    }
    let clamp = |piece: &std::ops::Range<u64>| piece.start.max(bytes.start)..piece.end.min(bytes.end);
    let pieces: Vec<_> = list.overlapping(&bytes).map(|(piece, known)| (clamp(piece), new(*known))).collect();
    for (piece, attrs) in pieces {
        list.insert(piece, attrs);
    }
}
