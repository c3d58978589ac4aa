//! Programs that stand next to Linux in a console's log or in place of it, and hold nothing to replay.
//!
//! They are told apart by what only they print, so that whoever gives such a log learns what it is. None of them prints
//! requests with their answers: what some list is a map of memory, or what is taken already.

use super::{LogLine, Read};

/// A program whose messages are recognised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::import) struct Neighbour {
    /// Whose messages they are.
    pub(in crate::import) name: &'static str,
    /// What they hold of memory.
    pub(in crate::import) holds: &'static str,
    /// Where to find something that can be replayed.
    remedy: Remedy,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Remedy {
    /// A kernel of Linux that it runs or starts.
    Linux,
    /// The kernel of the first domain.
    Domain,
    /// U-Boot's own list.
    Bdinfo,
    None,
}

impl Neighbour {
    /// Where to find something that can be replayed, in a sentence.
    pub(in crate::import) fn remedy(self) -> &'static str {
        match self.remedy {
            Remedy::Linux => {
                "What can be replayed is printed by the Linux that it starts: put `memblock=debug` on that kernel's command line"
            }
            Remedy::Domain => {
                "What can be replayed is printed by the Linux in a domain: put `memblock=debug` on the line of dom0's kernel"
            }
            Remedy::Bdinfo => {
                "U-Boot's `bdinfo` lists what is taken (built with `CONFIG_LMB`), which can be imported as a state; requests are \
                 printed by the Linux that it starts with `memblock=debug`"
            }
            Remedy::None => {
                "Only logs of Linux (`memblock=debug`, `bootmem_debug`) hold requests with their answers"
            }
        }
    }
}

const MAP: &str = "a map of memory at most, and no allocations";
const TAKEN: &str = "a list of what is taken at most, and no requests";

const fn of(name: &'static str, holds: &'static str, remedy: Remedy) -> Neighbour {
    Neighbour { name, holds, remedy }
}

const XEN: Neighbour = of("Xen", MAP, Remedy::Domain);
const FREEBSD: Neighbour = of("FreeBSD", MAP, Remedy::None);
const NETBSD: Neighbour = of("NetBSD", MAP, Remedy::None);
const OPENBSD: Neighbour = of("OpenBSD", MAP, Remedy::None);
const SOLARIS: Neighbour = of("Solaris or illumos", MAP, Remedy::None);
const XNU: Neighbour = of("macOS (XNU)", MAP, Remedy::None);
const ZIRCON: Neighbour = of("Zircon", TAKEN, Remedy::None);
const SEL4: Neighbour = of("seL4", MAP, Remedy::None);
const WINDOWS: Neighbour = of("Windows", "names of drivers, and nothing of memory", Remedy::None);
const EDK2: Neighbour = of("EDK2, a UEFI firmware", TAKEN, Remedy::Linux);
const COREBOOT: Neighbour = of("coreboot", TAKEN, Remedy::Linux);
const U_BOOT: Neighbour = of("U-Boot", "a map of memory at most", Remedy::Bdinfo);
const TRUSTED: Neighbour = of("Trusted Firmware-A", MAP, Remedy::Linux);
const OPENSBI: Neighbour = of("OpenSBI", TAKEN, Remedy::Linux);
const MEDIATEK: Neighbour = of("MediaTek's boot loader", TAKEN, Remedy::Linux);

/// What only one of them prints.
///
/// With the words of the dialects they are fewer than 64: from there on the search for all of them at once loses its fast
/// path.
const MARKS: [(&str, Neighbour); 20] = [
    ("Xen version ", XEN),
    ("Xen-e820 RAM map", XEN),
    ("Physical memory chunk(s)", FREEBSD),
    ("FreeBSD is a registered", FREEBSD),
    ("NetBSD Foundation", NETBSD),
    ("www.OpenBSD.org", OPENBSD),
    ("SunOS Release ", SOLARIS),
    ("Darwin Kernel Version", XNU),
    ("PMM: boot reserve", ZIRCON),
    ("available phys memory regions", SEL4),
    ("BOOTLOG_LOADED", WINDOWS),
    ("HOBLIST address in DXE", EDK2),
    ("Memory Allocation 0x0", EDK2),
    ("PROGRESS CODE: V0", EDK2),
    ("CBMEM:", COREBOOT),
    ("U-Boot 20", U_BOOT),
    ("relocaddr   = ", U_BOOT),
    ("NOTICE:  BL31", TRUSTED),
    ("OpenSBI v", OPENSBI),
    ("mblock_reserve-R", MEDIATEK),
];

/// Each line that matters holds one of these.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    MARKS.iter().map(|(mark, _)| *mark)
}

/// Reads a clean line.
pub(super) fn read(text: &str) -> Read {
    let found = MARKS.iter().find(|(mark, _)| text.contains(mark));
    found.map_or(Read::Noise, |(_, neighbour)| Read::Lines(vec![LogLine::Neighbour(*neighbour)]))
}

#[cfg(test)]
mod tests {
    use super::super::{Dialects, Language as _};

    #[test]
    fn all_words_together_are_few_enough_for_the_fast_search() {
        let mut words: Vec<&str> = Dialects::words().collect();
        words.sort_unstable();
        words.dedup();
        assert!(words.len() < 64, "{} words", words.len());
    }
}
