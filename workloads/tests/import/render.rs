//! Writing a trace as the log that its kernel would have printed.

use allocators::{AddrRange, AllocRequest, Goal, MemoryRange, NodeChoice};
use workloads::trace::{Dump, Op, Record, Trace};

/// Which kernel prints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dialect {
    /// 3.1 to 3.9: no requests, 14 digits, and the end is the first byte after the range.
    Exclusive,
    /// 4.x: `memblock_virt_alloc_*`, 14 digits, flags.
    Virt,
    /// 5.3: as now, but `memblock_free` and three blanks in front of it.
    Indented,
    /// 6.1.
    Modern,
    /// 2025 and later: `__memblock_reserve` with node and flags.
    Newest,
}

pub(crate) const DIALECTS: [Dialect; 5] =
    [Dialect::Exclusive, Dialect::Virt, Dialect::Indented, Dialect::Modern, Dialect::Newest];

/// What stands in front of each line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Prefix(pub(crate) &'static str);

pub(crate) const PREFIXES: [Prefix; 9] = [
    Prefix(""),
    Prefix("[    0.000000] "),
    Prefix("[    0.000000][    T0] "),
    Prefix("[Tue Nov  4 23:50:06 2025] "),
    Prefix("<6>[    0.000000] "),
    Prefix("Nov  4 23:50:06 host kernel: [    0.000000] "),
    Prefix("Nov 04 23:50:06 host kernel: "),
    Prefix("> > [    0.000000] "),
    Prefix("+[    0.000000] "),
];

