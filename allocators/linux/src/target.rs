//! What of the recorded machine changes the code that is compiled.

use std::fmt;

/// A machine that code is compiled for: what is a constant in the kernel's C.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Target {
    /// The binary logarithm of a page's bytes.
    pub page_shift: u32,
    /// The bits of `phys_addr_t`.
    pub phys_bits: u32,
}

impl Target {
    /// The target of a recorded boot: its architecture as the kernel names it, its kernel's release, its size of page.
    ///
    /// A 32-bit kernel has 64-bit addresses where it was built for that, which a distribution's release says (`686-pae`,
    /// `armmp-lpae`).
    #[must_use]
    pub fn of(arch: &str, release: &str, page_shift: u32) -> Self {
        let narrow = ["i386", "i686", "x86", "arm", "armhf", "armv7l", "mips", "mipsel", "ppc", "powerpc"];
        let wide = !narrow.contains(&arch) || release.contains("pae");
        Self { page_shift, phys_bits: if wide { 64 } else { 32 } }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KiB pages", (1_u64 << self.page_shift) >> 10)?;
        if self.phys_bits == 32 { write!(f, ", 32-bit addresses") } else { Ok(()) }
    }
}
