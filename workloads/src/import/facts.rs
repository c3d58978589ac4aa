//! What a log says of its machine and kernel beside the allocator's own lines.

use allocators::{AddrRange, PageSize, PhysAddr};

use crate::trace::Said;

/// One such saying.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Fact {
    /// `Linux version 6.1.0-56-amd64 (debian-kernel@…) …`: the release, and the whole line.
    Banner(String, String),
    /// A boot loader's or the first CPU's word that a kernel starts.
    Boots,
    /// `Command line: …`
    CommandLine(String),
    /// The machine in words; a later, better one replaces it.
    Machine(String),
    /// `Early memory node ranges` begins.
    NodeRanges,
    /// `node   0: [mem 0x…-0x…]`
    NodeRange(u32, AddrRange),
    /// `Initmem setup node 1 as memoryless`
    Memoryless(u32),
    /// `  DMA      [mem 0x…-0x…]`
    Zone(String, AddrRange),
    /// Zones and nodes of 2.6 and early 3.x, in page frames: `  DMA      0x00000010 -> 0x00001000`
    ZonePfns(String, u64, u64),
    /// `    0: 0x00000010 -> 0x0000009f`
    NodePfns(u32, u64, u64),
    /// `NODE_DATA(0) allocated [mem 0x…-0x…]`; arm64 and powerpc do not say which node.
    NodeData(Option<u32>, AddrRange),
    /// `cma: Reserved 64 MiB at 0x…`
    Cma(AddrRange),
    /// A line about the firmware's map of x86.
    FirmwareMap,
    /// `BIOS-e820: [mem 0x…-0x…] usable`
    Usable(AddrRange),
    /// A line from which the size of a page follows.
    Page(PageSize),
    /// The page allocator has taken over.
    HandedOver,
    /// `Freeing SMP alternatives memory: 40K`
    Freed(u64),
    /// The `Memory:` line: what the page allocator has taken over.
    Said(Said),
}

/// All of them that matter for the whole boot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Facts {
    pub(super) release: Option<String>,
    pub(super) banner: Option<String>,
    pub(super) command_line: Option<String>,
    pub(super) machine: Option<String>,
    pub(super) node_ranges: Vec<(u32, AddrRange)>,
    pub(super) memoryless: Vec<u32>,
    pub(super) zones: Vec<(String, AddrRange)>,
    pub(super) zone_pfns: Vec<(String, u64, u64)>,
    pub(super) node_pfns: Vec<(u32, u64, u64)>,
    pub(super) usable: Vec<AddrRange>,
    pub(super) page: Option<PageSize>,
    pub(super) said: Option<Said>,
    /// What was freed to the page allocator between the hand-over and the `Memory:` line, in KiB.
    pub(super) freed_kib: u64,
    /// How many hexadecimal digits an address has.
    pub(super) digits: usize,
    /// What the names of functions tell.
    pub(super) family: Option<&'static str>,
    /// Whether reservations say that they are the kernel's own allocations.
    pub(super) marks_allocations: bool,
}

impl Facts {
    /// Takes note of `fact`. What stands first counts, unless the later word is the better one.
    pub(super) fn note(&mut self, fact: &Fact) {
        match fact {
            Fact::Banner(release, banner) => {
                self.release.get_or_insert_with(|| release.clone());
                self.banner.get_or_insert_with(|| banner.clone());
            }
            Fact::CommandLine(line) => {
                self.command_line.get_or_insert_with(|| line.clone());
            }
            Fact::Machine(machine) => {
                self.machine.get_or_insert_with(|| machine.clone());
            }
            Fact::NodeRanges => self.node_ranges.clear(),
            Fact::NodeRange(nid, range) => push_new(&mut self.node_ranges, (*nid, *range)),
            Fact::Memoryless(nid) => push_new(&mut self.memoryless, *nid),
            Fact::Zone(name, range) => push_new(&mut self.zones, (name.clone(), *range)),
            Fact::ZonePfns(name, start, end) => push_new(&mut self.zone_pfns, (name.clone(), *start, *end)),
            Fact::NodePfns(nid, start, end) => push_new(&mut self.node_pfns, (*nid, *start, *end)),
            Fact::FirmwareMap => {
                self.family.get_or_insert("x86");
            }
            Fact::Usable(range) => push_new(&mut self.usable, *range),
            Fact::Page(page) => self.page = self.page.or(Some(*page)),
            Fact::Freed(kib) if self.said.is_none() => self.freed_kib = self.freed_kib.saturating_add(*kib),
            Fact::Said(said) => self.said = self.said.or(Some(*said)),
            Fact::Boots | Fact::NodeData(..) | Fact::Cma(_) | Fact::HandedOver | Fact::Freed(_) => {}
        }
    }

