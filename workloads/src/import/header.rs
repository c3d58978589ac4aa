//! What stands around the records of a trace, and the last words of its account.

use super::boots::Boot;
use super::dialects::linux::{Facts, Platform, sanitise};
use super::{Account, Imported, NotUnderstood, Options};
use crate::trace::{Header, Recorded, Said, Trace, Zone};

pub(super) fn header(
    facts: &Facts,
    platform: &Platform,
    allocator: Recorded,
    source: &str,
    options: &Options,
) -> Header {
    let text = |text: Option<&str>| {
        let text = text.map(sanitise).unwrap_or_default();
        if text.is_empty() { "unknown".to_owned() } else { text }
    };
    let command_line = facts.command_line.as_deref().map(sanitise).filter(|line| !line.is_empty());
    Header {
        machine: text(options.machine.as_deref().or(facts.machine.as_deref())),
        kernel: text(facts.release.as_deref()),
        arch: platform.arch.to_owned(),
        allocator: Some(allocator),
        page_size: platform.page,
        max_order: platform.max_order,
        pageblock_order: platform.pageblock_order,
        command_line,
        source: text(Some(source)),
        captured: text(options.captured.as_deref()),
        notes: platform.assumed.clone(),
    }
}

/// The zones, ascending, of names that are one word.
pub(super) fn zones(facts: &Facts, platform: &Platform) -> Vec<Zone> {
    let zones = facts.zone_ranges(platform.page).into_iter();
    let mut zones: Vec<Zone> = zones.map(|(name, range)| Zone { name, range }).collect();
    zones.sort_by_key(|zone| zone.range.start());
    zones
}

/// What the kernel said of its memory, as of the hand-over.
///
/// The line comes later than that. What was freed in between counts as released in it, and what the architecture took
/// as pages full of zeros counts as reserved; both are put right here, and said in the notes.
pub(super) fn said(
    facts: &Facts,
    platform: &Platform,
    huge_kib: u64,
    notes: &mut Vec<String>,
) -> Option<Said> {
    let mut said = facts.said?;
    let Some(released) = said.released_pages(platform.page) else {
        notes.push("the figures of the `Memory:` line contradict each other".to_owned());
        return None;
    };
    if huge_kib > 0 {
        // These kernels count huge pages as free memory again before they print the line.
        said.reserved_kib = said.reserved_kib.saturating_add(huge_kib);
        notes.push(format!(
            "{huge_kib}K of huge pages, which the `Memory:` line has as released, count as reserved"
        ));
    }
    if facts.freed_kib > 0 {
        said.reserved_kib += facts.freed_kib;
        notes.push(format!(
            "{}K freed between the hand-over and the `Memory:` line count as reserved",
            facts.freed_kib
        ));
    }
    let page_kib = platform.page.bytes() / 1024;
    let zeros_kib = zero_pages(platform.arch, released) * page_kib;
    if zeros_kib > 0 && said.reserved_kib >= zeros_kib {
        said.reserved_kib -= zeros_kib;
        notes.push(format!("{zeros_kib}K of zero pages, taken after the hand-over, count as released"));
    }
    Some(said)
}

/// The pages that `setup_zero_pages` takes from the page allocator and marks as reserved.
///
/// s390 takes one for each of its cache's colours, fewer when memory is small; mips takes one on machines without
/// virtual-coherency exceptions, which is nearly all.
fn zero_pages(arch: &str, released: u64) -> u64 {
    match arch {
        "s390x" => {
            // At the call, the zero pages themselves are still free or just taken: the kernel looks at all of them.
            let mut order = 7;
            while order > 2 && (released >> 10) < 1 << order {
                order -= 1;
            }
            1 << order
        }
        "mips" | "mips64" => 1,
        _ => 0,
    }
}

/// Counts, and says in the trace and in the account what a reader should know.
pub(super) fn finish(
    mut trace: Trace,
    mut account: Account,
    boot: &Boot,
    mut notes: Vec<String>,
) -> Imported {
    account.not_understood.extend(not_understood(&boot.damaged));
    account.not_understood.sort_by_key(|line| line.line);
    if boot.doubled_lines > 0 {
        notes.push(format!("two consoles printed the same lines: {} of them left out", boot.doubled_lines));
    }
    if boot.taken_away > 0 {
        notes.push(format!("{} lines that a diff takes away are left out", boot.taken_away));
    }
    if !account.not_understood.is_empty() {
        notes.push(format!("{} lines of the log were not understood", account.not_understood.len()));
    }
    if trace.said.is_none() {
        notes.push("the log does not say what was released in the end".to_owned());
    }
    account.count(&trace);
    trace.header.notes.extend(notes);
    account.notes.clone_from(&trace.header.notes);
    Imported { trace, account }
}

pub(super) fn not_understood(lines: &[(u64, String)]) -> Vec<NotUnderstood> {
    let text = |text: &str| sanitise(text).chars().take(120).collect();
    lines.iter().map(|(line, said)| NotUnderstood { line: *line, text: text(said) }).collect()
}
