//! Which functions belong to the allocator, and what others do: one table of names.
//!
//! Compilers make clones of functions; what follows a dot (`.constprop.0`, `.isra.0`, `.part.0`) is not part of a name.

use super::model::{Kind, Part};

/// The functions that others call.
const CALLS: [(Kind, &[&str]); 7] = [
    (Kind::Add, &["memblock_add", "memblock_add_node", "memblock_physmem_add", "memblock_remove"]),
    (Kind::Reserve, &["memblock_reserve", "__memblock_reserve", "memblock_reserve_kern"]),
    (
        Kind::Free,
        &[
            "memblock_free",
            "memblock_phys_free",
            "memblock_free_late",
            "memblock_free_ptr",
            "__memblock_free_early",
            "__memblock_free_late",
        ],
    ),
    (
        Kind::Alloc,
        &[
            "memblock_alloc",
            "memblock_alloc_base",
            "memblock_alloc_base_nid",
            "memblock_alloc_exact_nid_raw",
            "memblock_alloc_from_nopanic",
            "memblock_alloc_hugetlb",
            "memblock_alloc_nid",
            "memblock_alloc_range",
            "memblock_alloc_range_nid",
            "memblock_alloc_try_nid",
            "memblock_alloc_try_nid_nopanic",
            "memblock_alloc_try_nid_raw",
            "memblock_phys_alloc_range",
            "memblock_phys_alloc_try_nid",
            "memblock_virt_alloc_try_nid",
            "memblock_virt_alloc_try_nid_nopanic",
            "memblock_virt_alloc_try_nid_raw",
            "__memblock_alloc_base",
            "__memblock_alloc_or_panic",
        ],
    ),
    (
        Kind::Query,
        &[
            "memblock_addrs_overlap",
            "memblock_end_of_DRAM",
            "memblock_estimated_nr_free_pages",
            "memblock_find_in_range",
            "memblock_find_in_range_node",
            "memblock_get_current_limit",
            "memblock_has_mirror",
            "memblock_is_map_memory",
            "memblock_is_memory",
            "memblock_is_region_memory",
            "memblock_is_region_reserved",
            "memblock_is_reserved",
            "memblock_mem_size",
            "memblock_overlaps_region",
            "memblock_phys_mem_size",
            "memblock_reserved_hugetlb_size",
            "memblock_reserved_kern_size",
            "memblock_reserved_size",
            "memblock_search",
            "memblock_search_pfn_nid",
            "memblock_start_of_DRAM",
            "memblock_validate_numa_coverage",
            "__memblock_dump_all",
            "__next_mem_pfn_range",
            "__next_mem_pfn_range_in_zone",
            "__next_mem_range",
            "__next_mem_range_rev",
            "__next_physmem_range",
            "__next_reserved_mem_region",
        ],
    ),
    (
        Kind::Settings,
        &[
            "memblock_allow_resize",
            "memblock_cap_memory_range",
            "memblock_clear_hotplug",
            "memblock_clear_kho_scratch",
            "memblock_clear_kho_scratch_only",
            "memblock_clear_nomap",
            "memblock_enforce_memory_limit",
            "memblock_mark_hotplug",
            "memblock_mark_kho_scratch",
            "memblock_mark_mirror",
            "memblock_mark_noinit",
            "memblock_mark_nomap",
            "memblock_mem_limit_remove_map",
            "memblock_reserved_mark_kern",
            "memblock_reserved_mark_noinit",
            "memblock_set_bottom_up",
            "memblock_set_current_limit",
            "memblock_set_kho_scratch_only",
            "memblock_set_node",
            "memblock_setclr_flag",
            "memblock_trim_memory",
        ],
    ),
    (Kind::HandOver, &["memblock_free_all"]),
];

/// The allocator's own inner functions, and what belongs to it after the hand-over.
const INNER: [&str; 22] = [
    "memblock_add_range",
    "memblock_alloc_internal",
    "memblock_cap_size",
    "memblock_debug_open",
    "memblock_debug_show",
    "memblock_discard",
    "memblock_double_array",
    "memblock_dump",
    "memblock_fixup_memory_map",
    "memblock_free_pages",
    "memblock_init_debugfs",
    "memblock_insert_region",
    "memblock_isolate_range",
    "memblock_memory",
    "memblock_merge_regions",
    "memblock_move_regions",
    "memblock_remove_range",
    "memblock_remove_region",
    "memblock_reserve_mem_open",
    "memblock_reserve_mem_show",
    "memblock_set_region_node",
    "memblock_set_region_flags",
];

/// Functions of others with names like the allocator's.
const OTHERS: [&str; 1] = ["memblock_find_dma_reserve"];

/// What other functions do, by how their names begin.
const PARTS: [(Part, &[&str]); 5] = [
    (Part::Zeroing, &["memset", "__memset", "__pi_memset", "clear_page", "__pi_clear_page"]),
    (
        Part::Printing,
        &["_printk", "printk", "vprintk", "__warn_printk", "memblock_dump", "__memblock_dump_all"],
    ),
    (
        Part::Thunks,
        &[
            "__x86_return_thunk",
            "__x86_indirect_",
            "__pi___x86_return_thunk",
            "__fentry__",
            "_mcount",
            "retbleed_",
            "srso_",
            "zen_untrain_ret",
            "its_return_thunk",
        ],
    ),
    (
        Part::PageAllocator,
        &["__free_pages_core", "__free_pages_ok", "__free_one_page", "free_one_page", "memblock_free_pages"],
    ),
    (
        Part::StructPages,
        &[
            "__init_reserved_page_zone",
            "__init_single_page",
            "init_deferred_page",
            "init_reserved_page",
            "init_unavailable_range",
            "memmap_init",
            "reserve_bootmem_region",
            "set_pfnblock_",
            "deferred_",
        ],
    ),
];

/// What is known of a function's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// It is one of the allocator's that others call.
    Call(Kind),
    /// It does this, for whoever calls it.
    Does(Part),
    /// It is inside the allocator, or none of its business.
    Nothing,
    /// It has a name like the allocator's and is not in the table.
    Unknown,
}

/// What `name` is.
pub(super) fn meaning(name: &str) -> Meaning {
    let name = bare(name);
    let call = CALLS.iter().find(|(_, names)| names.contains(&name));
    let part = PARTS.iter().find(|(_, starts)| starts.iter().any(|start| name.starts_with(start)));
    match (call, part) {
        (Some((kind, _)), _) => Meaning::Call(*kind),
        (None, Some((part, _))) => Meaning::Does(*part),
        _ if is_allocators(name) && !INNER.contains(&name) => Meaning::Unknown,
        _ => Meaning::Nothing,
    }
}

/// Whether the function is the allocator's, inside or out.
#[must_use]
pub fn is_allocators(name: &str) -> bool {
    let name = bare(name);
    let starts = ["memblock_", "__memblock_", "__next_mem_", "__next_reserved_"];
    !OTHERS.contains(&name) && starts.iter().any(|start| name.starts_with(start))
}

/// A name without what a compiler put behind it.
fn bare(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}
