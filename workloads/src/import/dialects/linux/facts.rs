//! What a log says of its machine and kernel beside the allocator's own lines.

use allocators::{AddrRange, PageSize, PhysAddr};

use crate::trace::Said;

/// One such saying.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fact {
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
    /// A line that only this architecture prints.
    Arch(&'static str),
    /// `BIOS-e820: [mem 0x…-0x…] usable`
    Usable(AddrRange),
    /// `memcluster 1, usage 0, start 256, end 65536` of alpha, in page frames.
    Cluster(u64, u64),
    /// `On node 0 totalpages: 262144`
    NodePages(u32, u64),
    /// A line from which the size of a page follows.
    Page(PageSize),
    /// A kernel that another one handed over to by kexec found what that one left for it.
    KhoBoot,
    /// Whoever quotes the log has left lines out here.
    Gap,
    /// The page allocator has taken over.
    HandedOver,
    /// `Freeing SMP alternatives memory: 40K`
    Freed(u64),
    /// The `Memory:` line: what the page allocator has taken over.
    Said(Said),
}

/// All of them that matter for the whole boot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) release: Option<String>,
    pub(crate) banner: Option<String>,
    pub(crate) command_line: Option<String>,
    pub(crate) machine: Option<String>,
    pub(crate) node_ranges: Vec<(u32, AddrRange)>,
    pub(crate) memoryless: Vec<u32>,
    pub(crate) zones: Vec<(String, AddrRange)>,
    pub(crate) zone_pfns: Vec<(String, u64, u64)>,
    pub(crate) node_pfns: Vec<(u32, u64, u64)>,
    pub(crate) usable: Vec<AddrRange>,
    pub(crate) page: Option<PageSize>,
    /// How many pages each node has.
    pub(crate) node_pages: Vec<(u32, u64)>,
    /// What may be used of alpha's memory, in page frames.
    pub(crate) clusters: Vec<(u64, u64)>,
    pub(crate) said: Option<Said>,
    /// What was freed to the page allocator between the hand-over and the `Memory:` line, in KiB.
    pub(crate) freed_kib: u64,
    /// How many hexadecimal digits an address has.
    pub(crate) digits: usize,
    /// What the names of functions tell.
    pub(crate) family: Option<&'static str>,
    /// Whether another kernel handed over to this one.
    pub(crate) kho_boot: bool,
    /// Whether reservations say that they are the kernel's own allocations.
    pub(crate) marks_allocations: bool,
}

impl Facts {
    /// Takes note of `fact`. What stands first counts, unless the later word is the better one.
    pub(crate) fn note(&mut self, fact: &Fact) {
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
            Fact::Arch(arch) => {
                if self.family.is_none_or(|family| family == "x86") {
                    self.family = Some(arch);
                }
            }
            Fact::Usable(range) => push_new(&mut self.usable, *range),
            Fact::KhoBoot => self.kho_boot = true,
            Fact::Cluster(start, end) => {
                self.family.get_or_insert("alpha");
                push_new(&mut self.clusters, (*start, *end));
            }
            Fact::NodePages(nid, pages) => push_new(&mut self.node_pages, (*nid, *pages)),
            Fact::Page(page) => self.page = self.page.or(Some(*page)),
            Fact::Freed(kib) if self.said.is_none() => self.freed_kib = self.freed_kib.saturating_add(*kib),
            Fact::Said(said) => self.said = self.said.or(Some(*said)),
            Fact::Boots
            | Fact::Gap
            | Fact::NodeData(..)
            | Fact::Cma(_)
            | Fact::HandedOver
            | Fact::Freed(_) => {}
        }
    }

    /// The zones; older kernels give page frames.
    pub(crate) fn zone_ranges(&self, page: PageSize) -> Vec<(String, AddrRange)> {
        let pfns = self.zone_pfns.iter();
        let pfns = pfns.filter_map(|(name, start, end)| Some((name.clone(), pfn_range(page, *start, *end)?)));
        self.zones.iter().cloned().chain(pfns).collect()
    }

    /// The size of a page, if the log shows it: a line that says it, or how many pages nodes of known memory have.
    pub(crate) fn page_size(&self) -> Option<PageSize> {
        self.page.or_else(|| {
            let pages =
                |nid| self.node_pages.iter().find(|(known, _)| *known == nid).map(|(_, pages)| *pages);
            let bytes = |nid: u32| -> u64 {
                let own = self.node_ranges.iter().filter(|(owner, _)| *owner == nid);
                own.map(|(_, range)| range.size()).fold(0, u64::saturating_add)
            };
            let mut nodes = self.node_ranges.iter().map(|(nid, _)| *nid);
            nodes.find_map(|nid| {
                let (bytes, pages) = (bytes(nid), pages(nid).filter(|&pages| pages > 0)?);
                PageSize::new(bytes / pages).filter(|page| page.bytes().checked_mul(pages) == Some(bytes))
            })
        })
    }

    /// What may be used of memory, as the firmware says.
    pub(crate) fn usable(&self, page: PageSize) -> Vec<AddrRange> {
        let clusters = self.clusters.iter().filter_map(|(start, end)| pfn_range(page, *start, *end));
        self.usable.iter().copied().chain(clusters).collect()
    }

    /// The memory of each node; older kernels give page frames.
    pub(crate) fn memory_by_node(&self, page: PageSize) -> Vec<(u32, AddrRange)> {
        let pfns = self.node_pfns.iter();
        let pfns = pfns.filter_map(|(nid, start, end)| Some((*nid, pfn_range(page, *start, *end)?)));
        self.node_ranges.iter().copied().chain(pfns).collect()
    }
}

fn pfn_range(page: PageSize, start: u64, end: u64) -> Option<AddrRange> {
    let addr = |pfn: u64| pfn.checked_mul(page.bytes()).map(PhysAddr);
    AddrRange::new(addr(start)?, addr(end)?)
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
