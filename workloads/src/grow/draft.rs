//! A trace in the making.

use allocators::{AddrRange, AllocRequest, MemFlags, MemoryRange, Nid, Order, PageSize, PhysAddr};

use super::Recipe;
use crate::trace::{Evidence, Header, Op, Record, StartMemory, StartReserved, Trace};

pub(super) const PAGE: u64 = 4096;
pub(super) const MIB: u64 = 1 << 20;
pub(super) const GIB: u64 = 1 << 30;

/// A machine of 4 KiB pages, what is reserved on it, and what its boot asks for.
pub(super) struct Draft {
    about: String,
    arch: String,
    page: PageSize,
    memory: Vec<MemoryRange>,
    reserved: Vec<AddrRange>,
    ops: Vec<Op>,
    /// Where the next block is named.
    next: u64,
}

/// The bytes from one address up to another.
pub(super) fn bytes(start: u64, end: u64) -> AddrRange {
    AddrRange::clamped(PhysAddr(start), PhysAddr(end))
}

/// So many bytes of memory of a node, whose number [`Recipe`] has bounded.
pub(super) fn piece(start: u64, end: u64, nid: u64) -> MemoryRange {
    let nid = u32::try_from(nid).ok().and_then(Nid::new);
    MemoryRange { range: bytes(start, end), nid, flags: MemFlags::NONE }
}

impl Draft {
    pub(super) fn new(about: String, memory: Vec<MemoryRange>) -> Self {
        let end = memory.last().map_or(0, |piece| piece.range.end().0);
        Self {
            about,
            arch: "x86_64".into(),
            page: PageSize::KIB_4,
            memory,
            reserved: Vec::new(),
            ops: Vec::new(),
            next: end.next_multiple_of(GIB) + GIB,
        }
    }

    /// The same for another architecture.
    pub(super) fn on(self, arch: &str, page: PageSize) -> Self {
        Self { arch: arch.into(), page, ..self }
    }

    /// Reserved before the first call.
    pub(super) fn reserved(&mut self, ranges: impl IntoIterator<Item = AddrRange>) {
        self.reserved.extend(ranges);
    }

    pub(super) fn push(&mut self, op: Op) {
        self.ops.push(op);
    }

    /// Asks for memory; what is returned names the block.
    pub(super) fn alloc(&mut self, request: AllocRequest) -> AddrRange {
        let start = self.next.next_multiple_of(request.align.max(PAGE));
        let block = bytes(start, start.saturating_add(request.size));
        self.next = block.end().0;
        self.ops.push(Op::Alloc(request, Some(block.start())));
        block
    }

    /// The nodes that own memory, ascending.
    pub(super) fn nids(&self) -> Vec<Nid> {
        let mut nids: Vec<Nid> = self.memory.iter().filter_map(|piece| piece.nid).collect();
        nids.sort_unstable();
        nids.dedup();
        nids
    }

    /// The trace.
    pub(super) fn finish(self, recipe: &Recipe) -> Trace {
        let logged = Evidence::Logged;
        Trace {
            header: Header {
                machine: format!("made: {}", self.about),
                kernel: "none".into(),
                arch: self.arch,
                allocator: None,
                page_size: self.page,
                max_order: Order(10),
                pageblock_order: Order(9),
                command_line: None,
                source: recipe.to_string(),
                captured: Trace::MADE.into(),
                notes: vec!["no kernel ran this: the address of an allocation only names the block".into()],
            },
            zones: Vec::new(),
            memoryless_nodes: Vec::new(),
            memory: self.memory.into_iter().map(|memory| StartMemory { memory, evidence: logged }).collect(),
            reserved: self
                .reserved
                .into_iter()
                .map(|range| StartReserved { range, evidence: logged })
                .collect(),
            records: self.ops.into_iter().map(|op| Record { op, evidence: logged, caller: None }).collect(),
            said: None,
        }
    }
}
