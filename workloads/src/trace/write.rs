//! Writing a trace as text: one record a line, fields in a fixed order, so that two traces can be compared with `diff`.

use std::fmt::{self, Display, Formatter};

use allocators::{Goal, MapChange, MemoryRange, Nid, NodeChoice, Setting};

use super::{Dump, Evidence, Op, Record, Trace, VERSION};

impl Display for Trace {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let header = &self.header;
        writeln!(f, "bootalloc-trace {VERSION}")?;
        writeln!(f, "machine {}", header.machine)?;
        writeln!(f, "kernel {}", header.kernel)?;
        writeln!(f, "arch {}", header.arch)?;
        if let Some(allocator) = header.allocator {
            writeln!(f, "allocator {}", allocator.word())?;
        }
        writeln!(f, "page-size {}", header.page_size.bytes())?;
        writeln!(f, "max-order {}", header.max_order.0)?;
        writeln!(f, "pageblock-order {}", header.pageblock_order.0)?;
        if let Some(line) = &header.command_line {
            writeln!(f, "command-line {line}")?;
        }
        writeln!(f, "source {}", header.source)?;
        writeln!(f, "captured {}", header.captured)?;
        for note in &header.notes {
            writeln!(f, "note {note}")?;
        }
        for zone in &self.zones {
            writeln!(f, "zone {} {}", zone.name, zone.range)?;
        }
        for nid in &self.memoryless_nodes {
            writeln!(f, "memoryless-node {nid}")?;
        }
        for piece in &self.memory {
            writeln!(f, "memory {}{}", Piece(&piece.memory), Mark(piece.evidence))?;
        }
        for piece in &self.reserved {
            writeln!(f, "reserved {}{}", piece.range, Mark(piece.evidence))?;
        }
        for (index, record) in self.records.iter().enumerate() {
            writeln!(f, "{} {}", index + 1, Line(record))?;
            if let Op::Dump(dump) = &record.op {
                write_dump(f, dump)?;
            }
        }
        if let Some(said) = &self.said {
            let (physical, reserved, cma) = (said.physical_kib, said.reserved_kib, said.cma_kib);
            write!(f, "said physical={physical}K reserved={reserved}K cma={cma}K")?;
            if let Some(us) = said.at_us {
                write!(f, " at={us}us")?;
            }
            writeln!(f)?;
        }
        writeln!(f, "end records={}", self.records.len())
    }
}

impl Trace {
    /// For each record, the line of the written trace that it stands on, counted from 1.
    #[must_use]
    pub fn record_lines(&self) -> Vec<usize> {
        let fixed = 9;
        let header = &self.header;
        let optional = usize::from(header.command_line.is_some())
            + usize::from(header.allocator.is_some())
            + header.notes.len();
        let lists = self.zones.len() + self.memoryless_nodes.len() + self.memory.len() + self.reserved.len();
        let mut line = fixed + optional + lists;
        let mut ahead = 0;
        self.records
            .iter()
            .map(|record| {
                line += 1 + ahead;
                ahead = match &record.op {
                    Op::Dump(dump) => dump.memory.len() + dump.reserved.len(),
                    _ => 0,
                };
                line
            })
            .collect()
    }

    /// The line of the written trace that says what the kernel said in the end, counted from 1.
    #[must_use]
    pub fn said_line(&self) -> usize {
        self.to_string().lines().count() - 1
    }
}

fn write_dump(f: &mut Formatter<'_>, dump: &Dump) -> fmt::Result {
    for piece in &dump.memory {
        writeln!(f, "  memory {}", Piece(piece))?;
    }
    for piece in &dump.reserved {
        writeln!(f, "  reserved {}", Piece(piece))?;
    }
    Ok(())
}

/// A record without its number.
struct Line<'a>(&'a Record);

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let record = self.0;
        match &record.op {
            Op::Reserve(range) => write!(f, "reserve {range}")?,
            Op::Free(range) => write!(f, "free {range}")?,
            Op::Alloc(request, at) => {
                write!(f, "alloc size={} align={:#x}", request.size, request.align)?;
                match request.goal {
                    Goal::Prefer(addr) if addr.0 == 0 => {}
                    Goal::Prefer(addr) => write!(f, " goal={addr}")?,
                    Goal::AtLeast(addr) => write!(f, " min={addr}")?,
                }
                if let Some(limit) = request.limit {
                    write!(f, " limit={limit}")?;
                }
                match request.node {
                    NodeChoice::Any => {}
                    NodeChoice::Prefer(nid) => write!(f, " node={nid}")?,
                    NodeChoice::Exact(nid) => write!(f, " exact-node={nid}")?,
                }
                match at {
                    Some(addr) => write!(f, " -> {addr}")?,
                    None => f.write_str(" -> failed")?,
                }
            }
            Op::Change(change) => write_change(f, change)?,
            Op::Set(setting) => write_setting(f, setting)?,
            Op::Doubled { array, regions, at } => {
                write!(f, "doubled {} regions={regions} -> {at}", array.word())?;
            }
            Op::Dump(dump) => {
                write!(f, "dump memory={} reserved={}", dump.memory.len(), dump.reserved.len())?;
            }
        }
        write!(f, "{}", Mark(record.evidence))?;
        match &record.caller {
            Some(caller) => write!(f, " by {caller}"),
            None => Ok(()),
        }
    }
}

fn write_change(f: &mut Formatter<'_>, change: &MapChange) -> fmt::Result {
    match change {
        MapChange::Add(piece) => write!(f, "add {}", Piece(piece)),
        MapChange::Remove(range) => write!(f, "remove {range}"),
        MapChange::SetNode(range, nid) => write!(f, "set-node {range} nid={}", Node(*nid)),
        MapChange::SetFlags(range, flags) => write!(f, "set-flags {range} flags={:#x}", flags.0),
        MapChange::ClearFlags(range, flags) => write!(f, "clear-flags {range} flags={:#x}", flags.0),
    }
}

fn write_setting(f: &mut Formatter<'_>, setting: &Setting) -> fmt::Result {
    let switch = |on: bool| if on { "on" } else { "off" };
    match *setting {
        Setting::BottomUp(on) => write!(f, "bottom-up {}", switch(on)),
        Setting::AllowResize(on) => write!(f, "allow-resize {}", switch(on)),
        Setting::MovableNode(on) => write!(f, "movable-node {}", switch(on)),
        Setting::MarkKernelReservations(on) => write!(f, "mark-kernel-reservations {}", switch(on)),
        Setting::KhoScratchOnly(on) => write!(f, "kho-scratch-only {}", switch(on)),
        Setting::CurrentLimit(Some(addr)) => write!(f, "current-limit {addr}"),
        Setting::CurrentLimit(None) => f.write_str("current-limit none"),
    }
}

struct Piece<'a>(&'a MemoryRange);

impl Display for Piece<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} nid={} flags={:#x}", self.0.range, Node(self.0.nid), self.0.flags.0)
    }
}

struct Node(Option<Nid>);

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(nid) => write!(f, "{nid}"),
            None => f.write_str("none"),
        }
    }
}

struct Mark(Evidence);

impl Display for Mark {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Evidence::Logged => Ok(()),
            Evidence::Inferred(reason) => write!(f, " inferred={}", reason.word()),
            Evidence::Fitted(reason) => write!(f, " fitted={}", reason.word()),
            Evidence::Unexplained => f.write_str(" unexplained"),
        }
    }
}
