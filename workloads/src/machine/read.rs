//! Reading a machine: strictly, so that what was read is written back to the same bytes.

use std::str::FromStr;

use allocators::{AddrRange, MemFlags, Nid, PageSize, PhysAddr};

use super::error::ReadMachineError;
use super::model::{Hardware, Kept, Memory, Said};
use super::{END_OF_MEMORY, VERSION};

/// What a file of machines begins with.
pub const MAGIC: &str = "bootalloc-machine";

impl FromStr for Hardware {
    type Err = ReadMachineError;

    fn from_str(text: &str) -> Result<Self, ReadMachineError> {
        let mut reader = Reader { hardware: empty(), stage: Stage::Head, named: false };
        let mut lines = (1..).zip(text.split_inclusive('\n'));
        let wrong = |line, why: String| ReadMachineError { line, why };
        let (_, first) = lines.next().ok_or_else(|| wrong(1, "the file is empty".into()))?;
        let version = first.trim_end_matches('\n').strip_prefix(MAGIC).map(str::trim_start);
        match version.map(str::parse::<u32>) {
            Some(Ok(VERSION)) if first == format!("{MAGIC} {VERSION}\n") => {}
            Some(Ok(other)) if other != VERSION => {
                return Err(wrong(
                    1,
                    format!("it is of version {other}, and this program reads version {VERSION}"),
                ));
            }
            _ => return Err(wrong(1, format!("a machine begins with `{MAGIC} {VERSION}`"))),
        }
        let mut last = 1;
        for (number, line) in lines {
            last = number;
            let whole = line
                .strip_suffix('\n')
                .ok_or_else(|| wrong(number, "the line has no end: the file was cut off".into()))?;
            if reader.stage == Stage::End {
                return Err(wrong(number, "nothing follows the line `end`".into()));
            }
            reader.line(whole).map_err(|why| wrong(number, why))?;
        }
        if reader.stage != Stage::End {
            return Err(wrong(last, "the line `end ranges=…` is missing: the file was cut off".into()));
        }
        Ok(reader.hardware)
    }
}

fn empty() -> Hardware {
    Hardware {
        name: String::new(),
        arch: None,
        page: None,
        sources: Vec::new(),
        notes: Vec::new(),
        memoryless_nodes: Vec::new(),
        memory: Vec::new(),
        reserved: Vec::new(),
        unusable: Vec::new(),
    }
}

/// Lines come in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Head,
    Arch,
    Page,
    Sources,
    Notes,
    Memoryless,
    Memory,
    Reserved,
    Unusable,
    End,
}

struct Reader {
    hardware: Hardware,
    stage: Stage,
    named: bool,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let (key, value) = line.split_once(' ').ok_or_else(|| format!("`{line}` says nothing"))?;
        let stage = match key {
            "name" => Stage::Head,
            "arch" => Stage::Arch,
            "page-size" => Stage::Page,
            "source" => Stage::Sources,
            "note" => Stage::Notes,
            "memoryless-node" => Stage::Memoryless,
            "memory" => Stage::Memory,
            "reserved" => Stage::Reserved,
            "unusable" => Stage::Unusable,
            "end" => Stage::End,
            _ => return Err(format!("no line begins with `{key}`")),
        };
        let once = stage <= Stage::Page;
        if stage < self.stage || once && stage == self.stage && self.named {
            return Err(format!("a line `{key}` may not stand here: FORMAT.md has the order"));
        }
        if !self.named && key != "name" {
            return Err("the second line is `name …`".into());
        }
        self.named = true;
        self.stage = stage;
        let hardware = &mut self.hardware;
        match stage {
            Stage::Head => hardware.name = text(value)?,
            Stage::Arch => hardware.arch = Some(text(value)?),
            Stage::Page => {
                let size = decimal(value)?;
                hardware.page = Some(PageSize::new(size).ok_or_else(|| format!("no page has {size} bytes"))?);
            }
            Stage::Sources => hardware.sources.push(text(value)?),
            Stage::Notes => hardware.notes.push(text(value)?),
            Stage::Memoryless => {
                let nid = node(value)?;
                if hardware.memoryless_nodes.last().is_some_and(|last| *last >= nid) {
                    return Err("nodes ascend".into());
                }
                hardware.memoryless_nodes.push(nid);
            }
            Stage::Memory => {
                let piece = memory(value, hardware.sources.len())?;
                ascends(hardware.memory.last().map(|last| last.range), piece.range)?;
                hardware.memory.push(piece);
            }
            Stage::Reserved => {
                let kept = kept(value, hardware.sources.len())?;
                ascends(hardware.reserved.last().map(|last| last.range), kept.range)?;
                hardware.reserved.push(kept);
            }
            Stage::Unusable => {
                let kept = kept(value, hardware.sources.len())?;
                ascends(hardware.unusable.last().map(|last| last.range), kept.range)?;
                hardware.unusable.push(kept);
            }
            Stage::End => {
                let count = value.strip_prefix("ranges=").ok_or("the last line is `end ranges=N`")?;
                let found = hardware.memory.len() + hardware.reserved.len() + hardware.unusable.len();
                if decimal(count)? != found as u64 {
                    return Err(format!(
                        "the file has {found} ranges and should have {count}: some are missing"
                    ));
                }
            }
        }
        Ok(())
    }
}

