//! Which addresses belong to which node: ACPI's SRAT and what kernels print instead of it, and what a device tree keeps.
//!
//! ```text
//! ACPI: SRAT: Node 0 PXM 0 [mem 0x00000000-0x0009ffff]
//! ACPI: SRAT: Node 1 PXM 1 [mem 0x880000000-0x107fffffff] hotplug
//! SRAT: Node 0 PXM 0 0-a0000                                    before 3.5: the end is outside, on some kernels inside
//! NUMA: Adding memblock [0x8000000000 - 0x9fffffffff] on node 1
//! OF: reserved mem: 0x000000009c800000..0x000000009fffffff (57344 KiB) map reusable linux,cma
//! ```

use super::{Ends, Line, Read, mem, one};
use crate::import::dialects::cursor::Cursor;
use crate::import::dialects::linux::Fact;

pub(super) const WORDS: &[&str] = &[
    "SRAT: Node",
    "Adding memblock",
    "Faking ",
    "reserved mem: 0x",
    "memory pool at 0x",
    "<memory-less node>",
];

pub(super) fn read(text: &str) -> Read {
    let bare = text.strip_prefix("ACPI: ").unwrap_or(text);
    if let Some(rest) = bare.strip_prefix("SRAT: Node ") {
        return match srat(rest) {
            Some(line) => one(line),
            None if !rest.contains("PXM") || rest.ends_with("[mem") => Read::Incomplete(None),
            None => Read::Damaged,
        };
    }
    adding(text)
        .or_else(|| faking(text))
        .or_else(|| reserved(text))
        .or_else(|| pool(text))
        .or_else(|| memoryless(text))
        .map_or(Read::Noise, one)
}

fn srat(rest: &str) -> Option<Line> {
    let mut line = Cursor::new(rest);
    let nid = u32::try_from(line.decimal()?).ok()?;
    line.next("PXM")?;
    line.blanks();
    line.decimal()?;
    let ends = mem(&mut line).or_else(|| old(&mut line))?;
    Some(Line::NodeSpan { nid, ends, hotplug: line.rest().contains("hotplug") })
}

/// `0-a0000`, `[0-9ffff]`, `[0,a0000)`.
fn old(line: &mut Cursor<'_>) -> Option<Ends> {
    line.blanks();
    let _ = line.word("[");
    let number = |line: &mut Cursor<'_>| line.hex().map(|hex| hex.value).or_else(|| line.bare_hex());
    let start = number(line)?;
    line.blanks();
    line.word("-").or_else(|| line.word(","))?;
    line.blanks();
    let end = number(line)?;
    Some(Ends::by_last_digits(start, end))
}

fn adding(text: &str) -> Option<Line> {
    let (_, rest) = text.split_once("Adding memblock ")?;
    let mut line = Cursor::new(rest);
    let ends = old(&mut line)?;
    let (_, after) = line.rest().split_once("on node ")?;
    let nid = u32::try_from(Cursor::new(after).decimal()?).ok()?;
    Some(Line::NodeSpan { nid, ends, hotplug: false })
}

fn faking(text: &str) -> Option<Line> {
    let mut line = Cursor::new(text.strip_prefix("Faking node ")?);
    let nid = u32::try_from(line.decimal()?).ok()?;
    line.next("at")?;
    Some(Line::NodeSpan { nid, ends: mem(&mut line)?, hotplug: false })
}

fn reserved(text: &str) -> Option<Line> {
    let mut line = Cursor::new(text.strip_prefix("OF: reserved mem: ")?);
    let start = line.hex()?.value;
    line.word("..")?;
    let last = line.hex()?.value;
    let (_, after) = line.rest().split_once(") ")?;
    let mut words = after.split_whitespace();
    let nomap = words.next()? == "nomap";
    let name = words.nth(1).unwrap_or("reserved").to_owned();
    Some(Line::TreeReserved { ends: Ends::inclusive(start, last), name, nomap })
}

/// `Reserved memory: created CMA memory pool at 0x000000009c000000, size 64 MiB`
fn pool(text: &str) -> Option<Line> {
    let (what, rest) = text.strip_prefix("Reserved memory: created ")?.split_once(" at ")?;
    let mut line = Cursor::new(rest);
    let start = line.hex()?.value;
    line.word(", size ")?;
    let mib = line.decimal()?;
    line.next("MiB")?;
    let end = start.checked_add(mib.checked_mul(1 << 20)?)?;
    Some(Line::TreeReserved { ends: Ends { start, end }, name: what.to_owned(), nomap: false })
}

fn memoryless(text: &str) -> Option<Line> {
    let (before, _) = text.split_once(" [<memory-less node>]")?;
    let (_, nid) = before.rsplit_once("node ")?;
    Some(Line::Fact(Fact::Memoryless(nid.parse().ok()?)))
}
