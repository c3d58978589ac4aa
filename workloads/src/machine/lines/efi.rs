//! EFI's memory map, as kernels, Xen and the UEFI shell print it.
//!
//! ```text
//! efi: mem00: [Conventional Memory|   |  |  |  |  |  |   |WB|WT|WC|UC] range=[0x0000000000000000-0x0000000000000fff] (0MB)
//! efi: mem00: type=7, attr=0xf, range=[0x0000000000000000-0x0000000000001000) (0MB)      before 4.1: the end is outside
//! efi:   0x000040000000-0x00005fffffff [Conventional Memory|   |  |  |  |  |  |   |WB|WT|WC|UC]
//! (XEN)  0000000000000-0000000057fff type=7 attr=000000000000000f
//! Available  0000000000001000-000000000009FFFF 000000000000009F 000000000000000F
//! ```

use super::{Attributes, Ends, Line, Read, one};
use crate::import::dialects::cursor::Cursor;

pub(super) const WORDS: &[&str] = &[
    "efi: mem",
    "EFI: mem",
    "efi:   0x",
    " type=",
    "range=[",
    "Available ",
    "BS_",
    "RT_",
    "Loader",
    "ACPI_",
    "MMIO",
    "Reserved ",
];

/// The types by number, as the specification names them.
const TYPES: [&str; 16] = [
    "Reserved",
    "Loader Code",
    "Loader Data",
    "Boot Code",
    "Boot Data",
    "Runtime Code",
    "Runtime Data",
    "Conventional Memory",
    "Unusable Memory",
    "ACPI Reclaim Memory",
    "ACPI Memory NVS",
    "Memory Mapped I/O",
    "MMIO Port",
    "PAL Code",
    "Persistent Memory",
    "Unaccepted Memory",
];

/// What others call them.
const NAMES: [(&str, usize); 38] = [
    ("Reserved", 0),
    ("Loader Code", 1),
    ("Loader Data", 2),
    ("Boot Code", 3),
    ("Boot Data", 4),
    ("Runtime Code", 5),
    ("Runtime Data", 6),
    ("Conventional Memory", 7),
    ("Conventional", 7),
    ("Unusable Memory", 8),
    ("Unusable", 8),
    ("ACPI Reclaim Memory", 9),
    ("ACPI Reclaim", 9),
    ("ACPI Memory NVS", 10),
    ("ACPI Mem NVS", 10),
    ("Memory Mapped I/O", 11),
    ("MMIO", 11),
    ("MMIO Port", 12),
    ("PAL Code", 13),
    ("Persistent Memory", 14),
    ("Persistent", 14),
    ("Unaccepted", 15),
    // The shell's.
    ("LoaderCode", 1),
    ("LoaderData", 2),
    ("BS_Code", 3),
    ("BS_Data", 4),
    ("RT_Code", 5),
    ("RT_Data", 6),
    ("Available", 7),
    ("available", 7),
    ("BS_code", 3),
    ("BS_data", 4),
    ("RT_code", 5),
    ("RT_data", 6),
    ("ACPI_Recl", 9),
    ("ACPI_recl", 9),
    ("ACPI_NVS", 10),
    ("MMIO_Port", 12),
];

pub(super) fn read(text: &str) -> Read {
    if let Some(line) = shell(text).or_else(|| xen(text)) {
        return one(line);
    }
    let rest = text.strip_prefix("efi:").or_else(|| text.strip_prefix("EFI:")).map(str::trim_start);
    let rest =
        rest.or_else(|| text.starts_with("mem").then_some(text).filter(|text| text.contains("range=[")));
    let Some(rest) = rest else {
        // Before 3.19 arm64 printed them without a name before each.
        return if text.starts_with("0x") { span_of_a_type(text) } else { Read::Noise };
    };
    if rest.starts_with("0x") {
        return match span(rest) {
            Some(line) => one(line),
            None if rest.contains('[') && !rest.contains(']') => Read::Incomplete(None),
            None => Read::Noise,
        };
    }
    let is_numbered =
        rest.strip_prefix("mem").is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_digit()));
    if !is_numbered {
        return Read::Noise;
    }
    match (numbered(rest), rest.contains("range=[")) {
        (Some(line), _) => one(line),
        // The longest line of a boot, which mail programs break.
        (None, false) => Read::Incomplete(None),
        (None, true) if !rest.contains('(') => Read::Incomplete(None),
        (None, true) => Read::Damaged,
    }
}

