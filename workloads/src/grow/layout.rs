//! Memory maps of real large machines, written down as facts in `layouts.txt`.

use allocators::{MemFlags, MemoryRange, Nid, PageSize};

use super::GrowError;
use super::draft::{Draft, GIB, bytes};
use super::error::closest;
use super::filling::Filling;
use super::recipe::Bytes;

const TEXT: &str = include_str!("layouts.txt");

/// The memory map of a real machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// What recipes call it.
    pub name: String,
    /// What the machine is.
    pub about: String,
    /// Where its boot log was posted.
    pub source: String,
    /// Its architecture, as kernels name it.
    pub arch: String,
    /// The size of its pages.
    pub page: PageSize,
    /// The recorded boot whose requests are made on it.
    pub fill: String,
    /// Its memory, ascending.
    pub memory: Vec<MemoryRange>,
}

/// All layouts, in the order of the file.
///
/// # Errors
/// [`GrowError::Damaged`] names the line of `layouts.txt` that says nothing sensible.
pub fn layouts() -> Result<Vec<Layout>, GrowError> {
    read(TEXT)
}

fn read(text: &str) -> Result<Vec<Layout>, GrowError> {
    let mut found: Vec<Layout> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let damaged = |why: &str| GrowError::Damaged {
            what: "list of layouts".into(),
            why: format!("line {number}: {why}: `{line}`"),
        };
        let (key, value) = line.split_once(' ').ok_or_else(|| damaged("nothing after the first word"))?;
        let value = value.trim();
        if key == "layout" {
            found.push(Layout {
                name: value.into(),
                about: String::new(),
                source: String::new(),
                arch: String::new(),
                page: PageSize::KIB_4,
                fill: String::new(),
                memory: Vec::new(),
            });
            continue;
        }
        let layout = found.last_mut().ok_or_else(|| damaged("no layout has begun"))?;
        match key {
            "about" => layout.about = value.into(),
            "source" => layout.source = value.into(),
            "arch" => layout.arch = value.into(),
            "fill" => layout.fill = value.into(),
            "page" => {
                let size = value.parse().ok().and_then(PageSize::new);
                layout.page = size.ok_or_else(|| damaged("not the size of a page"))?;
            }
            nid => {
                let piece = piece(nid, value).ok_or_else(|| damaged("not a node and two addresses"))?;
                let last = layout.memory.last().map(|piece| piece.range.end());
                if last.is_some_and(|end| end > piece.range.start()) {
                    return Err(damaged("ranges ascend"));
                }
                layout.memory.push(piece);
            }
        }
    }
    Ok(found)
}

fn piece(nid: &str, range: &str) -> Option<MemoryRange> {
    let hex = |text: &str| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok();
    let (start, end) = range.split_once(' ')?;
    let (start, end) = (hex(start)?, hex(end)?);
    let nid = Some(nid.parse().ok().and_then(Nid::new)?);
    (start < end).then(|| MemoryRange { range: bytes(start, end), nid, flags: MemFlags::NONE })
}

/// The machine `k` times side by side, each copy one span further up and with node ids of its own, filled with the requests
/// of a recorded boot.
pub(super) fn filled(name: &str, k: u64) -> Result<Draft, GrowError> {
    let known = layouts()?;
    let Some(layout) = known.iter().find(|layout| layout.name == name) else {
        let close = closest(name, known.iter().map(|layout| &layout.name[..]));
        return Err(GrowError::Unknown { what: "layout", name: name.into(), close });
    };
    let span = layout.memory.last().map_or(0, |piece| piece.range.end().0).next_multiple_of(GIB);
    let highest = layout.memory.iter().filter_map(|piece| piece.nid).max().map_or(0, Nid::get);
    let count = u64::from(highest) + 1;
    // Block names come above all memory, and must stay below the end of the address space too.
    let most = (u64::from(Nid::LIMIT) / count).min((1 << 52) / span.max(1)).max(1);
    if k > most {
        let [found, least, most] = [k, 1, most].map(|number| number.to_string());
        return Err(GrowError::Bounds { what: "k", found, least, most });
    }
    let copy = |j: u64| {
        layout.memory.iter().map(move |piece| {
            let (start, end) = (piece.range.start().0 + span * j, piece.range.end().0 + span * j);
            super::draft::piece(start, end, u64::from(piece.nid.map_or(0, Nid::get)) + count * j)
        })
    };
    let memory: Vec<MemoryRange> = (0..k).flat_map(copy).collect();
    let all: u64 = memory.iter().map(|piece| piece.range.size()).sum();
    let times = if k == 1 { String::new() } else { format!("{k} times side by side: ") };
    let about = format!("{times}{}; {}iB; memory map from {}", layout.about, Bytes(all), layout.source);
    let mut draft = Draft::new(about, memory).on(&layout.arch, layout.page);
    // A kernel's image, where the lowest range has room for one.
    let roomy = layout.memory.iter().find(|piece| piece.range.size() >= 256 << 20);
    draft.reserved(roomy.map(|piece| {
        let start = piece.range.start().0.next_multiple_of(16 << 20);
        bytes(start, start + (48 << 20))
    }));
    Filling::of(&layout.fill)?.fill(&mut draft);
    Ok(draft)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_says_what_it_is_and_whence() {
        let all = layouts().unwrap();
        assert!(all.len() >= 5);
        for layout in &all {
            for said in [&layout.about, &layout.source, &layout.arch] {
                assert!(!said.is_empty(), "{}", layout.name);
            }
            assert!(!layout.memory.is_empty(), "{}", layout.name);
            assert!(crate::corpus::names().any(|name| name == layout.fill), "{}", layout.fill);
        }
    }

    /// Expect the numbers that were said of machines without a public log; a firmware's own entries lie between memory's.
    #[test]
    fn derived_layouts_have_the_numbers_that_are_known() {
        let all = layouts().unwrap();
        let of = |name: &str| all.iter().find(|layout| layout.name == name).unwrap();
        let ranges = |name: &str| {
            let mut ranges: Vec<(u64, u64)> = Vec::new();
            for piece in &of(name).memory {
                match ranges.last_mut() {
                    Some((_, end)) if *end == piece.range.start().0 => *end = piece.range.end().0,
                    _ => ranges.push((piece.range.start().0, piece.range.end().0)),
                }
            }
            ranges
        };
        let arm = of("arm64-44range-8t");
        let bytes: u64 = arm.memory.iter().map(|piece| piece.range.size()).sum();
        assert_eq!((arm.memory.len(), bytes >> 40, (bytes + (2 << 30)) >> 40), (44, 7, 8));
        let firmware = ranges("x86-312entry-64g");
        assert_eq!(2 * firmware.len(), 312);
    }

    #[test]
    fn a_line_that_says_nothing_is_named() {
        for (text, line) in [
            ("0 0x0 0x1000\n", 1),
            ("layout a\npage 4095\n", 2),
            ("layout a\n\n0 0x1000 0x1000\n", 3),
            ("layout a\n0 0x0 0x2000\n1 0x1000 0x3000\n", 3),
            ("layout\n", 1),
            ("layout a\n2000 0x0 0x1000\n", 2),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(&format!("line {line}:")), "{error}");
        }
    }
}
