//! Which architecture a log is of.

use super::Facts;
use crate::import::dialects::memblock::symbol;

impl Facts {
    /// Takes note of a function that only one architecture has.
    pub(in crate::import) fn note_caller(&mut self, caller: &str) {
        if self.family.is_none() {
            let symbol = symbol(caller);
            let families = FAMILIES.iter();
            self.family = families.filter(|(_, own)| own.contains(&symbol)).map(|(family, _)| *family).next();
        }
    }

    /// The architecture as the kernel names it, as far as the log tells.
    pub(in crate::import) fn arch(&self) -> &'static str {
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