    /// Takes note of a function that only one architecture has.
    pub(super) fn note_caller(&mut self, caller: &str) {
        if self.family.is_none() {
            let symbol = super::steps::symbol(caller);
            let families = FAMILIES.iter();
            self.family = families.filter(|(_, own)| own.contains(&symbol)).map(|(family, _)| *family).next();
        }
    }

    /// The architecture as the kernel names it, as far as the log tells.
    pub(super) fn arch(&self) -> &'static str {
        let text = [&self.release, &self.banner, &self.machine].into_iter().flatten();
        let text: String = text.flat_map(|text| [text.as_str(), " "]).collect::<String>().to_lowercase();
        let named = NAMES.iter().find(|(word, _)| text.contains(word)).map(|(_, family)| *family);
        let wide = self.digits != 8;
        let little = !text.contains("powerpc64-") && !text.contains("ppc64-");
        let high = self.zones.iter().any(|(name, _)| name == "HighMem");
        match self.family.or(named) {
            Some("x86") if high || !wide || text.contains("686") || text.contains("i386") => "i386",
            Some("x86") => "x86_64",
            Some("mips") => {
                if wide {
                    "mips64"
                } else {
                    "mips"
                }
            }
            Some("ppc") => match (wide, little) {
                (true, true) => "ppc64le",
                (true, false) => "ppc64",
                (false, _) => "ppc",
            },
            Some(family) => family,
            None => "unknown",
        }
    }

    /// The zones; older kernels give page frames.
    pub(super) fn zone_ranges(&self, page: PageSize) -> Vec<(String, AddrRange)> {
        let pfns = self.zone_pfns.iter();
        let pfns = pfns.filter_map(|(name, start, end)| Some((name.clone(), pfn_range(page, *start, *end)?)));
        self.zones.iter().cloned().chain(pfns).collect()
    }

    /// The memory of each node; older kernels give page frames.
    pub(super) fn memory_by_node(&self, page: PageSize) -> Vec<(u32, AddrRange)> {
        let pfns = self.node_pfns.iter();
        let pfns = pfns.filter_map(|(nid, start, end)| Some((*nid, pfn_range(page, *start, *end)?)));
        self.node_ranges.iter().copied().chain(pfns).collect()
    }
}

/// Words of a kernel's name or of its compiler's, and the family they tell of. Longer ones first: `arm64` holds `arm`.
const NAMES: [(&str, &str); 20] = [
    ("powerpc", "ppc"),
    ("ppc64", "ppc"),
    ("pseries", "ppc"),
    ("aarch64", "arm64"),
    ("arm64", "arm64"),
    ("riscv", "riscv64"),
    ("s390x", "s390x"),
    ("loongarch", "loongarch64"),
    ("loongson", "mips"),
    ("mips", "mips"),
    ("malta", "mips"),
    ("x86_64", "x86"),
    ("amd64", "x86"),
    ("i386", "x86"),
    ("i686", "x86"),
    ("-686", "x86"),
    ("armmp", "arm"),
    ("armv7", "arm"),
    ("arm-", "arm"),
    ("sparc64", "sparc64"),
];

/// Functions that reserve or allocate on one family of architectures only.
const FAMILIES: [(&str, &[&str]); 7] = [
    ("arm64", &["arm64_memblock_init", "early_pgtable_alloc"]),
    ("arm", &["arm_memblock_init"]),
    (
        "x86",
        &[
            "e820__memblock_setup",
            "memblock_x86_fill",
            "reserve_real_mode",
            "init_mem_mapping",
            "smp_scan_config",
        ],
    ),
    ("s390x", &["sclp_early_get_core_info", "reserve_physmem_info"]),
    ("ppc", &["allocate_paca_ptrs", "early_init_devtree", "rtas_initialize"]),
    ("mips", &["trap_init", "fixrange_init"]),
    ("riscv64", &["alloc_pmd_fixmap", "setup_vm_final", "setup_bootmem"]),
];

fn pfn_range(page: PageSize, start: u64, end: u64) -> Option<AddrRange> {
    let addr = |pfn: u64| pfn.checked_mul(page.bytes()).map(PhysAddr);
    AddrRange::new(addr(start)?, addr(end)?)
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