impl Dialect {
    fn version(self) -> &'static str {
        match self {
            Self::Exclusive => "3.4.0",
            Self::Virt => "4.14.0",
            Self::Indented => "5.3.0",
            Self::Modern => "6.1.0",
            Self::Newest => "6.18.0",
        }
    }

    /// Whether this kernel prints what a record tells of.
    pub(crate) fn prints(self, op: &Op) -> bool {
        match op {
            Op::Alloc(request, _) => match self {
                // `memblock_phys_alloc_range` has been printed since 5.7, `exact_nid_raw` since 5.6.
                Self::Virt | Self::Indented => {
                    !matches!(request.goal, Goal::AtLeast(_)) && !matches!(request.node, NodeChoice::Exact(_))
                }
                _ => true,
            },
            _ => true,
        }
    }

    /// The name of the function that reserves, for requests.
    fn allocator(self) -> &'static str {
        match self {
            Self::Virt => "memblock_virt_alloc_internal+0x104/0x1b4",
            _ => "memblock_alloc_range_nid+0xe8/0x17c",
        }
    }

    fn range(self, range: AddrRange) -> String {
        let (start, end) = (range.start().0, range.end().0);
        match self {
            Self::Exclusive => format!("[{start:#016x}-{end:#016x}]"),
            Self::Virt => format!("[{start:#016x}-{:#016x}] flags 0x0", end - 1),
            _ => format!("[{start:#018x}-{:#018x}]", end - 1),
        }
    }

    fn reserve(self, range: AddrRange, caller: &str) -> String {
        match self {
            Self::Newest => format!("__memblock_reserve: {} nid=-1 flags=0 {caller}", self.range(range)),
            _ => format!("memblock_reserve: {} {caller}", self.range(range)),
        }
    }

    fn free(self, range: AddrRange, caller: &str) -> String {
        let range = self.range(range);
        match self {
            Self::Exclusive | Self::Indented => format!("   memblock_free: {range} {caller}"),
            Self::Virt => format!("__memblock_free_early: {} {caller}", range.trim_end_matches(" flags 0x0")),
            Self::Modern | Self::Newest => format!("memblock_phys_free: {range} {caller}"),
        }
    }

    fn request(self, request: &AllocRequest, caller: &str) -> String {
        let (size, align) = (request.size, request.align);
        let from = request.goal.addr().0;
        let limit = request.limit.map_or(0, |limit| limit.0);
        let nid = request.node.nid().map_or("-1".into(), |nid| nid.to_string());
        if let Goal::AtLeast(_) = request.goal {
            return format!(
                "memblock_phys_alloc_range: {size} bytes align={align:#x} from={from:#018x} max_addr={limit:#018x} {caller}"
            );
        }
        if self == Self::Virt {
            return format!(
                "memblock_virt_alloc_try_nid_nopanic: {size} bytes align={align:#x} nid={nid} from={from:#x} max_addr={limit:#x} {caller}"
            );
        }
        let name = match request.node {
            NodeChoice::Exact(_) => "memblock_alloc_exact_nid_raw",
            _ => "memblock_alloc_try_nid",
        };
        format!(
            "{name}: {size} bytes align={align:#x} nid={nid} from={from:#018x} max_addr={limit:#018x} {caller}"
        )
    }

    fn region(self, array: &str, index: usize, piece: &MemoryRange) -> String {
        let node = piece.nid.map_or(String::new(), |nid| format!(" on node {nid}"));
        let (start, last) = (piece.range.start().0, piece.range.end().0 - 1);
        let (size, flags) = (piece.range.size(), piece.flags.0);
        match self {
            Self::Exclusive | Self::Virt => {
                format!(
                    " {array}[{index:#x}]\t[{start:#016x}-{last:#016x}], {size:#x} bytes{node} flags: {flags:#x}"
                )
            }
            _ => {
                format!(
                    " {array}[{index:#x}]\t[{start:#018x}-{last:#018x}], {size:#018x} bytes{node} flags: {flags:#x}"
                )
            }
        }
    }

    fn dump(self, dump: &Dump) -> Vec<String> {
        let mut lines = vec!["MEMBLOCK configuration:".to_owned()];
        lines.push(" memory size = 0x0000000000c00000 reserved size = 0x0000000000001000".to_owned());
        for (array, pieces) in [("memory", &dump.memory), ("reserved", &dump.reserved)] {
            lines.push(format!(" {array}.cnt  = {:#x}", pieces.len()));
            lines.extend(pieces.iter().enumerate().map(|(index, piece)| self.region(array, index, piece)));
        }
        lines
    }

    fn record(self, record: &Record) -> Vec<String> {
        let caller = record.caller.as_deref().unwrap_or_default();
        match &record.op {
            Op::Reserve(range) => vec![self.reserve(*range, caller)],
            Op::Free(range) => vec![self.free(*range, caller)],
            Op::Alloc(request, at) => {
                let mut lines = Vec::new();
                if self != Self::Exclusive {
                    lines.push(self.request(request, caller));
                }
                if let Some(range) = at.and_then(|at| AddrRange::from_size(at, request.size)) {
                    let by = if self == Self::Exclusive { caller } else { self.allocator() };
                    lines.push(self.reserve(range, by));
                }
                lines
            }
            Op::Dump(dump) => self.dump(dump),
            Op::Change(_) | Op::Set(_) | Op::Doubled { .. } => Vec::new(),
        }
    }

    /// The lines of the boot, without prefixes.
    pub(crate) fn log(self, trace: &Trace) -> Vec<String> {
        let start = Dump {
            memory: trace.memory.iter().map(|piece| piece.memory).collect(),
            reserved: trace
                .reserved
                .iter()
                .map(|piece| MemoryRange { range: piece.range, nid: None, flags: allocators::MemFlags::NONE })
                .collect(),
        };
        let mut lines =
            vec![format!("Linux version {} (user@host) (aarch64-linux-gnu-gcc 12) #1 SMP", self.version())];
        lines.extend(self.dump(&start));
        for record in &trace.records {
            lines.extend(self.record(record));
        }
        lines
    }
}

/// The lines as a file.
pub(crate) fn file(lines: &[String], prefix: Prefix) -> String {
    lines.iter().flat_map(|line| [prefix.0, line.as_str(), "\n"]).collect()
}
