//! `numactl -H`: nodes and how much memory each has, without a word of where.
//!
//! ```text
//! available: 2 nodes (0-1)
//! node 0 size: 65442 MB
//! ```

use super::{Line, Read, one};
use crate::import::dialects::cursor::Cursor;

pub(super) const WORDS: &[&str] = &[" size: "];

pub(super) fn read(text: &str) -> Read {
    size(text).map_or(Read::Noise, one)
}

fn size(text: &str) -> Option<Line> {
    let mut line = Cursor::new(text);
    line.word("node ")?;
    let nid = line.nid()??;
    line.next("size:")?;
    line.blanks();
    let mib = line.decimal()?;
    line.next("MB")?;
    Some(Line::NodeSize { nid, mib })
}
