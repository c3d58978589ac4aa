//! What stands around the records of a trace, and the last words of its account.

use allocators::{AddrRange, MapChange};

use super::account::plural;
use super::boots::Boot;
use super::dialects::LogLine;
use super::dialects::linux::{Facts, Platform, end_of_addresses, sanitise};
use super::{Account, Imported, NotUnderstood, Options};
use crate::trace::{Header, MOST_MEMORY, Op, Recorded, Said, Trace, Zone};

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
    account.alarm = alarm(boot, &account);
    account.gaps = boot.gaps.len();
    if !boot.gaps.is_empty() {
        let lines: Vec<String> = boot.gaps.iter().take(8).map(u64::to_string).collect();
        notes.push(format!("whoever quoted the log left lines out, at line {}", lines.join(", ")));
    }
    notes.extend(boot.left_out.iter().cloned());
    if !boot.neighbours.is_empty() {
        let names: Vec<&str> = boot.neighbours.iter().map(|(_, neighbour)| neighbour.name).collect();
        notes.push(format!(
            "passed over, as they hold nothing to replay: messages of {}",
            names.join(" and of ")
        ));
    }
    if boot.seen.turned {
        notes.push("the log stands in reverse order, and was turned round".to_owned());
    }
    if boot.doubled_lines > 0 {
        notes.push(format!("two consoles printed the same lines: {} of them left out", boot.doubled_lines));
    }
    if boot.seen.taken_away > 0 {
        notes.push(format!("{} lines that a diff takes away are left out", boot.seen.taken_away));
    }
    if !account.not_understood.is_empty() {
        notes.push(format!("not understood: {} of the log", plural(account.not_understood.len(), "line")));
    }
    if trace.is_state() {
        notes.push("there is nothing to replay: a listing alone gives a state, and no boot".to_owned());
    }
    let left_out = bound_memory(&mut trace);
    if left_out > 0 {
        notes.push(format!(
            "{left_out} pieces of memory, more than any machine has or where none has any, left out"
        ));
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

/// Why what was read is hardly the boot.
fn alarm(boot: &Boot, account: &Account) -> Option<String> {
    let unread = account.not_understood.len();
    let read = boot.lines.iter().filter(|(_, line)| !matches!(line, LogLine::Linux(_))).count();
    let lost = |word: &str| boot.damaged.iter().find(|(_, text)| text.contains(word)).map(|(line, _)| line);
    let facts = &boot.facts;
    let missing = [
        (facts.release.is_none(), "Linux version ", "the kernel's name"),
        (facts.said.is_none(), "Memory: ", "what was released"),
        (account.dumps == 0, "memory[", "the listing of memory"),
        (account.dumps == 0, "reserved[", "the listing of what is reserved"),
    ];
    let missing = missing.iter().filter(|(is_missing, ..)| *is_missing);
    let missing =
        missing.filter_map(|(_, word, what)| lost(word).map(|line| format!("{what} at line {line}")));
    let missing: Vec<String> = missing.collect();
    if unread > 0 && unread >= read {
        let (line, total) = (account.not_understood[0].line, unread + read);
        Some(format!(
            "{unread} of {total} lines about the allocator were not understood, the first of them line {line}"
        ))
    } else if !missing.is_empty() {
        Some(format!("not understood, though it is there: {}", missing.join(", ")))
    } else if account.dumps == 0 && account.dumps_in_part > 0 {
        Some(format!("not one listing of {} could be read whole", account.dumps_in_part))
    } else {
        None
    }
}

/// Leaves out the memory that makes more in all than any machine has, or lies where none has any; how many pieces.
fn bound_memory(trace: &mut Trace) -> usize {
    let mut rest = MOST_MEMORY;
    let end = end_of_addresses(&trace.header.arch);
    let mut fits = |range: AddrRange| {
        let fits = range.size() <= rest && range.end() <= end;
        rest -= if fits { range.size() } else { 0 };
        fits
    };
    let before = trace.memory.len() + trace.records.len();
    trace.memory.retain(|piece| fits(piece.memory.range));
    trace.records.retain(|record| match &record.op {
        Op::Change(MapChange::Add(piece)) => fits(piece.range),
        _ => true,
    });
    before - trace.memory.len() - trace.records.len()
}
