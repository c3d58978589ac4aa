//! What lines a log may have, and what may happen to it.

use libfuzzer_sys::arbitrary::{self, Arbitrary};

use crate::transform::{TEXT, WRAPPED};

/// A log, and what happens to it.
#[derive(Arbitrary, Debug)]
pub(crate) struct Log {
    lines: Vec<Line>,
    changes: [u8; 3],
    wrapped: u8,
    harms: Vec<Harm>,
}

/// A line that somebody prints.
#[derive(Arbitrary, Debug)]
enum Line {
    Banner { version: Version, arch: Arch },
    CommandLine(Word),
    Listing { memory: Vec<Region>, reserved: Vec<Region>, wrong_count: bool },
    Region { array: Array, index: u8, region: Region },
    Range { verb: Verb, format: Format, range: Range, caller: Caller },
    Request { kind: Kind, size: Number, align: u8, nid: i8, from: Number, limit: Number, caller: Caller },
    Doubled { array: Array, regions: u8, range: Range },
    Nodes(Vec<(u8, Range)>),
    Zone(u8, Range),
    Memory { available: u32, all: u32, reserved: u32 },
    Usable(Range),
    NodePages(u8, u32),
    Cluster(u8, u32, u32),
    Bootmem { function: u8, nid: u8, numbers: [u32; 4] },
    Lmb { array: Array, index: u8, range: Range, old: bool },
    HandOver,
    Word(Word),
    Raw(Vec<u8>),
}

/// A number near those at which something ends.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Number {
    Page(u16),
    Mega(u16),
    Power(u8, i8),
    Any(u64),
}

