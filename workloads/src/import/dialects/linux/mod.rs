//! What every Linux kernel says of itself and of its machine.

mod arch;
mod facts;
mod lines;
mod platform;

use super::LogLine;
use crate::import::text::Reading;

pub(crate) use facts::{Fact, Facts};
pub(super) use lines::read;
pub(in crate::import) use platform::{Platform, end_of_addresses};

/// Each line that matters holds one of these, or stands beside one that does: headings stand above what they head.
pub(crate) const WORDS: [&str; 26] = [
    "Linux version",
    "Booting Linux",
    "ommand line:",
    "(usable)",
    "LOWMEM available",
    "Boot CPU: ",
    "CPU: ARM",
    "CPU0 revision is",
    "Determined physical RAM map",
    "SBI specification",
    "[Conventional Memory",
    "[mem 0x",
    " -> 0x",
    "Memory: ",
    "DMI: ",
    "achine model: ",
    "Hardware name: ",
    "machine is ",
    "as memoryless",
    "cma: ",
    "hash table entries: ",
    "totalpages: ",
    "memcluster ",
    "SLUB: HWalign=",
    "Freeing ",
    "kexec handover data",
];

/// What a clean line says of the kernel or its machine, to others than the importer.
pub(crate) fn fact(text: &str) -> Option<Fact> {
    match read(text) {
        Reading::Lines(lines) => lines.into_iter().find_map(|line| match line {
            LogLine::Linux(fact) => Some(fact),
            _ => None,
        }),
        _ => None,
    }
}

/// Whether a line that could not be read looks as if it told of the kernel or of what it released.
pub(super) fn suspects(text: &str) -> bool {
    let version = text
        .split_once("Linux version ")
        .is_some_and(|(_, after)| after.starts_with(|c: char| c.is_ascii_digit()));
    let released = text.contains("Memory: ") && text.contains(" available (") && text.contains(" reserved");
    // The second half of a name that was broken.
    let half =
        text.starts_with("version ") && [" (gcc", "gcc ", "clang"].iter().any(|word| text.contains(word));
    // And its first one, behind whatever a program has put there.
    let end = text.ends_with("Linux version") && text.contains(['[', ':', ')']);
    version || half || end || released
}

/// `(6, 1)` of `6.1.0-56-amd64`.
pub(in crate::import) fn version(release: &str) -> Option<(u32, u32)> {
    let mut parts = release.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// A text that can stand in a trace: one line without control characters or blanks around it.
pub(crate) fn sanitise(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.trim().chars().take(4096).collect::<String>().trim().to_owned()
}
