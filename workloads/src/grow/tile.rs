//! A recorded boot several times side by side.

use std::ops::Range;

use allocators::{AddrRange, AllocRequest, Goal, MapChange, MemoryRange, Nid, NodeChoice, PhysAddr, Setting};
use rangemap::RangeSet;

use super::draft::GIB;
use super::error::closest;
use super::{GrowError, Recipe};
use crate::corpus;
use crate::trace::{Evidence, Machine, Op, Record, StartMemory, StartReserved, Trace, Zone};

/// Where firmware's tables, the kernel's image and requests for low memory lie, of which a machine has one set.
const LOW: PhysAddr = PhysAddr(4 * GIB);

/// The trace of the corpus of this name.
pub(super) fn recorded(name: &str) -> Result<Trace, GrowError> {
    let unknown =
        || GrowError::Unknown { what: "trace", name: name.into(), close: closest(name, corpus::names()) };
    let read = corpus::trace(name).ok_or_else(unknown)?;
    read.map_err(|error| GrowError::Damaged { what: format!("trace {name}"), why: error.to_string() })
}

/// ```text
/// recorded    |-0-|-1-|-2-|-3-|
/// k = 3       |-0-|-1-|-2-|-3-|-4-|-5-|-6-|-7-|-8-|-9-|-10|-11|
///              ^ firmware, and what asks for memory below 4 GiB: once
/// ```
/// Each call of the boot is made k times in a row, once in each copy, as a kernel loops over its nodes.
pub(super) fn tile(recipe: &Recipe, name: &str, k: u64) -> Result<Trace, GrowError> {
    let trace = recorded(name)?;
    let machine = Machine::of(&trace);
    let end = machine.nodes.last().map_or(0, |piece| piece.range.end().0);
    let nids =
        machine.nodes.iter().filter_map(|piece| piece.nid).chain(machine.memoryless_nodes.iter().copied());
    let count = u64::from(nids.map(Nid::get).max().unwrap_or_default()) + 1;
    let most = u64::from(Nid::LIMIT) / count;
    if k > most {
        let [found, least, most] = [k, 1, most].map(|number| number.to_string());
        return Err(GrowError::Bounds { what: "k", found, least, most });
    }
    let tiling = Tiling { span: end.next_multiple_of(GIB), count, k };
    Ok(tiling.trace(recipe, name, &trace))
}

/// How copies lie beside each other.
struct Tiling {
    /// From one copy to the next, in bytes.
    span: u64,
    /// From one copy to the next, in node ids.
    count: u64,
    k: u64,
}

/// What copies after the first leave out, as ranges of the recorded machine: to free it would free memory in nobody's use.
#[derive(Default)]
struct LeftOut(RangeSet<u64>);

impl Tiling {
    fn trace(&self, recipe: &Recipe, name: &str, trace: &Trace) -> Trace {
        let copies = || 0..self.k;
        let memory = copies().flat_map(|copy| {
            let shifted = move |start: &StartMemory| {
                let memory = self.piece(start.memory, copy)?;
                Some(StartMemory { memory, evidence: Evidence::Logged })
            };
            trace.memory.iter().filter_map(shifted)
        });
        let mut left_out = LeftOut::default();
        let mut reserved = Vec::new();
        for copy in copies() {
            for start in &trace.reserved {
                if copy > 0 && start.range.end() <= LOW {
                    left_out.insert(start.range);
                } else if let Some(range) = self.range(start.range, copy) {
                    reserved.push(StartReserved { range, evidence: Evidence::Logged });
                }
            }
        }
        let mut records = Vec::new();
        for record in &trace.records {
            self.record(&record.op, &mut left_out, |op| {
                let caller = record.caller.clone();
                records.push(Record { op, evidence: Evidence::Logged, caller });
            });
        }
        let mut header = trace.header.clone();
        header.machine = format!("made: {} times side by side: {}", self.k, header.machine);
        header.source = recipe.to_string();
        header.captured = Trace::MADE.into();
        header.notes = vec![format!(
            "made from {name}; no kernel ran this: the address of an allocation only names the block"
        )];
        Trace {
            header,
            zones: self.zones(&trace.zones),
            memoryless_nodes: copies()
                .flat_map(|copy| trace.memoryless_nodes.iter().map(move |&nid| self.nid(nid, copy)))
                .collect(),
            memory: memory.collect(),
            reserved,
            records,
            said: None,
        }
    }

    /// The recorded zones, of which the highest now reaches to the end of all copies.
    fn zones(&self, zones: &[Zone]) -> Vec<Zone> {
        let mut zones = zones.to_vec();
        if let Some(highest) = zones.iter_mut().max_by_key(|zone| zone.range.end()) {
            let end = highest.range.end().0.saturating_add(self.span * (self.k - 1));
            highest.range = AddrRange::clamped(highest.range.start(), PhysAddr(end));
        }
        zones
    }

