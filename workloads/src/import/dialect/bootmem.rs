//! The lines of `bootmem_debug`, 2.6.27 to 4.19.
//!
//! ```text
//! bootmem::init_bootmem_core nid=0 start=0 map=3c2 end=3ff0 mapsize=800
//! bootmem::__free nid=0 start=0 end=9f
//! bootmem::alloc_bootmem_core nid=0 size=1000 [1 pages] align=1000 goal=1000000 limit=0
//! ```
//! Every number but the node's and the pages' is hexadecimal without `0x`; starts and ends are page frame numbers.

use super::text::Text;
use super::{LogLine, Parsed};

/// What bootmem said. Starts and ends are page frame numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::import) enum BootmemLine {
    Init {
        nid: u32,
        start: u64,
        map: u64,
        end: u64,
        map_bytes: u64,
    },
    /// The outer line of a reservation or free on one node; the inner one says it again.
    Mark,
    Reserve {
        nid: u32,
        start: u64,
        end: u64,
        exclusive: bool,
    },
    Free {
        nid: u32,
        start: u64,
        end: u64,
    },
    Alloc {
        nid: u32,
        size: u64,
        align: u64,
        goal: u64,
        limit: u64,
    },
    Released {
        nid: u32,
        pages: u64,
    },
}

pub(super) fn parse(text: &str) -> Parsed {
    let Some((_, after)) = text.split_once("bootmem::") else { return Parsed::Noise };
    let (function, fields) = after.split_once(' ').unwrap_or((after, ""));
    let mut line = Text::new(fields);
    let read = match function {
        "init_bootmem_core" => init(&mut line),
        "mark_bootmem_node" => Some(BootmemLine::Mark),
        "__reserve" if fields.trim_start().starts_with("silent double reserve") => return Parsed::Noise,
        "__reserve" => reserve(&mut line),
        "__free" => free(&mut line),
        "alloc_bootmem_core" | "alloc_bootmem_bdata" => alloc(&mut line),
        "free_all_bootmem_core" if !fields.contains("released=") => return Parsed::Noise,
        "free_all_bootmem_core" => released(&mut line),
        _ => return Parsed::Noise,
    };
    match read {
        Some(line) => Parsed::Lines(vec![LogLine::Bootmem(line)]),
        None if fields.matches('=').count() < 3 => Parsed::Incomplete(None),
        None => Parsed::Damaged,
    }
}

fn nid(line: &mut Text<'_>) -> Option<u32> {
    line.next("nid=")?;
    line.nid()?
}

fn field(line: &mut Text<'_>, name: &str) -> Option<u64> {
    line.next(name)?;
    line.word("=")?;
    line.bare_hex()
}

fn init(line: &mut Text<'_>) -> Option<BootmemLine> {
    Some(BootmemLine::Init {
        nid: nid(line)?,
        start: field(line, "start")?,
        map: field(line, "map")?,
        end: field(line, "end")?,
        map_bytes: field(line, "mapsize")?,
    })
}

fn reserve(line: &mut Text<'_>) -> Option<BootmemLine> {
    Some(BootmemLine::Reserve {
        nid: nid(line)?,
        start: field(line, "start")?,
        end: field(line, "end")?,
        exclusive: field(line, "flags")? & 1 != 0,
    })
}

fn free(line: &mut Text<'_>) -> Option<BootmemLine> {
    Some(BootmemLine::Free { nid: nid(line)?, start: field(line, "start")?, end: field(line, "end")? })
}

fn alloc(line: &mut Text<'_>) -> Option<BootmemLine> {
    let nid = nid(line)?;
    let size = field(line, "size")?;
    line.next("[")?;
    line.decimal()?;
    line.next("pages]")?;
    Some(BootmemLine::Alloc {
        nid,
        size,
        align: field(line, "align")?,
        goal: field(line, "goal")?,
        limit: field(line, "limit")?,
    })
}

fn released(line: &mut Text<'_>) -> Option<BootmemLine> {
    Some(BootmemLine::Released { nid: nid(line)?, pages: field(line, "released")? })
}