fn ascends(before: Option<AddrRange>, range: AddrRange) -> Result<(), String> {
    match before {
        Some(before) if before.end() > range.start() => {
            Err(format!("{range} does not lie above {before}: ranges ascend"))
        }
        _ => Ok(()),
    }
}

/// One line without control characters or blanks at its ends.
fn text(value: &str) -> Result<String, String> {
    if value.is_empty() || value.trim() != value || value.chars().any(char::is_control) {
        return Err(
            "a text is one line without control characters or blanks at its ends, and not empty".into()
        );
    }
    Ok(value.to_owned())
}

/// A number in its one shortest form.
fn decimal(word: &str) -> Result<u64, String> {
    word.parse()
        .ok()
        .filter(|number: &u64| number.to_string() == word)
        .ok_or_else(|| format!("`{word}` is not a decimal number"))
}

fn hex(word: &str) -> Result<u64, String> {
    let number = word.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    number
        .filter(|number| format!("{number:#x}") == word)
        .ok_or_else(|| format!("`{word}` is not a number such as 0x1000"))
}

fn node(word: &str) -> Result<Nid, String> {
    let number = decimal(word)?;
    let nid = u32::try_from(number).ok().and_then(Nid::new);
    nid.ok_or_else(|| format!("no node has the number {number}; the highest is {}", Nid::LIMIT - 1))
}

/// `START-END` and what follows a blank.
fn range(value: &str) -> Result<(AddrRange, &str), String> {
    let (range, rest) = value.split_once(' ').ok_or("a range is followed by `from …`")?;
    let (start, end) =
        range.split_once('-').ok_or_else(|| format!("`{range}` is not a range such as 0x1000-0x2000"))?;
    let (start, end) = (hex(start)?, hex(end)?);
    if start >= end {
        return Err(format!("{range} ends before it begins: the end of a range is its first byte outside"));
    }
    if end > END_OF_MEMORY.0 {
        return Err(format!(
            "{range} ends above {END_OF_MEMORY}, where the physical addresses of every machine end"
        ));
    }
    Ok((AddrRange::clamped(PhysAddr(start), PhysAddr(end)), rest))
}

fn memory(value: &str, sources: usize) -> Result<Memory, String> {
    let (range, rest) = range(value)?;
    let (nid, rest) =
        rest.strip_prefix("nid=").and_then(|rest| rest.split_once(' ')).ok_or("`nid=` is missing")?;
    let (flags, rest) =
        rest.strip_prefix("flags=").and_then(|rest| rest.split_once(' ')).ok_or("`flags=` is missing")?;
    let nid = if nid == "none" { None } else { Some(node(nid)?) };
    let flags = u32::try_from(hex(flags)?).map_err(|_| format!("`{flags}` are no flags"))?;
    Ok(Memory { range, nid, flags: MemFlags(flags), said: said(rest, sources)? })
}

fn kept(value: &str, sources: usize) -> Result<Kept, String> {
    let (range, rest) = range(value)?;
    Ok(Kept { range, said: said(rest, sources)? })
}

/// `from 1:12 as usable`.
fn said(rest: &str, sources: usize) -> Result<Said, String> {
    let (place, what) = rest
        .strip_prefix("from ")
        .and_then(|rest| rest.split_once(" as "))
        .ok_or("a range ends in `from SOURCE:LINE as WHAT`")?;
    let (source, line) = match place.split_once(':') {
        Some((source, line)) => (source, Some(decimal(line)?)),
        None => (place, None),
    };
    let number = usize::try_from(decimal(source)?).unwrap_or(usize::MAX);
    if number == 0 || number > sources {
        return Err(format!("there is no source {number}: {sources} are named above"));
    }
    if line == Some(0) {
        return Err("lines are counted from 1".into());
    }
    Ok(Said { source: number - 1, line, what: text(what)? })
}
