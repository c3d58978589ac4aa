//! Pages taken for page tables while memory is mapped.

use crate::trace::{Op, Trace};

/// Pages that a caller took for page tables.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageTables {
    /// The function.
    pub caller: String,
    /// How many pages.
    pub pages: u64,
}

/// Functions that take pages for the kernel's page tables, by how their names begin.
///
/// Source: the early mappings of x86 (`arch/x86/mm`), arm64 (`arch/arm64/mm/mmu.c`), powerpc (`radix_pgtable.c`), s390
/// (`arch/s390/mm/vmem.c`) and those of struct pages (`mm/sparse-vmemmap.c`).
const CALLERS: [&str; 16] = [
    "alloc_low_pages",
    "alloc_p4d_table",
    "early_alloc_pgtable",
    "early_pgtable_alloc",
    "early_pte_alloc",
    "early_pmd_alloc",
    "kernel_pgd_alloc",
    "one_md_table_init",
    "one_page_table_init",
    "page_table_kasan_alloc",
    "pgd_pgtable_alloc",
    "spp_getpage",
    "vmem_crst_alloc",
    "vmem_pte_alloc",
    "vmemmap_alloc_block_zero",
    "__pgd_pgtable_alloc",
];

/// The pages of page tables that were allocated one by one, by caller, the most first.
#[must_use]
pub fn page_tables(trace: &Trace) -> Vec<PageTables> {
    let mut found: Vec<PageTables> = Vec::new();
    let page = trace.header.page_size.bytes();
    for record in &trace.records {
        let (Op::Alloc(request, Some(_)), Some(caller)) = (&record.op, &record.caller) else { continue };
        let caller = caller.split(['+', '.']).next().unwrap_or(caller);
        if !CALLERS.contains(&caller) {
            continue;
        }
        let pages = request.size.div_ceil(page);
        match found.iter_mut().find(|known| known.caller == caller) {
            Some(known) => known.pages += pages,
            None => found.push(PageTables { caller: caller.into(), pages }),
        }
    }
    found.sort_by(|a, b| b.pages.cmp(&a.pages).then_with(|| a.caller.cmp(&b.caller)));
    found
}