impl Number {
    fn value(self) -> u64 {
        match self {
            Self::Page(page) => u64::from(page) << 12,
            Self::Mega(mega) => u64::from(mega) << 20,
            Self::Power(bits, off) => (1_u64 << (bits % 64)).wrapping_add_signed(i64::from(off)),
            Self::Any(value) => value,
        }
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Range(Number, Number);

impl Range {
    fn ends(self) -> (u64, u64) {
        let start = self.0.value();
        (start, start.wrapping_add(self.1.value()).wrapping_sub(1))
    }
}

#[derive(Arbitrary, Debug)]
struct Region {
    range: Range,
    nid: Option<u8>,
    flags: Option<u8>,
}

impl Region {
    fn text(&self, array: &str, index: usize) -> String {
        let (start, last) = self.range.ends();
        let nid = self.nid.map_or(String::new(), |nid| format!(" on node {nid}"));
        let flags = self.flags.map_or(String::new(), |flags| format!(" flags: {flags:#x}"));
        let size = self.range.1.value();
        format!(" {array}[{index:#x}]\t[{start:#018x}-{last:#018x}], {size:#018x} bytes{nid}{flags}")
    }
}

macro_rules! choice {
    ($name:ident, $($case:ident => $text:expr),+) => {
        #[derive(Arbitrary, Clone, Copy, PartialEq, Eq, Debug)]
        enum $name { $($case),+ }
        impl $name {
            fn text(self) -> &'static str {
                match self { $(Self::$case => $text),+ }
            }
        }
    };
}

choice!(Version, A => "2.6.32", B => "2.6.38", C => "3.4.0", D => "3.12.0", E => "4.4.0", F => "5.3.0", G => "6.1.0-1-amd64", H => "6.18.0", I => "x");
choice!(Arch, None => "gcc", X86 => "x86_64-linux-gnu-gcc", I386 => "i686-linux-gnu-gcc", Arm64 => "aarch64-linux-gnu-gcc", Mips => "mips-linux-gnu-gcc", S390 => "s390x-linux-gnu-gcc", Alpha => "alpha-linux-gnu-gcc", Ppc => "powerpc64le-linux-gnu-gcc");
choice!(Array, Memory => "memory", Reserved => "reserved", Physmem => "physmem");
choice!(Verb, Add => "memblock_add", Remove => "memblock_remove", Reserve => "memblock_reserve", Free => "memblock_free", PhysFree => "memblock_phys_free", X86 => "memblock_x86_reserve_range", X86Free => "memblock_x86_free_range", New => "__memblock_reserve", Late => "memblock_free_late", Other => "memblock_mark_nomap");
choice!(Kind, Any => "memblock_alloc_try_nid", Raw => "memblock_alloc_try_nid_raw", Exact => "memblock_alloc_exact_nid_raw", Phys => "memblock_phys_alloc_range", Virt => "memblock_virt_alloc_try_nid_nopanic", Huge => "memblock_alloc_hugetlb");
choice!(Format, Sixteen => "", Eight => "", Fourteen => " flags 0x0", Newest => " nid=-1 flags=0", Exclusive => "");
choice!(Caller, Own => "memblock_alloc_range_nid+0xb0/0x13d", Double => "memblock_double_array+0x1/0x2", Other => "setup_arch+0x12/0x34", Acpi => "acpi_tb_init+0x1/0x2", Address => "0xffffffff82f3a1b2", Half => "setup_ar", None => "");
choice!(Word, Name => "memblock_reserve:", Name2 => "memblock:", Begin => "MEMBLOCK configuration:", Movable => "movable_node memblock=debug", Xen => "(XEN) Xen version 4.1", Json => "{\"MESSAGE\":\"", Html => "<pre>", Mail => "Content-Transfer-Encoding: base64\n", Quote => "=3D=3D=3D=3D=3D", Cut => "memblock_reserve: [0x0000");

impl Line {
    fn text(&self) -> String {
        match self {
            Self::Banner { version, arch } => {
                format!("Linux version {} (a@b) ({} 12) #1 SMP", version.text(), arch.text())
            }
            Self::CommandLine(word) => format!("Command line: {}", word.text()),
            Self::Listing { memory, reserved, wrong_count } => {
                let mut lines = vec!["MEMBLOCK configuration:".to_owned()];
                for (array, regions) in [("memory", memory), ("reserved", reserved)] {
                    lines.push(format!(" {array}.cnt  = {:#x}", regions.len() + usize::from(*wrong_count)));
                    lines.extend(regions.iter().enumerate().map(|(index, region)| region.text(array, index)));
                }
                lines.join("\n")
            }
            Self::Region { array, index, region } => region.text(array.text(), usize::from(*index)),
            Self::Range { verb, format, range, caller } => {
                let (start, last) = range.ends();
                let pair = match format {
                    Format::Eight => format!("[{:#010x}-{:#010x}]", start & 0xffff_ffff, last & 0xffff_ffff),
                    Format::Fourteen => format!("[{start:#016x}-{last:#016x}]"),
                    Format::Exclusive => format!("[{start:#016x}-{:#016x}]", last.wrapping_add(1)),
                    Format::Sixteen | Format::Newest => format!("[{start:#018x}-{last:#018x}]"),
                };
                format!("{}: {pair}{} {}", verb.text(), format.text(), caller.text())
            }
            Self::Request { kind, size, align, nid, from, limit, caller } => {
                let (size, from, limit, by) = (size.value(), from.value(), limit.value(), caller.text());
                let align = 1_u64.checked_shl(u32::from(*align)).unwrap_or(3);
                match kind {
                    Kind::Huge => format!("memblock_alloc_hugetlb: {size} bytes, nid={nid}, exact_nid=0 {by}"),
                    Kind::Phys => format!(
                        "memblock_phys_alloc_range: {size} bytes align={align:#x} from={from:#018x} max_addr={limit:#018x} {by}"
                    ),
                    kind => format!(
                        "{}: {size} bytes align={align:#x} nid={nid} from={from:#018x} max_addr={limit:#018x} {by}",
                        kind.text()
                    ),
                }
            }
            Self::Doubled { array, regions, range } => {
                let (start, last) = range.ends();
                format!("memblock: {} is doubled to {regions} at [{start:#018x}-{last:#018x}]", array.text())
            }
            Self::Nodes(nodes) => {
                let line = |(nid, range): &(u8, Range)| {
                    let (start, last) = range.ends();
                    format!("\n  node {nid:3}: [mem {start:#018x}-{last:#018x}]")
                };
                "Early memory node ranges".to_owned() + &nodes.iter().map(line).collect::<String>()
            }
            Self::Zone(which, range) => {
                let (start, last) = range.ends();
                let names = ["DMA", "DMA32", "Normal", "HighMem", "Movable", "Device"];
                format!("  {:8} [mem {start:#018x}-{last:#018x}]", names[usize::from(*which) % names.len()])
            }
            Self::Memory { available, all, reserved } => {
                format!("Memory: {available}K/{all}K available (1K kernel code, {reserved}K reserved, 0K cma-reserved)")
            }
            Self::Usable(range) => {
                let (start, last) = range.ends();
                format!("BIOS-e820: [mem {start:#018x}-{last:#018x}] usable")
            }
            Self::NodePages(nid, pages) => format!("On node {nid} totalpages: {pages}"),
            Self::Cluster(usage, start, end) => {
                format!("memcluster 0, usage {usage:x}, start {start:8}, end {end:8}")
            }
            Self::Bootmem { function, nid, numbers: [a, b, c, d] } => match function % 6 {
                0 => format!("bootmem::init_bootmem_core nid={nid} start={a:x} map={b:x} end={c:x} mapsize={d:x}"),
                1 => format!("bootmem::__free nid={nid} start={a:x} end={b:x}"),
                2 => format!("bootmem::__reserve nid={nid} start={a:x} end={b:x} flags={:x}", c % 2),
                3 => format!("bootmem::alloc_bootmem_core nid={nid} size={a:x} [1 pages] align={b:x} goal={c:x} limit={d:x}"),
                4 => format!("bootmem::mark_bootmem_node nid={nid} start={a:x} end={b:x} reserve=1 flags=0"),
                _ => format!("bootmem::free_all_bootmem_core nid={nid} released={a:x}"),
            },
            Self::Lmb { array, index, range, old } => {
                let (start, last) = range.ends();
                let (array, size) = (array.text(), range.1.value());
                if *old {
                    format!("    {array}.reg[{index:#x}].base   = {start:#x}\n\t\t   .size   = {size:#x}")
                } else {
                    format!(" {array}[{index}]\t[{start:#010x}-{last:#010x}], {size:#010x} bytes flags: 0")
                }
            }
            Self::HandOver => "SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=1, Nodes=1".to_owned(),
            Self::Word(word) => word.text().to_owned(),
            Self::Raw(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        }
    }
}

/// What may happen to bytes.
#[derive(Arbitrary, Debug)]
enum Harm {
    Cut(u16),
    Flip(u16, u8),
    Insert(u16, Vec<u8>),
    Remove(u16, u8),
}

impl Harm {
    fn done(&self, bytes: &mut Vec<u8>) {
        let place = |at: u16, len: usize| usize::from(at) % (len + 1);
        match self {
            Self::Cut(at) => bytes.truncate(place(*at, bytes.len())),
            Self::Flip(at, with) => {
                let at = place(*at, bytes.len());
                bytes.get_mut(at).map_or((), |byte| *byte ^= with);
            }
            Self::Insert(at, inner) => {
                let at = place(*at, bytes.len());
                bytes.splice(at..at, inner.iter().copied());
            }
            Self::Remove(at, count) => {
                let at = place(*at, bytes.len());
                let end = (at + usize::from(*count)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
}

impl Log {
    /// The log as a file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut log: String = self.lines.iter().map(|line| line.text() + "\n").collect();
        for change in self.changes {
            // The last numbers change nothing.
            if let Some((_, change)) = TEXT.get(usize::from(change)) {
                log = String::from_utf8_lossy(&change(&log)).into_owned();
            }
        }
        let (_, wrap) = WRAPPED[usize::from(self.wrapped) % WRAPPED.len()];
        let mut bytes = wrap(&log);
        self.harms.iter().take(8).for_each(|harm| harm.done(&mut bytes));
        bytes
    }
}
