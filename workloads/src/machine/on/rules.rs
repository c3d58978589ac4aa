//! Which requests follow from the machine, by the kernel's function that makes them.
//!
//! Source: the recorded boots themselves, of which the sizes and numbers were held against the memory of their machines.

use std::collections::BTreeMap;

use allocators::{AllocRequest, NodeChoice};

use super::side::Side;
use crate::trace::{Evidence, Op, Reason, Record, Trace};

/// What becomes of a request on another machine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Rule {
    /// It is made once, as it was recorded.
    Once,
    /// It is made on every node that has memory.
    EachNode,
    /// It is made for every node, with or without memory: what a kernel keeps of a node.
    NodeData,
    /// It is made on every node; its size is in proportion to the node's sections.
    NodeSize,
    /// On every node as often as the node's sections demand.
    NodeCount,
    /// Once for each stretch of memory whose struct pages one page table maps, on the node that is the first to have any of it.
    Windows,
    /// Once for each root of sections, on the node that it begins on.
    Roots,
    /// Once for each stretch that one page table maps.
    Tables,
    /// In proportion to all sections, as often.
    AllCount,
    /// Its size is in proportion to all memory, in powers of two.
    Hash,
    /// Its size is in proportion to all sections.
    AllSize,
    /// Once for each range of firmware's map.
    Entries,
    /// It was made for a node without memory, and is made if the machine has such a node.
    Memoryless,
}

/// By function; compilers add to its name after a dot.
const TABLE: [(&str, Rule); 27] = [
    ("alloc_node_data", Rule::NodeData),
    ("setup_node_data", Rule::NodeData),
    ("pcpu_fc_alloc", Rule::EachNode),
    ("sparse_init_nid", Rule::NodeSize),
    ("memmap_alloc", Rule::NodeSize),
    ("alloc_node_mem_map", Rule::NodeSize),
    ("setup_usemap", Rule::NodeSize),
    ("sparse_buffer_init", Rule::NodeSize),
    ("sparse_early_usemaps_alloc_node", Rule::NodeSize),
    ("sparse_early_usemaps_alloc_pgdat_section", Rule::NodeSize),
    ("sparse_mem_maps_populate_node", Rule::NodeSize),
    ("vmemmap_populate", Rule::NodeCount),
    ("vmemmap_populate_hugepages", Rule::NodeCount),
    ("vmemmap_alloc_block_zero", Rule::Windows),
    ("vmemmap_alloc_block", Rule::Windows),
    ("__earlyonly_bootmem_alloc", Rule::Windows),
    ("sparse_index_alloc", Rule::Roots),
    ("early_pgtable_alloc", Rule::Tables),
    ("alloc_low_pages", Rule::Tables),
    ("early_alloc_pgtable", Rule::Tables),
    ("vmem_pte_alloc", Rule::Tables),
    ("alloc_pmd_late", Rule::Tables),
    ("alloc_large_system_hash", Rule::Hash),
    ("page_ext_init_flatmem", Rule::AllSize),
    ("alloc_node_page_ext", Rule::NodeSize),
    ("firmware_map_add_early", Rule::Entries),
    ("firmware_map_add_entry", Rule::Entries),
];

/// Calls that reserve what firmware has left, of which a machine brings its own.
const FIRMWARE: [&str; 22] = [
    "acpi_reserve_initial_tables",
    "acpi_table_upgrade",
    "acpi_table_initrd_init",
    "efi_reserve_boot_services",
    "efi_memblock_x86_reserve_range",
    "efi_mem_reserve",
    "efi_init",
    "efi_memattr_init",
    "efi_config_parse_tables",
    "efi_esrt_init",
    "efi_tpm_eventlog_init",
    "reserve_regions",
    "early_init_fdt_scan_reserved_mem",
    "early_init_fdt_reserve_self",
    "early_init_dt_reserve_memory_arch",
    "early_init_dt_reserve_memory",
    "__reserved_mem_reserve_reg",
    "fdt_init_reserved_mem",
    "smp_scan_config",
    "smp_reserve_memory",
    "reserve_bios_regions",
    "e820__memblock_setup",
];

/// Functions whose requests may find no room: the kernel says so and goes on without what they were for. Those that ask for less
/// then, for large hash tables and bounce buffers, are not among them.
///
/// Source: the functions themselves, in 6.1, 6.12 and 7.3.
const DISPENSABLE: [&str; 14] = [
    "__alloc_bootmem_huge_page",
    "alloc_bootmem_huge_page",
    "hugetlb_cma_reserve",
    "cma_declare_contiguous_nid",
    "__cma_declare_contiguous_nid",
    "cma_alloc_mem",
    "reserve_crashkernel",
    "reserve_crashkernel_low",
    "reserve_crashkernel_generic",
    "reserve_mem",
    "kho_memory_init",
    "kfence_alloc_pool",
    "kfence_alloc_pool_and_metadata",
    "setup_log_buf",
];

