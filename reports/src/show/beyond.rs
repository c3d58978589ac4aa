//! What a boot's calls cost beyond the allocator: struct pages, room in arrays, page tables, memory that nobody gets.

use workloads::beyond::{Defer, Sections, head_room, lost, page_tables, struct_pages};
use workloads::trace::Trace;

use crate::analysis::nearly_full;
use crate::tables::{Cell, Table};
use crate::text::{Terminal, paragraph, table};
use crate::units::{bytes, count, list, plural};

/// How struct pages are kept, where it is not as on the recorded kernel.
#[derive(Clone, Copy, Default, Debug)]
pub struct Settings {
    /// The granularity.
    pub sections: Option<Sections>,
    /// Whether those of the last zones wait.
    pub defer: Option<Defer>,
}

/// The text about what the calls of `trace` cost beyond the allocator.
#[must_use]
pub fn beyond(trace: &Trace, settings: Settings, terminal: Terminal) -> String {
    let mut out = String::new();
    if let Some(shown) = of_struct_pages(trace, settings) {
        table(&mut out, &shown, terminal);
    }
    table(&mut out, &of_arrays(trace), terminal);
    for sentence in sentences(trace) {
        paragraph(&mut out, &sentence, terminal.width);
    }
    out
}

/// Struct pages by node and zone; `None` where the log names no zones, or nobody knows the architecture's sections.
fn of_struct_pages(trace: &Trace, settings: Settings) -> Option<Table> {
    let header = &trace.header;
    let sections = settings.sections.or_else(|| Sections::usual(&header.arch, header.page_size.bytes()))?;
    let defer = settings.defer.unwrap_or_else(|| Defer::usual(header));
    let found = struct_pages(trace, sections, defer)?;
    let mut shown =
        Table::new("Struct pages, up to the end of the hand-over", &["node", "zone", "early#", "deferred#"]);
    for part in &found.node_zones {
        shown.rows.push(vec![
            Cell::new(part.nid.get().to_string()),
            Cell::new(part.zone.clone()),
            Cell::new(count(part.early)),
            Cell::new(count(part.deferred)),
        ]);
    }
    let how = match (defer, sections) {
        (Defer::Yes, Sections::Of(size)) => {
            format!("Initialisation is deferred, by sections of {}", bytes(size))
        }
        (Defer::ByRegion, Sections::Of(size)) => format!(
            "Initialisation is deferred as in 5.8 to 5.10, in regions that end with their node alone, by sections of {}",
            bytes(size)
        ),
        (_, Sections::Of(size)) => format!("Nothing is deferred; sections have {}", bytes(size)),
        (_, Sections::Flat) => "Nothing is deferred, and there are no sections".to_owned(),
    };
    shown.notes.push(format!(
        "{how}. Up to then {} are initialised: {} early, {} of holes, {} one by one because they are reserved in \
         what is deferred; {} are reserved and never initialised. The walk over zones visits {} of memory; what is reserved \
         takes {}.",
        count(found.calls()),
        count(found.early()),
        count(found.holes),
        count(found.one_by_one),
        count(found.never),
        plural_count(found.region_visits, "region"),
        plural_count(found.reserved_calls, "call"),
    ));
    Some(shown)
}

fn of_arrays(trace: &Trace) -> Table {
    let heads = ["array", "most regions#", "room#", "doublings#", "bytes for them#", "more that fit#"];
    let mut shown = Table::new("Room in memblock's arrays", &heads);
    let arrays = head_room(trace);
    for array in &arrays {
        shown.rows.push(vec![
            Cell::new(array.array.word()),
            Cell::new(count(array.most)),
            Cell::new(count(array.room)),
            Cell::new(count(array.doublings)),
            Cell::new(bytes(array.bytes)),
            Cell::new(count(array.left())),
        ]);
    }
    shown.notes.extend(nearly_full(trace));
    shown
}

fn sentences(trace: &Trace) -> Vec<String> {
    let mut sentences = Vec::new();
    let tables = page_tables(trace);
    if !tables.is_empty() {
        let pages: u64 = tables.iter().map(|one| one.pages).sum();
        let callers: Vec<String> =
            tables.iter().map(|one| format!("{} by {}", count(one.pages), one.caller)).collect();
        sentences.push(format!(
            "Page tables took {} one by one: {}.",
            plural_count(pages, "page"),
            list(&callers)
        ));
    }
    let found = lost(trace);
    let callers: Vec<String> = found
        .parts_by_caller
        .iter()
        .take(CALLERS)
        .map(|(who, size)| {
            format!("{} beside what {} has", bytes(*size), who.as_deref().unwrap_or("nobody logged"))
        })
        .collect();
    let most = if found.parts_by_caller.len() > CALLERS { "most of it " } else { "" };
    let by = if callers.is_empty() { String::new() } else { format!(": {most}{}", list(&callers)) };
    sentences.push(format!(
        "Nobody gets {}, which are free at the end, in pages that are not wholly free and so are not handed over{by}.",
        bytes(found.parts)
    ));
    if let Some(longest) = found.longest_unknown {
        sentences.push(format!(
            "{} are reserved at the end by no call that the log holds, {} from {:#x} on the longest: what was reserved before it \
             begins, such as the kernel itself, and what follows from a listing only.",
            bytes(found.unknown),
            bytes(longest.size()),
            longest.start().0
        ));
    }
    sentences
}

/// Callers that are named of those beside whom memory is lost.
const CALLERS: usize = 3;

fn plural_count(number: u64, one: &str) -> String {
    plural(usize::try_from(number).unwrap_or(usize::MAX), one)
}
