//! `/proc/iomem` and `lsmem`: what a running kernel says.
//!
//! ```text
//! 00001000-0009ffff : System RAM
//!   01000000-01ffffff : Kernel code
//! 0x0000000000000000-0x00000000bfffffff    3G online        no  0-23
//! ```
//! How deep a line stands is lost with its blanks; that it lies inside the one before says the same.

use super::{Ends, Line, Read, one};
use crate::import::dialects::cursor::Cursor;

pub(super) const WORDS: &[&str] = &[" : ", " online"];

pub(super) fn read(text: &str) -> Read {
    resource(text).or_else(|| block(text)).map_or(Read::Noise, one)
}

fn resource(text: &str) -> Option<Line> {
    let mut line = Cursor::new(text);
    let start = line.bare_hex()?;
    line.word("-")?;
    let last = line.bare_hex()?;
    let digits = |word: &str| word.len() >= 8;
    let (first, rest) = text.split_once('-')?;
    if !digits(first) || !digits(rest.split(' ').next()?) {
        return None;
    }
    line.next(":")?;
    let name = line.rest().trim();
    // Ports and other address spaces have no names of memory; those decide what is made of it.
    (!name.is_empty()).then(|| Line::Resource { ends: Ends::inclusive(start, last), name: name.to_owned() })
}

fn block(text: &str) -> Option<Line> {
    let mut line = Cursor::new(text);
    let start = line.hex()?.value;
    line.word("-")?;
    let last = line.hex()?.value;
    let mut words = line.rest().split_whitespace();
    let size = words.next()?;
    let sized = size.ends_with(['K', 'M', 'G', 'T']) && size.starts_with(|char: char| char.is_ascii_digit());
    (sized && words.next()? == "online")
        .then(|| Line::Resource { ends: Ends::inclusive(start, last), name: "System RAM".into() })
}
