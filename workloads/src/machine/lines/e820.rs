//! E820, the map of x86: as kernels since 2.6 print it, with what they change in it, and as Xen and FreeBSD do.
//!
//! ```text
//! BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable                     since 3.5
//! BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff]  639   KB kernel usable RAM  since 6.19
//! BIOS-e820: 0000000000000000 - 000000000009fc00 (usable)                           before: the end is outside
//! e820: update [mem 0x00000000-0x00000fff] usable ==> reserved
//! (XEN)  [0000000000000000, 000000000009ffff] (usable)
//! SMAP type=01 base=0000000000000000 len=000000000009fc00                           FreeBSD
//! ```

use super::{Ends, Line, Read, mem, one};
use crate::import::dialects::cursor::Cursor;

pub(super) const WORDS: &[&str] = &[
    "physical RAM map",
    "RAM map:",
    "[mem 0x",
    "(usable)",
    "(reserved)",
    "(ACPI",
    "e820 update",
    "e820 remove",
    "SMAP type=",
    "(unusable)",
];

/// What stands before a range: whose list it is. A kernel that changes its list prints all of it anew.
const LISTS: [&str; 10] = [
    "BIOS-e820:",
    "BIOS-e801:",
    "BIOS-88:",
    "Xen-e820:",
    "Xen:",
    "VMI:",
    "user:",
    "modified:",
    "reserve setup_data:",
    "efi-e820:",
];

pub(super) fn read(text: &str) -> Read {
    if text.ends_with("RAM map:") {
        return one(Line::E820Begins);
    }
    if let Some(line) = changes(text).or_else(|| smap(text)) {
        return one(line);
    }
    let listed = LISTS.iter().find_map(|list| Some((*list, text.strip_prefix(list)?)));
    let Some((list, rest)) = listed else {
        let xen = xen(text).map(|(ends, kind)| Line::E820 { list: "Xen".into(), ends, kind });
        return xen.map_or(Read::Noise, one);
    };
    let list = list.trim_end_matches(':').to_owned();
    let mut line = Cursor::new(rest);
    line.blanks();
    if line.rest().starts_with("[gap ") {
        return Read::Noise;
    }
    let Some(ends) = mem(&mut line).or_else(|| old(&mut line)) else {
        return if is_begun(line.rest()) { Read::Incomplete(None) } else { Read::Damaged };
    };
    let kind = kind(line.rest());
    if kind.is_empty() { Read::Incomplete(None) } else { one(Line::E820 { list, ends, kind }) }
}

/// Whether a range may have been broken by whoever broke the line.
fn is_begun(text: &str) -> bool {
    !text.contains([']', '('])
        && text.chars().all(|char| char.is_ascii_hexdigit() || "[mem x-".contains(char))
}

/// `(usable)`, ` usable`, or ` 639   KB kernel usable RAM`.
fn kind(text: &str) -> String {
    let text = text.trim();
    let unit = ["KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "B"];
    let mut words = text.splitn(3, ' ');
    let sized = words.next().is_some_and(|word| word.starts_with(|char: char| char.is_ascii_digit()));
    let text = if sized {
        let rest = text.trim_start_matches(|char: char| char.is_ascii_digit() || char == '.' || char == ' ');
        unit.iter().find_map(|unit| rest.strip_prefix(unit)?.strip_prefix(' ')).unwrap_or(text)
    } else {
        text
    };
    let text = text.trim();
    text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(text).to_owned()
}

/// `0000000000000000 - 000000000009fc00`: the first byte after it, without `0x`.
fn old(line: &mut Cursor<'_>) -> Option<Ends> {
    let mut ahead = *line;
    ahead.blanks();
    let start = ahead.bare_hex()?;
    ahead.next("-")?;
    ahead.blanks();
    let end = ahead.bare_hex()?;
    *line = ahead;
    Some(Ends { start, end })
}

/// A range of Xen's list, which has no name before it.
fn xen(text: &str) -> Option<(Ends, String)> {
    let mut line = Cursor::new(text);
    let ends = if text.starts_with('[') {
        line.word("[")?;
        let start = line.bare_hex()?;
        line.next(",")?;
        line.blanks();
        let last = line.bare_hex()?;
        line.word("]")?;
        Ends::inclusive(start, last)
    } else {
        // A date looks much like it.
        let wide = text.as_bytes().get(..16).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if !wide {
            return None;
        }
        old(&mut line)?
    };
    line.blanks();
    let rest = line.rest();
    (rest.starts_with('(') && rest.ends_with(')')).then(|| (ends, kind(rest)))
}

/// What the kernel changes in its list.
fn changes(text: &str) -> Option<Line> {
    let text = text.strip_prefix("update e820").map_or(text, |_| "");
    let rest = ["e820: update ", "e820 update range: "].iter().find_map(|begin| text.strip_prefix(begin));
    if let Some(rest) = rest {
        let mut line = Cursor::new(rest);
        let ends = mem(&mut line).or_else(|| old(&mut line))?;
        let (from, to) = line.rest().split_once("==>")?;
        return Some(Line::E820Changes { ends, from: kind(from), to: Some(kind(to)) });
    }
    let rest = ["e820: remove ", "e820 remove range: "].iter().find_map(|begin| text.strip_prefix(begin))?;
    let mut line = Cursor::new(rest);
    let ends = mem(&mut line).or_else(|| old(&mut line))?;
    Some(Line::E820Changes { ends, from: kind(line.rest()), to: None })
}

/// FreeBSD's, of a verbose boot.
fn smap(text: &str) -> Option<Line> {
    let mut line = Cursor::new(text);
    line.word("SMAP type=")?;
    let kind = match line.decimal()? {
        1 => "usable",
        3 => "ACPI data",
        4 => "ACPI NVS",
        _ => "reserved",
    };
    line.next("base=")?;
    let base = line.hex().map(|hex| hex.value).or_else(|| line.bare_hex())?;
    line.next("len=")?;
    let len = line.hex().map(|hex| hex.value).or_else(|| line.bare_hex())?;
    let ends = Ends { start: base, end: base.checked_add(len)? };
    Some(Line::E820 { list: "SMAP".into(), ends, kind: kind.into() })
}
