//! Memory maps that are printed a line at a time: what each line says. A file for each kind.

mod e820;
mod efi;
mod iomem;
mod numactl;
mod srat;
mod uboot;

use crate::import::dialects::cursor::Cursor;
use crate::import::dialects::linux::{self, Fact};
use crate::import::dialects::lmb;
use crate::import::text::{Language, Reading};

/// What a line says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Line {
    /// A list of E820 ranges begins.
    E820Begins,
    /// A range of such a list: the list's name, such as `BIOS-e820`, and what the range is, such as `usable`.
    E820 { list: String, ends: Ends, kind: String },
    /// The kernel makes something else of a range, or takes it out of its list (`to` is `None`).
    E820Changes { ends: Ends, from: String, to: Option<String> },
    /// A range of EFI's memory map, as a kernel, Xen or the UEFI shell prints it.
    /// `spanned`: in the form of arm64, riscv and loongarch.
    Efi { ends: Ends, kind: String, attributes: Attributes, spanned: bool },
    /// SRAT and its like: whatever memory is here belongs to this node.
    NodeSpan { nid: u32, ends: Ends, hotplug: bool },
    /// A range of `/proc/iomem` or `lsmem`.
    Resource { ends: Ends, name: String },
    /// `numactl -H`: how much memory a node has.
    NodeSize { nid: u32, mib: u64 },
    /// Something of U-Boot's lists.
    Lmb(lmb::Line),
    /// An end of one of U-Boot's banks.
    Field(Field, u64),
    /// What a device tree keeps, as the kernel prints it.
    TreeReserved { ends: Ends, name: String, nomap: bool },
    /// What every kernel says of itself and of its memory.
    Fact(Fact),
}

/// The two ends of a range as they were printed: it may be backwards.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ends {
    pub(super) start: u64,
    /// The first byte after it.
    pub(super) end: u64,
}

/// What EFI says of a range beside its type.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Attributes {
    /// It can be cached, as all memory can.
    pub(super) cached: bool,
    /// It is mirrored.
    pub(super) reliable: bool,
    /// It is set apart for a purpose of its own.
    pub(super) special: bool,
}

/// Numbers of which two make a bank of memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Field {
    /// The first byte.
    Start,
    /// How many bytes.
    Size,
}

impl Ends {
    /// `last` is the last byte of it.
    pub(super) fn inclusive(start: u64, last: u64) -> Self {
        Self { start, end: last.saturating_add(1) }
    }

    /// What two printed numbers mean where kernels differ: a last byte ends in ones, a first byte after in zeros.
    fn by_last_digits(start: u64, end: u64) -> Self {
        if end & 0xfff == 0xfff { Self::inclusive(start, end) } else { Self { start, end } }
    }
}

/// All of them at once: which maps a file holds shows only by its lines.
pub(super) struct MapLines;

type Read = Reading<Line>;

/// Where a record begins that something may stand before.
const MARKS: [&str; 7] =
    ["BIOS-e820:", "e820: ", "efi: mem", "efi:   0x", "ACPI: SRAT: Node", "SRAT: Node", "OF: reserved mem:"];

impl Language for MapLines {
    type Line = Line;

    fn words() -> impl Iterator<Item = &'static str> {
        let own = [e820::WORDS, efi::WORDS, iomem::WORDS, numactl::WORDS, srat::WORDS, uboot::WORDS];
        own.into_iter().flatten().copied().chain(lmb::WORDS).chain(linux::WORDS)
    }

    fn read(text: &str) -> Read {
        let text = text.strip_prefix("(XEN)").unwrap_or(text).trim();
        for read in [e820::read, efi::read, srat::read, numactl::read, uboot::read, iomem::read] {
            let reading = read(text);
            if !matches!(reading, Read::Noise) {
                return reading;
            }
        }
        linux::fact(text).map_or(Read::Noise, |fact| one(Line::Fact(fact)))
    }

    fn record(line: &str) -> (Option<usize>, Option<usize>) {
        (MARKS.iter().filter_map(|mark| line.find(mark)).min(), None)
    }

    fn suspects(_: &str) -> bool {
        // A map's line that makes no sense is found by the one who reads it.
        false
    }

    fn follows(first: &Line, second: &Line) -> Option<bool> {
        match (first, second) {
            (Line::E820 { ends: first, .. }, Line::E820 { ends: second, .. })
            | (Line::Efi { ends: first, .. }, Line::Efi { ends: second, .. })
            | (Line::Resource { ends: first, .. }, Line::Resource { ends: second, .. })
                if first != second =>
            {
                Some(first.start < second.start)
            }
            _ => None,
        }
    }
}

fn one(line: Line) -> Read {
    Read::Lines(vec![line])
}

/// `[mem 0x…-0x…]`, whose second number is the last byte.
fn mem(line: &mut Cursor<'_>) -> Option<Ends> {
    let mut ahead = *line;
    ahead.next("[mem")?;
    ahead.blanks();
    let start = ahead.hex()?.value;
    ahead.word("-")?;
    let last = ahead.hex()?.value;
    ahead.word("]")?;
    *line = ahead;
    Some(Ends::inclusive(start, last))
}
