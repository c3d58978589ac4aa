//! Lines that are not the allocator's and still tell something of its machine.

use allocators::{AddrRange, PageSize, PhysAddr};

use super::Fact;
use crate::import::dialects::cursor::Cursor;
use crate::import::dialects::{LogLine, Read};
use crate::import::text::Partial;
use crate::trace::Said;

pub(in crate::import::dialects) fn read(text: &str) -> Read {
    let readers: [fn(&str) -> Option<Fact>; 10] =
        [gap, kernel, machine, node_data, node_range, zone, usable, count, page, said];
    match readers.iter().find_map(|read| read(text)) {
        // Every kernel's name ends with the number of its build: a mail program has broken this one.
        Some(Fact::Banner(release, banner)) if !banner.contains(" #") => {
            let may_follow = |text: &str| {
                text.starts_with(['(', '#'])
                    || [" #", "gcc", "clang", " ld "].iter().any(|word| text.contains(word))
            };
            Read::Incomplete(Some(Partial {
                line: LogLine::Linux(Fact::Banner(release, banner)),
                may_follow,
            }))
        }
        Some(fact) => {
            // A machine's name may stand behind words that only one architecture prints.
            let arch = own_line(text).filter(|_| matches!(fact, Fact::Machine(_)));
            Read::Lines([Some(fact), arch].into_iter().flatten().map(LogLine::Linux).collect())
        }
        // Mail programs break the longest line of a boot.
        None if text.starts_with("Memory: ") && text.contains("K available (") && !text.contains(')') => {
            Read::Incomplete(Some(Partial { line: LogLine::Linux(Fact::HandedOver), may_follow: |_| true }))
        }
        // Mail programs break the kernel's name, too.
        None if matches!(text, "Linux" | "Linux version") => Read::Incomplete(None),
        None => Read::Noise,
    }
}

/// `...`, `[...]`, `<snip>`: whoever quotes a log leaves lines out, and says so.
fn gap(text: &str) -> Option<Fact> {
    let core = text.trim_matches(|char: char| char.is_whitespace() || "[](){}<>-=*_#/|".contains(char));
    let dots = core.chars().filter(|char| matches!(char, '.' | '…')).count();
    let only_dots = core.chars().all(|char| matches!(char, '.' | '…' | ' ')) && (dots > 1 || core == "…");
    let between_dots = core.len() > 6 && core.starts_with("...") && core.ends_with("...");
    let word = ["snip", "snipped", "skipped"].iter().any(|word| core.eq_ignore_ascii_case(word));
    (only_dots || between_dots || word).then_some(Fact::Gap)
}

fn kernel(text: &str) -> Option<Fact> {
    if text.starts_with("Preparing to boot Linux version")
        || text.starts_with("Booting Linux on physical CPU")
    {
        return Some(Fact::Boots);
    }
    // From 6.9 on the `Memory:` line comes much later than the hand-over; this one follows it closely.
    if text.starts_with("SLUB: HWalign=") {
        return Some(Fact::HandedOver);
    }
    // `KHO: found kexec handover data.`, and with `setup: Found` until 6.18.
    if text.starts_with("KHO: ") && text.contains("ound kexec handover data") {
        return Some(Fact::KhoBoot);
    }
    if let Some((_, after)) = text.split_once("Freeing ").and_then(|(_, what)| what.split_once("memory: ")) {
        let mut line = Cursor::new(after);
        let kib = line.decimal()?;
        return line.word("K").map(|()| Fact::Freed(kib));
    }
    if let Some(banner) = text.strip_prefix("Linux version ") {
        let release = banner.split_whitespace().next()?;
        return Some(Fact::Banner(release.to_owned(), banner.to_owned()));
    }
    let line = text.strip_prefix("Command line:").or_else(|| text.strip_prefix("Kernel command line:"));
    line.map(|line| Fact::CommandLine(line.trim().to_owned()))
}

fn machine(text: &str) -> Option<Fact> {
    let dmi = text.strip_prefix("DMI: ").map(|dmi| dmi.split(", BIOS").next().unwrap_or(dmi));
    // Up to 4.9 there is no blank behind `fdt:`.
    let bare = text.strip_prefix("OF: ").unwrap_or(text);
    let bare = bare.strip_prefix("fdt:").unwrap_or(bare).trim_start();
    let prefixes = ["Machine model:", "MIPS: machine is ", "Hardware name: "];
    let model = prefixes.iter().find_map(|prefix| bare.strip_prefix(prefix));
    let name = dmi.or(model)?.trim();
    // Where firmware gives no name, the kernel says `SMBIOS 2.8 present.`
    (!name.is_empty() && !name.starts_with("SMBIOS")).then(|| Fact::Machine(name.to_owned()))
}

/// `[mem 0x…-0x…]`, whose ends are inclusive and whose widths differ.
fn mem(line: &mut Cursor<'_>) -> Option<AddrRange> {
    line.next("[mem ")?;
    line.blanks();
    let start = line.hex()?.value;
    line.word("-")?;
    let end = line.hex()?.value;
    line.word("]")?;
    AddrRange::new(PhysAddr(start), PhysAddr(end.saturating_add(1)))
}

