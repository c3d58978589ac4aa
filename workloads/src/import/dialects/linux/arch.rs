//! Which architecture a log is of.
//!
//! The compiler's name, the release and lines that only one architecture prints say it; what says nothing stays unknown.
//! How many digits an address has says nothing either: 14 are printed for every width, and 16 only say that physical
//! addresses have 64 bits, which 32-bit processors with extensions have too.

use super::Facts;
use crate::import::dialects::memblock::symbol;

impl Facts {
    /// Takes note of a function that only one architecture has.
    pub(crate) fn note_caller(&mut self, caller: &str) {
        if self.family.is_none() {
            let symbol = symbol(caller);
            let families = FAMILIES.iter();
            self.family = families.filter(|(_, own)| own.contains(&symbol)).map(|(family, _)| *family).next();
        }
    }

    /// The architecture as the kernel names it, as far as the log tells.
    pub(crate) fn arch(&self) -> &'static str {
        let lower = |text: Option<&str>| text.unwrap_or_default().to_lowercase();
        let kernel = format!("{} {}", lower(self.release.as_deref()), lower(self.banner.as_deref()));
        let machine = lower(self.machine.as_deref());
        let find = |text: &str| NAMES.iter().find(|(word, _)| has_word(text, word)).map(|(_, arch)| *arch);
        let named = find(&kernel).or_else(|| find(&machine));
        let says = |words: &[&str]| words.iter().any(|word| kernel.contains(word) || machine.contains(word));
        let high = self.zones.iter().any(|(name, _)| name == "HighMem");
        // 8 digits are printed only where physical addresses have 32 bits.
        let narrow = high || self.digits == 8;
        match named.or(self.family).unwrap_or("unknown") {
            "x86" | "x86_64" | "i386" if narrow || named == Some("i386") || self.family == Some("i386") => {
                "i386"
            }
            "x86" | "x86_64" => "x86_64",
            "mips64" if narrow => "mips",
            "mips" if !narrow && says(&["mips64", "octeon", "loongson", "ip27", "ip30", "ip35"]) => "mips64",
            "ppc64" | "ppc64le" if narrow => "ppc",
            "ppc" if !narrow && self.family == Some("ppc64") => "ppc64",
            arch => arch,
        }
    }
}

/// Whether `word` stands in `text` and does not go on from another one: `arm` is not in `alarm`.
fn has_word(text: &str, word: &str) -> bool {
    let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
    text.match_indices(word)
        .any(|(at, _)| !word.starts_with(|c: char| c.is_ascii_alphanumeric()) || begins(at))
}

/// Words of a kernel's name or of its compiler's, and what they tell of. Longer ones first: `arm64` holds `arm`.
const NAMES: [(&str, &str); 63] = [
    ("powerpc64le", "ppc64le"),
    ("ppc64le", "ppc64le"),
    ("ppc64el", "ppc64le"),
    ("powerpc64", "ppc64"),
    ("ppc64", "ppc64"),
    ("pseries", "ppc64"),
    ("powernv", "ppc64"),
    ("powerpc", "ppc"),
    ("ppc", "ppc"),
    ("aarch64", "arm64"),
    ("arm64", "arm64"),
    ("armv8", "arm64"),
    ("riscv32", "riscv32"),
    ("riscv", "riscv64"),
    ("s390x", "s390x"),
    ("s390", "s390"),
    ("loongarch32", "loongarch32"),
    ("loongarch", "loongarch64"),
    ("loong64", "loongarch64"),
    ("loongson", "mips64"),
    ("mips64", "mips64"),
    ("octeon", "mips64"),
    ("mips", "mips"),
    ("malta", "mips"),
    ("x86_64", "x86_64"),
    ("x86-64", "x86_64"),
    ("amd64", "x86_64"),
    ("i386", "i386"),
    ("i486", "i386"),
    ("i586", "i386"),
    ("i686", "i386"),
    ("-486", "i386"),
    ("-586", "i386"),
    ("-686", "i386"),
    ("armmp", "arm"),
    ("armeb", "arm"),
    ("armv4", "arm"),
    ("armv5", "arm"),
    ("armv6", "arm"),
    ("armv7", "arm"),
    ("arm-", "arm"),
    ("sparc64", "sparc64"),
    ("sparc", "sparc"),
    ("ia64", "ia64"),
    ("alpha-linux", "alpha"),
    ("alpha-unknown", "alpha"),
    ("-alpha-", "alpha"),
    ("m68k", "m68k"),
    ("hppa64", "parisc64"),
    ("hppa", "parisc"),
    ("parisc", "parisc"),
    ("sh4", "sh"),
    ("sh2", "sh"),
    ("superh", "sh"),
    ("microblaze", "microblaze"),
    ("nios2", "nios2"),
    ("openrisc", "openrisc"),
    ("or1k", "openrisc"),
    ("xtensa", "xtensa"),
    ("arceb", "arc"),
    ("arc-", "arc"),
    ("csky", "csky"),
    ("hexagon", "hexagon"),
];

/// Functions that reserve or allocate on one family of architectures only.
const FAMILIES: [(&str, &[&str]); 14] = [
    ("arm64", &["arm64_memblock_init", "early_pgtable_alloc"]),
    ("arm", &["arm_memblock_init"]),
    ("i386", &["i386_start_kernel"]),
    ("x86_64", &["x86_64_start_kernel", "x86_64_start_reservations"]),
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
    (
        "ppc64",
        &["allocate_paca_ptrs", "allocate_pacas", "allocate_paca", "htab_initialize", "hash__early_init_mmu"],
    ),
    ("ppc", &["early_init_devtree", "rtas_initialize", "MMU_init", "mapin_ram"]),
    ("mips", &["trap_init", "fixrange_init", "arch_mem_init"]),
    ("riscv64", &["alloc_pmd_fixmap", "setup_vm_final", "setup_bootmem"]),
    ("sparc64", &["bootmem_init_nonnuma", "prom_early_alloc"]),
    ("microblaze", &["microblaze_setup_arch"]),
    ("alpha", &["setup_memory_node"]),
    ("ia64", &["find_memory", "reserve_memory"]),
];