    /// What becomes of a call.
    fn record(&self, op: &Op, left_out: &mut LeftOut, mut push: impl FnMut(Op)) {
        match op {
            Op::Set(setting) => push(Op::Set(self.setting(*setting))),
            Op::Doubled { .. } | Op::Dump(_) => {}
            Op::Reserve(range) => {
                for copy in 0..self.k {
                    if copy > 0 && range.end() <= LOW {
                        left_out.insert(*range);
                    } else if let Some(range) = self.range(*range, copy) {
                        push(Op::Reserve(range));
                    }
                }
            }
            Op::Free(range) => {
                let kept = left_out.take(*range);
                for copy in 0..self.k {
                    let whole = [*range];
                    let parts = if copy == 0 { &whole[..] } else { &kept[..] };
                    parts
                        .iter()
                        .filter_map(|part| self.range(*part, copy))
                        .for_each(|part| push(Op::Free(part)));
                }
            }
            Op::Alloc(request, at) => {
                for copy in 0..self.k {
                    if let Some(request) = self.request(request, copy) {
                        push(Op::Alloc(request, at.map(|at| PhysAddr(at.0 + self.span * copy))));
                    } else if let Some(block) = at.and_then(|at| AddrRange::from_size(at, request.size)) {
                        left_out.insert(block);
                    }
                }
            }
            Op::Change(change) => {
                for change in (0..self.k).filter_map(|copy| self.change(change, copy)) {
                    push(Op::Change(change));
                }
            }
        }
    }

    /// The range in a copy; what of it lies beyond the recorded machine would lie in the next one.
    fn range(&self, range: AddrRange, copy: u64) -> Option<AddrRange> {
        let inside = range.intersection(AddrRange::clamped(PhysAddr(0), PhysAddr(self.span)));
        let shift = |addr: PhysAddr| PhysAddr(addr.0 + self.span * copy);
        (!inside.is_empty()).then(|| AddrRange::clamped(shift(inside.start()), shift(inside.end())))
    }

    fn nid(&self, nid: Nid, copy: u64) -> Nid {
        let number = u64::from(nid.get()) + self.count * copy;
        // `tile` has seen to it that all numbers are possible.
        u32::try_from(number).ok().and_then(Nid::new).unwrap_or(nid)
    }

    fn piece(&self, piece: MemoryRange, copy: u64) -> Option<MemoryRange> {
        let range = self.range(piece.range, copy)?;
        Some(MemoryRange { range, nid: piece.nid.map(|nid| self.nid(nid, copy)), ..piece })
    }

    fn change(&self, change: &MapChange, copy: u64) -> Option<MapChange> {
        Some(match *change {
            MapChange::Add(piece) => MapChange::Add(self.piece(piece, copy)?),
            MapChange::Remove(range) => MapChange::Remove(self.range(range, copy)?),
            MapChange::SetNode(range, nid) => {
                MapChange::SetNode(self.range(range, copy)?, nid.map(|nid| self.nid(nid, copy)))
            }
            MapChange::SetFlags(range, flags) => MapChange::SetFlags(self.range(range, copy)?, flags),
            MapChange::ClearFlags(range, flags) => MapChange::ClearFlags(self.range(range, copy)?, flags),
        })
    }

    /// A limit at the recorded machine's end becomes one at the end of all copies.
    fn setting(&self, setting: Setting) -> Setting {
        match setting {
            Setting::CurrentLimit(Some(limit)) if limit > LOW => {
                Setting::CurrentLimit(Some(PhysAddr(limit.0.saturating_add(self.span * (self.k - 1)))))
            }
            other => other,
        }
    }

    /// The request in a copy, unless it asks for low memory, which only the first has.
    fn request(&self, request: &AllocRequest, copy: u64) -> Option<AllocRequest> {
        let by = self.span * copy;
        let up = |addr: PhysAddr| PhysAddr(addr.0.saturating_add(by));
        let low = request.limit.is_some_and(|limit| limit <= LOW);
        if low && copy > 0 {
            return None;
        }
        Some(AllocRequest {
            goal: match request.goal {
                Goal::Prefer(addr) if addr.0 > 0 => Goal::Prefer(up(addr)),
                Goal::AtLeast(addr) if addr.0 > 0 => Goal::AtLeast(up(addr)),
                other => other,
            },
            limit: request.limit.map(up),
            node: match request.node {
                NodeChoice::Any => NodeChoice::Any,
                NodeChoice::Prefer(nid) => NodeChoice::Prefer(self.nid(nid, copy)),
                NodeChoice::Exact(nid) => NodeChoice::Exact(self.nid(nid, copy)),
            },
            ..*request
        })
    }
}

impl LeftOut {
    fn insert(&mut self, range: AddrRange) {
        if !range.is_empty() {
            self.0.insert(range.start().0..range.end().0);
        }
    }

    /// What of `range` was not left out; from now on, none of it is.
    fn take(&mut self, range: AddrRange) -> Vec<AddrRange> {
        if range.is_empty() {
            return Vec::new();
        }
        let whole = range.start().0..range.end().0;
        let of = |gap: Range<u64>| AddrRange::clamped(PhysAddr(gap.start), PhysAddr(gap.end));
        let kept = self.0.gaps(&whole).map(of).collect();
        self.0.remove(whole);
        kept
    }
}
