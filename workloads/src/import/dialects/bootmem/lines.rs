//! The lines of `bootmem_debug`, 2.6.27 to 4.19.
//!
//! ```text
//! bootmem::init_bootmem_core nid=0 start=0 map=3c2 end=3ff0 mapsize=800
//! bootmem::__free nid=0 start=0 end=9f
//! bootmem::alloc_bootmem_core nid=0 size=1000 [1 pages] align=1000 goal=1000000 limit=0
//! ```
//! Every number but the node's and the pages' is hexadecimal without `0x`; starts and ends are page frame numbers.

use super::Line;
use crate::import::dialects::cursor::Cursor;
use crate::import::dialects::{LogLine, Read};

pub(in crate::import::dialects) fn read(text: &str) -> Read {
    let Some((_, after)) = text.split_once("bootmem::") else { return Read::Noise };
    let (function, fields) = after.split_once(' ').unwrap_or((after, ""));
    let mut line = Cursor::new(fields);
    let read = match function {
        "init_bootmem_core" => init(&mut line),
        "mark_bootmem_node" => Some(Line::Mark),
        "__reserve" if fields.trim_start().starts_with("silent double reserve") => return Read::Noise,
        "__reserve" => reserve(&mut line),
        "__free" => free(&mut line),
        "alloc_bootmem_core" | "alloc_bootmem_bdata" => alloc(&mut line),
        "free_all_bootmem_core" if !fields.contains("released=") => return Read::Noise,
        "free_all_bootmem_core" => released(&mut line),
        _ => return Read::Noise,
    };
    match read {
        Some(line) => Read::Lines(vec![LogLine::Bootmem(line)]),
        None if fields.matches('=').count() < 3 => Read::Incomplete(None),
        None => Read::Damaged,
    }
}

fn nid(line: &mut Cursor<'_>) -> Option<u32> {
    line.next("nid=")?;
    line.nid()?
}

fn field(line: &mut Cursor<'_>, name: &str) -> Option<u64> {
    line.next(name)?;
    line.word("=")?;
    line.bare_hex()
}

fn init(line: &mut Cursor<'_>) -> Option<Line> {
    Some(Line::Init {
        nid: nid(line)?,
        start: field(line, "start")?,
        map: field(line, "map")?,
        end: field(line, "end")?,
        map_bytes: field(line, "mapsize")?,
    })
}

fn reserve(line: &mut Cursor<'_>) -> Option<Line> {
    Some(Line::Reserve {
        nid: nid(line)?,
        start: field(line, "start")?,
        end: field(line, "end")?,
        exclusive: field(line, "flags")? & 1 != 0,
    })
}

fn free(line: &mut Cursor<'_>) -> Option<Line> {
    Some(Line::Free { nid: nid(line)?, start: field(line, "start")?, end: field(line, "end")? })
}

fn alloc(line: &mut Cursor<'_>) -> Option<Line> {
    let nid = nid(line)?;
    let size = field(line, "size")?;
    line.next("[")?;
    line.decimal()?;
    line.next("pages]")?;
    Some(Line::Alloc {
        nid,
        size,
        align: field(line, "align")?,
        goal: field(line, "goal")?,
        limit: field(line, "limit")?,
    })
}

fn released(line: &mut Cursor<'_>) -> Option<Line> {
    Some(Line::Released { nid: nid(line)?, pages: field(line, "released")? })
}
