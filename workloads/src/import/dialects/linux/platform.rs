//! What follows from the architecture and the kernel's version: pages, orders, cache lines.

use allocators::{Order, PageSize, PhysAddr};

use super::{Facts, version};
use crate::trace::END_OF_ADDRESSES;

/// What an architecture's kernel is like, and how sure that is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::import) struct Platform {
    pub(in crate::import) arch: &'static str,
    pub(in crate::import) page: PageSize,
    pub(in crate::import) max_order: Order,
    pub(in crate::import) pageblock_order: Order,
    /// The alignment of requests that ask for none (`SMP_CACHE_BYTES`).
    pub(in crate::import) cache_line: u64,
    /// The kernel's version, if the log has it.
    pub(in crate::import) version: Option<(u32, u32)>,
    /// What was assumed.
    pub(in crate::import) assumed: Vec<String>,
}

impl Platform {
    pub(in crate::import) fn of(facts: &Facts) -> Self {
        let arch = facts.arch();
        let mut assumed = Vec::new();
        let page = facts.page_size().unwrap_or_else(|| {
            let page = default_page(arch, facts);
            assumed.push(format!("the log does not say the size of a page; {page} is usual on {arch}"));
            page
        });
        let (max_order, pageblock_order) = orders(arch, page, facts);
        assumed.push(format!(
            "the log does not say the orders of blocks; {max_order} and pageblocks of {pageblock_order} are usual"
        ));
        Self {
            arch,
            page,
            max_order,
            pageblock_order,
            cache_line: cache_line(arch),
            version: facts.release.as_deref().and_then(version),
            assumed,
        }
    }

    /// Whether the kernel may be older than this version.
    pub(in crate::import) fn may_precede(&self, version: (u32, u32)) -> bool {
        self.version.is_none_or(|own| own < version)
    }
}

fn default_page(arch: &str, facts: &Facts) -> PageSize {
    let release = facts.release.as_deref().unwrap_or_default();
    match arch {
        "ppc64le" | "ppc64" => PageSize::KIB_64,
        "loongarch64" | "ia64" => PageSize::KIB_16,
        "sparc64" | "alpha" => PageSize::new(8192).unwrap_or(PageSize::KIB_4),
        _ if release.contains("64k") => PageSize::KIB_64,
        _ if release.contains("16k") => PageSize::KIB_16,
        _ => PageSize::KIB_4,
    }
}

/// `MAX_PAGE_ORDER` and `pageblock_order` of the usual configuration.
///
/// A pageblock is a huge page where there are any: 2 MiB on most machines, 32 MiB with 16 KiB pages and 512 MiB with
/// 64 KiB pages of arm64, and never larger than the largest block.
fn orders(arch: &str, page: PageSize, facts: &Facts) -> (Order, Order) {
    let has_pae = facts.release.as_deref().is_some_and(|release| release.contains("pae"));
    let (max, pageblock) = match (arch, page.bytes()) {
        ("arm64", 0x10000) => (13, 13),
        ("ppc64le" | "ppc64", 0x10000) => (8, 5),
        ("arm64" | "loongarch64", 0x4000) => (11, 11),
        ("i386", _) => (10, if has_pae { 9 } else { 10 }),
        ("s390x", _) => (10, 8),
        ("x86_64" | "arm64" | "riscv64", _) => (10, 9),
        _ => (10, 10),
    };
    (Order(max), Order(pageblock))
}

/// The first address that no processor of the architecture can have.
///
/// What its manuals allow, not what one model has: 52 bits on x86 and arm64, 40 on arm with large addresses, 48 on loongarch
/// and alpha, 50 on ia64, 53 where s390 and sparc end. Of what is unknown, as many as the widest has.
pub(in crate::import) fn end_of_addresses(arch: &str) -> PhysAddr {
    let bits = match arch {
        "x86_64" | "i386" | "arm64" => 52,
        "arm" => 40,
        "loongarch64" | "alpha" => 48,
        "ia64" => 50,
        "s390x" | "sparc64" => 53,
        "riscv32" => 34,
        "s390" => 31,
        "m68k" | "sh" | "microblaze" | "nios2" | "openrisc" | "csky" | "hexagon" | "loongarch32"
        | "parisc" => 32,
        _ => return END_OF_ADDRESSES,
    };
    PhysAddr(1 << bits)
}

/// `SMP_CACHE_BYTES`, where no answer of the log shows it.
fn cache_line(arch: &str) -> u64 {
    match arch {
        "s390x" | "s390" => 256,
        "ppc64le" | "ppc64" | "ia64" => 128,
        "mips" | "ppc" | "sparc" | "alpha" | "parisc" | "sh" => 32,
        "m68k" | "openrisc" => 16,
        _ => 64,
    }
}
