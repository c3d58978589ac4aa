//! Giving each request its answer.
//!
//! The kernel prints a request, then the reservation that it led to:
//! ```text
//! memblock_alloc_try_nid: 4096 bytes align=0x40 nid=0 from=0x0 max_addr=0x0 sparse_index_alloc+0x40/0x65
//! memblock_reserve: [0x013ffd4000-0x013ffd4fff] memblock_alloc_range_nid+0xb0/0x13d
//! ```
//! Both are one allocation. A request without such a line failed, or the log lost the line.

use allocators::{AddrRange, MemFlags, MemoryRange, Nid, PhysAddr};

use super::ends::Ends;
use super::{DumpLine, Line, RangeLine, Request, Verb};
use crate::import::boots::Boot;
use crate::import::dialects::LogLine;
use crate::import::dialects::linux::{Fact, end_of_addresses, sanitise};
use crate::trace::{Array, Dump};

/// One thing that happened, by the lines that tell of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::import) struct Step {
    /// The number of the first of its lines.
    pub(in crate::import) line: u64,
    pub(in crate::import) what: What,
    pub(in crate::import) caller: Option<String>,
    pub(in crate::import) noted: Noted,
}

/// What the line of a reservation says is noted of it: kernels since 6.16 print that.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::import) struct Noted {
    /// The node that was asked for, if the block is there.
    pub(in crate::import) nid: Option<u32>,
    pub(in crate::import) flags: MemFlags,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::import) enum What {
    /// A request, with the range that it got.
    Alloc(Request, Option<AddrRange>),
    /// The allocator reserved for a request that it did not print.
    Bare(AddrRange, Purpose),
    Reserve(AddrRange),
    Free(AddrRange),
    Add(MemoryRange),
    Remove(AddrRange),
    Doubled {
        array: Array,
        regions: u64,
        at: AddrRange,
    },
    Dump(Dump),
    /// The kernel begins to list its memory by node: from here on it knows the nodes.
    NodesKnown,
}

/// What a later line says that memory is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::import) enum Purpose {
    Unknown,
    /// `NODE_DATA`, of this node where the line says so.
    NodeData(Option<u32>),
    /// A pool for contiguous allocation.
    Cma,
}

/// The steps of a boot, and what was seen on the way.
#[derive(Default)]
pub(in crate::import) struct Steps {
    pub(in crate::import) list: Vec<Step>,
    /// The lines that tell of an operation.
    pub(in crate::import) found: usize,
    /// The operations after the page allocator took over.
    pub(in crate::import) late: usize,
    /// What of them was freed to the page allocator, in bytes.
    pub(in crate::import) late_bytes: u64,
    /// The operations that no replayed allocator has a part in.
    pub(in crate::import) foreign: usize,
    /// The listings that the log holds only in part, by their first lines.
    pub(in crate::import) partial_dumps: Vec<u64>,
    /// Whether it is not certain what the second number of a range means.
    pub(in crate::import) uncertain_ends: bool,
    /// Lines that were read and contradict themselves.
    pub(in crate::import) absurd: Vec<(u64, String)>,
}

