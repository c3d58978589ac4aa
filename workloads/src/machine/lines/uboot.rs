//! U-Boot's `bdinfo`: banks of memory, and the lists of `lmb_dump_all` that it ends in, which the importer reads as well.
//!
//! ```text
//! DRAM bank   = 0x0000000000000000
//! -> start    = 0x0000000040000000
//! -> size     = 0x0000000080000000
//! memstart    = 0x00000000
//! memsize     = 0x20000000
//! ```

use super::{Field, Line, Read, one};
use crate::import::dialects::cursor::Cursor;
use crate::import::dialects::lmb;

pub(super) const WORDS: &[&str] = &["-> start", "-> size", "memstart", "memsize"];

pub(super) fn read(text: &str) -> Read {
    lmb::line(text).map(Line::Lmb).or_else(|| field(text)).map_or(Read::Noise, one)
}

fn field(text: &str) -> Option<Line> {
    let (name, value) = text.split_once('=')?;
    // The arrow's dash is taken for a diff's where lines are cleaned.
    let field = match name.trim_start_matches(['-', '>']).trim() {
        "start" | "memstart" => Field::Start,
        "size" | "memsize" => Field::Size,
        _ => return None,
    };
    Some(Line::Field(field, Cursor::new(value.trim()).hex()?.value))
}