fn node_data(text: &str) -> Option<Fact> {
    let (_, after) = text.split_once("NODE_DATA")?;
    let mut line = Cursor::new(after);
    let nid = line.word("(").and_then(|()| line.nid()).flatten();
    let _ = line.word(")");
    let _ = line.next("allocated");
    Some(Fact::NodeData(nid, mem(&mut line)?))
}

fn node_range(text: &str) -> Option<Fact> {
    if text.starts_with("Early memory node ranges") || text.starts_with("Early memory PFN ranges") {
        return Some(Fact::NodeRanges);
    }
    let mut line = Cursor::new(text);
    if line.word("Initmem setup node").is_some() {
        line.blanks();
        let nid = line.nid()??;
        let memoryless = line.next("as memoryless").is_some()
            || line.next("[mem 0x0000000000000000-0x0000000000000000]").is_some();
        return memoryless.then_some(Fact::Memoryless(nid));
    }
    let named = line.word("node").is_some();
    line.blanks();
    let nid = line.nid()??;
    line.word(":")?;
    if named {
        return Some(Fact::NodeRange(nid, mem(&mut line)?));
    }
    let (start, end) = pfns(&mut line)?;
    Some(Fact::NodePfns(nid, start, end))
}

fn pfns(line: &mut Cursor<'_>) -> Option<(u64, u64)> {
    line.blanks();
    let start = line.hex()?.value;
    line.next("->")?;
    line.blanks();
    let end = line.hex()?.value;
    (line.is_over() && start < end).then_some((start, end))
}

fn zone(text: &str) -> Option<Fact> {
    let names = ["DMA32", "DMA", "Normal", "HighMem", "Movable", "Device"];
    let mut line = Cursor::new(text);
    let name = names.iter().find(|name| line.word(name).is_some())?;
    if !line.rest().starts_with(' ') {
        return None;
    }
    if let Some(range) = mem(&mut line) {
        return Some(Fact::Zone((*name).to_owned(), range));
    }
    pfns(&mut line).map(|(start, end)| Fact::ZonePfns((*name).to_owned(), start, end))
}

fn usable(text: &str) -> Option<Fact> {
    if let Some(after) = text.strip_prefix("BIOS-e820:").or_else(|| text.strip_prefix("Xen:")) {
        // Since 6.19 what is between them is listed as well, and memory is called by its name in /proc/iomem.
        if after.trim_start().starts_with("[gap ") {
            return Some(Fact::FirmwareMap);
        }
        let mut line = Cursor::new(after);
        let range = mem(&mut line).or_else(|| old_e820(&mut line))?;
        let mut called = |name: &str| line.next(name).is_some();
        if !["usable", "(usable)", "System RAM"].into_iter().any(&mut called) {
            return Some(Fact::FirmwareMap);
        }
        return line.is_over().then_some(Fact::Usable(range));
    }
    if text.starts_with("e820: ") {
        return Some(Fact::FirmwareMap);
    }
    if let Some(fact) = own_line(text) {
        return Some(fact);
    }
    // Only 32-bit x86 maps a part of its memory for good, and says how much.
    if text.contains("MB LOWMEM available") || text.contains("MB HIGHMEM available") {
        return Some(Fact::Arch("i386"));
    }
    if let Some(range) = mips_map(text).or_else(|| efi_map(text)) {
        return Some(Fact::Usable(range));
    }
    let (_, after) = text.split_once("cma: Reserved ")?;
    let mut line = Cursor::new(after);
    let mib = line.decimal()?;
    line.next("MiB at 0x")?;
    let start = PhysAddr(line.bare_hex()?);
    Some(Fact::Cma(AddrRange::from_size(start, mib.checked_mul(1 << 20)?)?))
}

/// The architecture, if only its kernel prints such a line.
fn own_line(text: &str) -> Option<Fact> {
    ARCH_LINES.iter().find(|(_, begins)| text.starts_with(begins)).map(|(arch, _)| Fact::Arch(arch))
}

/// Lines that the kernel of one architecture prints.
const ARCH_LINES: [(&str, &str); 17] = [
    ("arm64", "Boot CPU: AArch64"),
    ("arm64", "CPU: All CPU(s) started at EL"),
    ("arm", "CPU: ARMv"),
    ("arm", "CPU: ARM9"),
    ("arm", "CPU: PIPT"),
    ("arm", "CPU: VIPT"),
    ("arm", "CPU: VIVT"),
    ("arm", "Memory policy: "),
    ("arm64", "GICv3: CPU features"),
    ("ia64", "EFI v1.00 by Hewlett-Packard"),
    ("ia64", "SAL 3."),
    ("parisc", "The 32-bit Kernel has started"),
    ("mips", "MIPS: machine is"),
    ("mips", "CPU0 revision is"),
    ("mips", "Determined physical RAM map"),
    ("riscv64", "SBI specification v"),
    ("s390x", "setup: Linux is running "),
];

