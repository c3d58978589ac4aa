//! U-Boot's `lmb_dump_all`, which `bdinfo` prints: a state of two lists, and no boot.
//!
//! ```text
//! lmb_dump_all:
//!  memory.cnt  = 0x1
//!  memory[0] <TAB> [0x40000000-0x5fffffff], 0x20000000 bytes flags: 0
//!  reserved.cnt  = 0x1
//!  reserved[0] <TAB> [0x5f7fb920-0x5fffffff], 0x008046e0 bytes flags: 0
//! ```
//! Regions are numbered in decimal without `0x`, which tells them from a kernel's. Since 2024.10 the flags are words
//! (`flags: none`, `no-map`, `no-overwrite`). Before 2021, and in Linux up to 2.6.34, a region takes two lines:
//!
//! ```text
//!     memory.reg[0x0].base   = 0x40000000
//!                    .size   = 0x20000000
//! ```

use allocators::{AddrRange, MemFlags, MemoryRange, PhysAddr};

use super::cursor::Cursor;
use super::linux::Platform;
use super::{LogLine, Read};
use crate::import::boots::Boot;
use crate::import::header::{finish, header};
use crate::import::{Account, Imported, Options};
use crate::ranges::Ranges;
use crate::trace::{Array, Evidence, Recorded, StartMemory, StartReserved, Trace};

/// Each line that matters holds one of these.
pub(crate) const WORDS: [&str; 5] = ["lmb_dump_all", "memory[", "reserved[", "memory.reg", "reserved.reg"];

/// What U-Boot said of its lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Line {
    /// The lists begin.
    Begin,
    /// A region of one of them.
    Region { array: Array, index: u64, range: AddrRange },
    /// Where a region begins; its size is on the next line.
    Base { array: Array, index: u64, start: PhysAddr },
    /// The size of the region of which the beginning was told.
    Size(u64),
}

/// What a clean line says of the lists, to others than the importer.
pub(crate) fn line(text: &str) -> Option<Line> {
    match read(text) {
        Read::Lines(lines) => lines.into_iter().find_map(|line| match line {
            LogLine::Lmb(line) => Some(line),
            _ => None,
        }),
        _ => None,
    }
}

/// Reads a clean line.
pub(super) fn read(text: &str) -> Read {
    if text.starts_with("lmb_dump_all") {
        return Read::Lines(vec![LogLine::Lmb(Line::Begin)]);
    }
    if let Some(line) = old(text) {
        return Read::Lines(vec![LogLine::Lmb(line)]);
    }
    for (name, array) in [("memory[", Array::Memory), ("reserved[", Array::Reserved)] {
        let mut line = Cursor::new(text);
        if line.word(name).is_none() || line.rest().starts_with("0x") {
            continue;
        }
        return match region(array, &mut line) {
            Some(line) => Read::Lines(vec![LogLine::Lmb(line)]),
            // Other programs print lists by these names.
            None => Read::Noise,
        };
    }
    Read::Noise
}

/// `memory.reg[0x0].base   = 0x40000000`, or `memory.region[0x0].base`, and `.size   = 0x20000000`.
fn old(text: &str) -> Option<Line> {
    let value = |mut line: Cursor<'_>| {
        line.next("=")?;
        line.blanks();
        line.hex().filter(|_| line.is_over()).map(|hex| hex.value)
    };
    if let Some(rest) = text.strip_prefix(".size") {
        return value(Cursor::new(rest)).map(Line::Size);
    }
    let arrays = [("memory.reg", Array::Memory), ("reserved.reg", Array::Reserved)];
    arrays.into_iter().find_map(|(name, array)| {
        let mut line = Cursor::new(text);
        line.word(name)?;
        let _ = line.word("ion");
        line.word("[")?;
        let index = line.hex()?.value;
        line.word("].base")?;
        Some(Line::Base { array, index, start: PhysAddr(value(line)?) })
    })
}

fn region(array: Array, line: &mut Cursor<'_>) -> Option<Line> {
    let index = line.decimal()?;
    line.word("]")?;
    line.blanks();
    let (start, last) = line.loose_range()?;
    line.next(",")?;
    line.blanks();
    let size = line.hex()?.value;
    line.next("bytes")?;
    let range = AddrRange::from_size(PhysAddr(start.value), size)?;
    // Both are printed, and must agree.
    (size > 0 && last.value == range.end().0 - 1).then_some(Line::Region { array, index, range })
}

/// Whether the log holds U-Boot's lists and nothing of a kernel's allocator.
pub(super) fn speaks(boot: &Boot) -> bool {
    let is_lmb = |line: &LogLine| matches!(line, LogLine::Lmb(Line::Region { .. } | Line::Base { .. }));
    let others = |line: &LogLine| match line {
        LogLine::Bootmem(_) => true,
        // The counts of both look alike.
        LogLine::Memblock(line) => !line.is_count(),
        _ => false,
    };
    boot.lines.iter().any(|(_, line)| is_lmb(line)) && !boot.lines.iter().any(|(_, line)| others(line))
}

/// The two lists, as far as they were read.
#[derive(Default)]
struct Lists {
    arrays: [Ranges; 2],
    /// A region of which the size is not told yet.
    open: Option<(Array, u64, PhysAddr)>,
}

impl Lists {
    fn line(&mut self, line: Line) {
        let open = self.open.take();
        match line {
            Line::Begin => *self = Self::default(),
            Line::Region { array, index, range } => self.region(array, index, range),
            Line::Base { array, index, start } => self.open = Some((array, index, start)),
            Line::Size(size) => {
                if let Some((array, index, start)) = open
                    && let Some(range) = AddrRange::from_size(start, size)
                {
                    self.region(array, index, range);
                }
            }
        }
    }

    fn region(&mut self, array: Array, index: u64, range: AddrRange) {
        let list = &mut self.arrays[usize::from(array == Array::Reserved)];
        if index == 0 {
            *list = Ranges::default();
        }
        list.insert(range);
    }
}

/// The state as a trace.
pub(super) fn recover(boot: &Boot, platform: &Platform, source: &str, options: &Options) -> Imported {
    // A console may show them several times; the last state counts.
    let mut lists = Lists::default();
    for (_, line) in &boot.lines {
        if let LogLine::Lmb(line) = line {
            lists.line(*line);
        }
    }
    let [memory, reserved] = lists.arrays;
    let evidence = Evidence::Logged;
    let piece = |range| MemoryRange { range, nid: allocators::Nid::new(0), flags: MemFlags::NONE };
    let trace = Trace {
        header: header(&boot.facts, platform, Recorded::Lmb, source, options),
        zones: Vec::new(),
        memoryless_nodes: Vec::new(),
        memory: memory.iter().map(|range| StartMemory { memory: piece(range), evidence }).collect(),
        reserved: reserved.iter().map(|range| StartReserved { range, evidence }).collect(),
        records: Vec::new(),
        said: None,
    };
    let account = Account { dumps: 1, dumps_matched: 1, ..Account::default() };
    finish(trace, account, boot, vec!["this is U-Boot's list of what is taken".to_owned()])
}