/// Makes steps of lines.
pub(in crate::import) fn steps(boot: &Boot, arch: &str) -> Steps {
    let ends = Ends::of(boot);
    let has_flags = |(_, line): &(u64, LogLine)| {
        matches!(line, LogLine::Memblock(Line::Dump(DumpLine::Region { has_flags: true, .. })))
    };
    let prints_flags = boot.lines.iter().any(has_flags);
    let end_of_addresses = end_of_addresses(arch);
    let mut maker = Maker { exclusive: ends.exclusive, prints_flags, end_of_addresses, ..Maker::default() };
    maker.steps.uncertain_ends = !ends.certain;
    for (number, line) in &boot.lines {
        maker.line(*number, line);
    }
    maker.end_dump();
    maker.flush_request();
    maker.steps
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Maker {
    steps: Steps,
    exclusive: bool,
    /// No processor of the architecture has memory from here on.
    end_of_addresses: PhysAddr,
    /// Whether this kernel prints the flags of a region: then a region without any is cut.
    prints_flags: bool,
    /// A request that waits for its answer.
    request: Option<(u64, Request)>,
    dump: Option<PartialDump>,
    /// Whether the page allocator has taken over.
    handed_over: bool,
    nodes_known: bool,
}

#[derive(Default)]
struct PartialDump {
    line: u64,
    dump: Dump,
    memory: Option<u64>,
    reserved: Option<u64>,
    whole: bool,
}

impl Maker {
    fn line(&mut self, number: u64, line: &LogLine) {
        let line = match line {
            LogLine::Linux(fact) => return self.fact(number, fact),
            LogLine::Bootmem(_) | LogLine::Neighbour(_) => return,
            LogLine::Lmb(_) => {
                // U-Boot lists its memory in much the same words; its counts are not the kernel's.
                self.dump = None;
                return;
            }
            LogLine::Memblock(line) => line,
        };
        match line {
            Line::Dump(part) => self.dump(number, part),
            _ if self.handed_over => {
                self.steps.late += 1;
                self.steps.found += 1;
                // Since 7.1 one function frees to either allocator: only when it is called decides to which.
                if let Line::Range(range) = line
                    && matches!(range.verb, Verb::Free | Verb::FreeLate)
                {
                    self.steps.late_bytes += self.bytes(range).map_or(0, AddrRange::size);
                }
            }
            Line::Request(request) => {
                self.flush_request();
                self.end_dump();
                self.steps.found += 1;
                self.request = Some((number, request.clone()));
            }
            Line::Range(range) => {
                self.end_dump();
                self.range(number, range);
            }
            Line::Doubled { array, regions, at } => {
                self.end_dump();
                self.steps.found += 1;
                self.push(number, What::Doubled { array: *array, regions: *regions, at: *at }, "");
            }
        }
    }

    fn push(&mut self, line: u64, what: What, caller: &str) {
        self.push_noted(line, what, caller, Noted::default());
    }

    fn push_noted(&mut self, line: u64, what: What, caller: &str, noted: Noted) {
        let caller = sanitise(caller);
        self.steps.list.push(Step { line, what, caller: (!caller.is_empty()).then_some(caller), noted });
    }

    /// The request that waits was refused, or its answer is lost.
    fn flush_request(&mut self) {
        if let Some((number, request)) = self.request.take() {
            let caller = request.caller.clone();
            self.push(number, What::Alloc(request, None), &caller);
        }
    }

    fn range(&mut self, number: u64, line: &RangeLine) {
        let Some(range) = self.bytes(line) else {
            let text = format!("the range {:#x}-{:#x} ends before it begins", line.start.0, line.second);
            self.steps.absurd.push((number, text));
            return;
        };
        if line.verb == Verb::Add && range.end() > self.end_of_addresses {
            let text =
                format!("memory up to {} is more than any processor of this kind can address", range.end());
            self.steps.absurd.push((number, text));
            return;
        }
        let noted = match line.verb {
            Verb::Reserve => Noted { nid: line.nid, flags: line.flags },
            _ => Noted::default(),
        };
        let symbol = symbol(&line.caller);
        if symbol == "memblock_double_array" {
            // The replayed allocator does this itself.
            return;
        }
        if line.verb == Verb::Reserve
            && let Some((asked, request)) = self.request.take()
        {
            if answers(&request, range, line) {
                let caller = request.caller.clone();
                self.push_noted(asked, What::Alloc(request, Some(range)), &caller, noted);
                return;
            }
            self.request = Some((asked, request));
        }
        self.flush_request();
        self.steps.found += 1;
        let piece = MemoryRange { range, nid: line.nid.and_then(Nid::new), flags: line.flags };
        let what = match line.verb {
            Verb::Reserve if is_allocator(symbol) && !range.is_empty() => What::Bare(range, Purpose::Unknown),
            Verb::Reserve => What::Reserve(range),
            Verb::Free => What::Free(range),
            // 3.x prints the flags of memblock_add's caller, which say nothing here.
            Verb::Add => What::Add(MemoryRange { flags: MemFlags(piece.flags.0 & 0xff), ..piece }),
            Verb::Remove => What::Remove(range),
            Verb::FreeLate => {
                self.steps.late += 1;
                self.steps.late_bytes += range.size();
                return;
            }
            Verb::Other => {
                self.steps.foreign += 1;
                return;
            }
        };
        self.push_noted(number, what, &line.caller, noted);
    }

    /// The half-open range of a line.
    fn bytes(&self, line: &RangeLine) -> Option<AddrRange> {
        let top = if line.digits == 8 { u64::from(u32::MAX) } else { u64::MAX };
        let start = line.start.0;
        let is_stray = line.start >= self.end_of_addresses && line.second < start;
        if is_stray && matches!(line.verb, Verb::Reserve | Verb::Free | Verb::Remove) {
            // A pointer gone astray: its size wraps around, and is cut where the addresses end. Where memory can be, a range
            // that ends before it begins is a damaged line.
            return AddrRange::new(line.start, PhysAddr(top));
        }
        if self.exclusive && !line.inclusive {
            return AddrRange::new(line.start, PhysAddr(line.second));
        }
        // A size that reaches past the top is printed before it is capped: memory from here to the top.
        let wrapped = start >= 2 && line.second == start - 2;
        let end = if wrapped { top } else { line.second.saturating_add(1).min(top) };
        AddrRange::new(line.start, PhysAddr(end))
    }

    fn fact(&mut self, number: u64, fact: &Fact) {
        match fact {
            Fact::NodeData(nid, range) => self.purpose(*range, Purpose::NodeData(*nid)),
            Fact::Cma(range) => self.purpose(*range, Purpose::Cma),
            Fact::NodeRanges | Fact::NodePfns(..) if !self.handed_over && !self.nodes_known => {
                self.nodes_known = true;
                self.push(number, What::NodesKnown, "");
            }
            Fact::Gap => {
                self.flush_request();
                self.end_dump();
            }
            Fact::Said(_) | Fact::HandedOver => {
                self.flush_request();
                self.end_dump();
                self.handed_over = true;
            }
            _ => {}
        }
    }

    /// A later line says what the allocator reserved `range` for.
    fn purpose(&mut self, range: AddrRange, new: Purpose) {
        for step in self.steps.list.iter_mut().rev().take(64) {
            match &mut step.what {
                What::Bare(known, purpose) if known.covers(range) && known.start() == range.start() => {
                    *purpose = new;
                    return;
                }
                _ => {}
            }
        }
    }

    fn dump(&mut self, number: u64, part: &DumpLine) {
        match part {
            DumpLine::Begin => {
                self.flush_request();
                self.end_dump();
                self.dump = Some(PartialDump { line: number, whole: true, ..PartialDump::default() });
            }
            DumpLine::Count(array, count) => {
                let dump =
                    self.dump.get_or_insert_with(|| PartialDump { line: number, ..PartialDump::default() });
                match array {
                    Some(Array::Memory) => dump.memory = Some(*count),
                    Some(Array::Reserved) => dump.reserved = Some(*count),
                    None => {}
                }
            }
            DumpLine::Region { array, index, piece, whole, has_flags } => {
                let dump =
                    self.dump.get_or_insert_with(|| PartialDump { line: number, ..PartialDump::default() });
                let list = match array {
                    Some(Array::Memory) => &mut dump.dump.memory,
                    Some(Array::Reserved) => &mut dump.dump.reserved,
                    None => return,
                };
                let ascends = list.last().is_none_or(|last| last.range.end() <= piece.range.start());
                let cut = self.prints_flags && !has_flags;
                dump.whole &= *whole && !cut && *index == list.len() as u64 && ascends;
                list.push(*piece);
            }
        }
    }

    fn end_dump(&mut self) {
        let Some(mut part) = self.dump.take() else { return };
        let counted = |list: &[MemoryRange], count: Option<u64>| count == Some(list.len() as u64);
        let real = part.dump.memory.iter().all(|piece| piece.range.end() <= self.end_of_addresses);
        let whole = part.whole
            && real
            && counted(&part.dump.memory, part.memory)
            && counted(&part.dump.reserved, part.reserved);
        if !whole || self.handed_over {
            self.steps.partial_dumps.push(part.line);
            return;
        }
        // Up to 6.8 an empty array is printed with one empty region.
        part.dump.memory.retain(|piece| !piece.range.is_empty());
        part.dump.reserved.retain(|piece| !piece.range.is_empty());
        self.push(part.line, What::Dump(part.dump), "");
    }
}

/// Whether the reservation in `line` is what `request` led to.
fn answers(request: &Request, range: AddrRange, line: &RangeLine) -> bool {
    let align = if request.align.is_power_of_two() { request.align } else { 1 };
    let reaches = request.max_addr <= 1 || range.end().0 <= request.max_addr;
    let by = symbol(&line.caller);
    range.size() == request.size
        && range.start().0.is_multiple_of(align)
        && reaches
        // Without KALLSYMS the kernel prints addresses, and a mail program may have lost the caller.
        && (is_allocator(by) || by == symbol(&request.caller) || by.is_empty() || is_address(by))
}

/// `sparse_init` of `sparse_init+0xab/0x2cf`.
pub(in crate::import) fn symbol(caller: &str) -> &str {
    let end = caller.find(['+', '.', ' ']).unwrap_or(caller.len());
    &caller[..end]
}

/// Whether a function is memblock's own search, or what it was inlined into.
pub(super) fn is_allocator(symbol: &str) -> bool {
    let name = symbol.trim_start_matches('_');
    name.strip_prefix("memblock_").is_some_and(|rest| rest.contains("alloc"))
}

pub(in crate::import) fn is_address(symbol: &str) -> bool {
    let digits = symbol.trim_start_matches("0x");
    digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}