/// `0000000000000000 - 000000000009f800`: the first byte after it, and no `0x`, up to 3.4.
fn old_e820(line: &mut Cursor<'_>) -> Option<AddrRange> {
    line.blanks();
    let start = line.bare_hex()?;
    line.next("-")?;
    line.blanks();
    AddrRange::new(PhysAddr(start), PhysAddr(line.bare_hex()?))
}

/// `memory: 10000000 @ 00000000 (usable)` of MIPS: a size and where it begins.
fn mips_map(text: &str) -> Option<AddrRange> {
    let mut line = Cursor::new(text.strip_prefix("memory: ")?);
    let size = line.bare_hex()?;
    line.next("@")?;
    line.blanks();
    let start = line.bare_hex()?;
    line.next("(usable)")?;
    AddrRange::from_size(PhysAddr(start), size)
}

/// `efi:   0x000040000000-0x00005fffffff [Conventional Memory|   |  |  …]` of arm64 and riscv, and
/// `efi: mem07: [Conventional Memory|   |  …] range=[0x0000000000100000-0x00000000007fffff] (7MB)` of x86.
fn efi_map(text: &str) -> Option<AddrRange> {
    let after = text.strip_prefix("efi:")?;
    if !after.contains("[Conventional Memory") {
        return None;
    }
    let range = after.split_once("range=[").map_or(after, |(_, range)| range);
    let mut line = Cursor::new(range.trim_start());
    let start = line.hex()?.value;
    line.word("-")?;
    let end = line.hex()?.value;
    // Old x86 kernels print the first byte after it, and close with a parenthesis.
    let last = u64::from(!line.rest().starts_with(')'));
    AddrRange::new(PhysAddr(start), PhysAddr(end.checked_add(last)?))
}

/// Counts of page frames: of a node, and of alpha's clusters, of which the console keeps some for itself.
fn count(text: &str) -> Option<Fact> {
    let mut line = Cursor::new(text);
    if line.word("On node ").is_some() {
        let nid = line.nid()??;
        line.next("totalpages:")?;
        line.blanks();
        return Some(Fact::NodePages(nid, line.decimal()?));
    }
    line.word("memcluster ")?;
    line.decimal()?;
    line.next(",")?;
    line.next("usage")?;
    line.blanks();
    let usage = line.bare_hex()?;
    let mut frame = |name: &str| {
        line.next(",")?;
        line.next(name)?;
        line.blanks();
        line.decimal()
    };
    let (start, end) = (frame("start")?, frame("end")?);
    // The low bits say that the console or a driver has it.
    (usage.trailing_zeros() >= 2 && start < end).then_some(Fact::Cluster(start, end))
}

/// `Dentry cache hash table entries: 524288 (order: 10, 4194304 bytes, linear)`: bytes are pages shifted by the order.
fn page(text: &str) -> Option<Fact> {
    let (_, after) = text.split_once("hash table entries: ")?;
    let (_, after) = after.split_once("(order: ")?;
    let mut line = Cursor::new(after);
    let order = u32::try_from(line.decimal()?).ok().filter(|&order| (1..32).contains(&order))?;
    line.next(",")?;
    line.blanks();
    let bytes = line.decimal()?;
    line.next("bytes")?;
    let size = bytes >> order;
    // The kernel rounds the order up for tables that are no power of two.
    if bytes.is_power_of_two() { PageSize::new(size).map(Fact::Page) } else { None }
}

/// `Memory: 3111956K/4194304K available (13248K kernel code, …, 180420K reserved, 65536K cma-reserved)`
///
/// Up to 3.9 the second figure of x86 is the end of memory, holes and all, and the holes are said: `388k absent`. ARM has
/// no parentheses: `Memory: 511188k/511188k available, 13100k reserved, 0K highmem`.
fn said(text: &str) -> Option<Fact> {
    let mut line = Cursor::new(text);
    line.word("Memory: ")?;
    line.decimal()?;
    line.next("K/").or_else(|| line.next("k/"))?;
    let physical_kib = line.decimal()?;
    line.next("K available").or_else(|| line.next("k available"))?;
    let before = |word: &str| {
        let (left, _) = line.rest().split_once(word)?;
        let left = left.trim_end().strip_suffix(['K', 'k'])?;
        left.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok()
    };
    // A mail program may have broken the line behind any of its figures.
    let is_whole =
        line.rest().contains(')') || line.rest().starts_with(',') && line.rest().contains("highmem");
    let reserved_kib = before(" reserved").filter(|_| is_whole)?;
    let cma_kib = before(" cma-reserved").unwrap_or(0);
    let physical_kib = physical_kib.saturating_sub(before(" absent").unwrap_or(0));
    Some(Fact::Said(Said { physical_kib, reserved_kib, cma_kib, at_us: None }))
}