/// A range without a name before it, which is EFI's if it ends in one of EFI's types.
fn span_of_a_type(text: &str) -> Read {
    let kind = text.split_once('[').and_then(|(_, inside)| inside.split('|').next()).map(str::trim);
    if kind.and_then(named).is_none() {
        return Read::Noise;
    }
    match span(text) {
        Some(line) => one(line),
        None => Read::Incomplete(None),
    }
}

fn name(number: usize) -> String {
    TYPES.get(number).map_or_else(|| format!("type {number}"), |name| (*name).to_owned())
}

fn named(text: &str) -> Option<String> {
    NAMES.iter().find(|(name, _)| *name == text).map(|(_, number)| name(*number))
}

/// `mem00: …, range=[0x…-0x…]`; a parenthesis at the end says that the second number is outside.
fn numbered(text: &str) -> Option<Line> {
    let (before, range) = text.split_once("range=[")?;
    let mut line = Cursor::new(range);
    let start = line.hex()?.value;
    line.word("-")?;
    let end = line.hex()?.value;
    let ends = match line.rest().chars().next()? {
        ')' => Ends { start, end },
        ']' => Ends::inclusive(start, end),
        _ => return None,
    };
    if let Some((_, after)) = before.split_once("type=") {
        let mut line = Cursor::new(after);
        let kind = name(usize::try_from(line.decimal()?).ok()?);
        let bits = after.split_once("attr=").and_then(|(_, after)| Cursor::new(after).hex());
        return Some(Line::Efi {
            ends,
            kind,
            attributes: bits.map_or_else(cached, |bits| bitwise(bits.value)),
            spanned: false,
        });
    }
    let (_, bracket) = before.split_once('[')?;
    let (kind, attributes) = described(bracket.split_once(']')?.0);
    Some(Line::Efi { ends, kind, attributes, spanned: false })
}

/// `0x000040000000-0x00005fffffff [Conventional Memory|   |  |…]*`
fn span(text: &str) -> Option<Line> {
    let mut line = Cursor::new(text);
    let start = line.hex()?.value;
    line.word("-")?;
    let last = line.hex()?.value;
    line.next("[")?;
    let (kind, attributes) = described(line.rest().split_once(']')?.0);
    Some(Line::Efi { ends: Ends::inclusive(start, last), kind, attributes, spanned: true })
}

/// `Conventional Memory|   |  |  |  |WB|WT|WC|UC`
fn described(text: &str) -> (String, Attributes) {
    let mut parts = text.split('|').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let mut found = Attributes::default();
    let mut any = false;
    for part in parts {
        any = true;
        // Bits that this kernel has no names for.
        if let Some(bits) = part.strip_prefix("attr=").and_then(|bits| Cursor::new(bits).hex()) {
            found = bitwise(bits.value);
        }
        found.cached |= part == "WB";
        found.reliable |= part == "MR";
        found.special |= part == "SP";
    }
    (named(kind).unwrap_or_else(|| kind.to_owned()), if any { found } else { cached() })
}

/// Nothing is said of it.
fn cached() -> Attributes {
    Attributes { cached: true, ..Attributes::default() }
}

fn bitwise(bits: u64) -> Attributes {
    Attributes { cached: bits & 8 != 0, reliable: bits & (1 << 16) != 0, special: bits & (1 << 18) != 0 }
}

fn shell(text: &str) -> Option<Line> {
    let mut words = text.split_whitespace();
    let kind = named(words.next()?)?;
    let (start, last) = words.next()?.split_once('-')?;
    let wide = |word: &str| (word.len() == 16).then(|| u64::from_str_radix(word, 16).ok()).flatten();
    let ends = Ends::inclusive(wide(start)?, wide(last)?);
    wide(words.next()?)?;
    Some(Line::Efi { ends, kind, attributes: bitwise(wide(words.next()?)?), spanned: false })
}

fn xen(text: &str) -> Option<Line> {
    let mut words = text.split_whitespace();
    let (start, last) = words.next()?.split_once('-')?;
    let kind = words.next()?.strip_prefix("type=")?.parse().ok()?;
    let bits = words.next()?.strip_prefix("attr=")?;
    let number = |word: &str| u64::from_str_radix(word, 16).ok();
    let ends = Ends::inclusive(number(start)?, number(last)?);
    Some(Line::Efi { ends, kind: name(kind), attributes: bitwise(number(bits)?), spanned: false })
}