/// Why a kernel goes on where a request of it finds no room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Without {
    /// It wanted memory of one node and of no other.
    OneNode,
    /// This function can do without.
    Function(&'static str),
}

impl Without {
    /// Whether a kernel goes on without what `caller` requested; `None` if it would panic.
    pub(super) fn of(request: &AllocRequest, caller: Option<&str>) -> Option<Self> {
        let asked = caller.map_or("", function);
        let known = DISPENSABLE.into_iter().find(|name| *name == asked).map(Self::Function);
        known.or(matches!(request.node, NodeChoice::Exact(_)).then_some(Self::OneNode))
    }
}

/// The kernel's function of a caller: `sparse_init_nid` of `sparse_init_nid.constprop.0+0x11f/0x34d`.
pub(super) fn function(caller: &str) -> &str {
    caller.split(['+', '.']).next().unwrap_or(caller)
}

/// Whether a reservation was made for firmware.
pub(super) fn is_firmwares(record: &Record) -> bool {
    record.caller.as_deref().is_some_and(|caller| FIRMWARE.contains(&function(caller)))
}

/// The rule for a request.
fn rule(record: &Record, request: &AllocRequest) -> Rule {
    let Some(caller) = record.caller.as_deref() else { return Rule::Once };
    let function = function(caller);
    let is_named = request.node.nid().is_some();
    // What a kernel keeps of a node is requested by a function that is part of this one, and does not log.
    let requested = record.evidence == Evidence::Inferred(Reason::Request);
    if function == "memblock_alloc_range_nid" && is_named && requested {
        return Rule::NodeData;
    }
    let rule = TABLE.iter().find(|(name, _)| *name == function).map_or(Rule::Once, |(_, rule)| *rule);
    match rule {
        Rule::EachNode | Rule::NodeData | Rule::NodeSize | Rule::Roots if !is_named => Rule::Once,
        // Kernels that name no node map the struct pages of all of them in one go.
        Rule::NodeCount | Rule::Windows if !is_named => Rule::AllCount,
        rule => rule,
    }
}

/// The kernel's function, or nothing where nobody is named.
pub(super) fn caller(record: &Record) -> &str {
    record.caller.as_deref().map_or("", function)
}

/// The rule of each request. Of what no rule knows, requests that were made for every node alike are made so again.
pub(super) fn of_boot(boot: &Trace, old: &Side) -> Vec<Option<Rule>> {
    let mut on: BTreeMap<(&str, u64, u64), BTreeMap<usize, u64>> = BTreeMap::new();
    for record in &boot.records {
        if let Op::Alloc(request, Some(_)) = &record.op
            && let Some(rank) = request.node.nid().and_then(|nid| old.rank(nid))
        {
            let key = (caller(record), request.size, request.align);
            *on.entry(key).or_default().entry(rank).or_default() += 1;
        }
    }
    let all = old.nodes.len();
    let alike = |ranks: &BTreeMap<usize, u64>| {
        let mut counts = ranks.values();
        let first = counts.next();
        ranks.len() == all && counts.all(|count| Some(count) == first)
    };
    let of = |record: &Record| {
        let Op::Alloc(request, answer) = &record.op else { return None };
        if answer.is_none() {
            return Some(Rule::Once);
        }
        let known = rule(record, request);
        let named = request.node.nid().and_then(|nid| old.rank(nid)).is_some();
        let key = (caller(record), request.size, request.align);
        let memoryless = request.node.nid().is_some() && !named && known != Rule::NodeData;
        if memoryless {
            return Some(Rule::Memoryless);
        }
        let is_row = all > 1 && named && on.get(&key).is_some_and(alike);
        Some(if known == Rule::Once && is_row { Rule::EachNode } else { known })
    };
    boot.records.iter().map(of).collect()
}

impl Rule {
    /// Whether requests under it are made node by node.
    pub(super) fn is_by_node(self) -> bool {
        matches!(self, Self::EachNode | Self::NodeData | Self::NodeSize | Self::NodeCount)
    }

    /// What it does, to be said in the trace.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Once => "as recorded",
            Self::EachNode => "on each node with memory",
            Self::NodeData => "for each node",
            Self::NodeSize => "on each node, sized by its sections",
            Self::NodeCount => "on each node, as many as its sections demand",
            Self::Windows => "one for each stretch whose struct pages a page table maps",
            Self::Roots => "one for each root of sections",
            Self::Tables => "one for each stretch that a page table maps",
            Self::AllCount => "as many as all sections demand",
            Self::Hash => "sized by all memory, in powers of two",
            Self::AllSize => "sized by all sections",
            Self::Entries => "one for each range of firmware's map",
            Self::Memoryless => "for a node without memory, if there is one",
        }
    }
}
