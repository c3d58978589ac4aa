//! What happened in a boot, counted.

use std::collections::BTreeMap;

use benches::exact::Content;
use workloads::trace::{Evidence, Op, Record, Trace};

use crate::tables::{Cell, Table};
use crate::units::{bytes, count, list, percent, plural};

/// Callers beyond these are summed up.
const CALLERS: usize = 12;

/// The widest name of a caller that is shown whole.
const CALLER_WIDTH: usize = 40;

/// Operations by size, by caller, and by how they are known.
pub(super) fn tables(trace: &Trace) -> Vec<Table> {
    let known = by_evidence(trace);
    [by_size(trace), by_caller(trace)].into_iter().chain(known).collect()
}

fn by_size(trace: &Trace) -> Table {
    let mut table = Table::new("Allocations, by size", &["size", "calls#", "share#", "bytes#", "largest#"]);
    let classes = [
        (Content::AllocBelow4k, "below 4 KiB"),
        (Content::Alloc4k, "4 KiB to 64 KiB"),
        (Content::Alloc64k, "64 KiB to 2 MiB"),
        (Content::Alloc2m, "2 MiB to 1 GiB"),
        (Content::Alloc1g, "1 GiB and more"),
    ];
    let all = trace.allocations().count() as u64;
    for (class, name) in classes {
        let sizes = || {
            let of_class = |&size: &u64| Content::of_size(size) == class;
            trace.allocations().map(|(request, _)| request.size).filter(of_class)
        };
        let Some(largest) = sizes().max() else { continue };
        let calls = sizes().count() as u64;
        table.rows.push(vec![
            Cell::new(name),
            Cell::new(count(calls)),
            Cell::new(percent(calls, all)),
            Cell::new(bytes(sizes().fold(0, u64::saturating_add))),
            Cell::new(bytes(largest)),
        ]);
    }
    table
}

#[derive(Default)]
struct OfCaller {
    allocations: u64,
    reservations: u64,
    frees: u64,
    bytes: u64,
}

fn by_caller(trace: &Trace) -> Table {
    let heads = ["caller", "allocations#", "bytes#", "reservations#", "frees#"];
    let mut table = Table::new("Operations, by caller", &heads);
    let mut callers: BTreeMap<&str, OfCaller> = BTreeMap::new();
    for record in &trace.records {
        let of = || callers_entry(record);
        match &record.op {
            Op::Alloc(request, _) => {
                let caller = callers.entry(of()).or_default();
                caller.allocations += 1;
                caller.bytes = caller.bytes.saturating_add(request.size);
            }
            Op::Reserve(_) => callers.entry(of()).or_default().reservations += 1,
            Op::Free(_) => callers.entry(of()).or_default().frees += 1,
            _ => {}
        }
    }
    let mut callers: Vec<_> = callers.into_iter().collect();
    // Stable, so that equal ones stay in the order of their names.
    callers.sort_by_key(|(_, of)| std::cmp::Reverse(of.allocations + of.reservations + of.frees));
    for (name, of) in callers.iter().take(CALLERS) {
        table.rows.push(vec![
            Cell::new(shortened(name)),
            Cell::new(count(of.allocations)),
            Cell::new(bytes(of.bytes)),
            Cell::new(count(of.reservations)),
            Cell::new(count(of.frees)),
        ]);
    }
    if let Some(more) = callers.len().checked_sub(CALLERS).filter(|&more| more > 0) {
        table.notes.push(format!("{} made fewer.", plural(more, "other caller")));
    }
    table
}

/// The function that called; which of its calls it was is left out.
fn callers_entry(record: &Record) -> &str {
    record.caller.as_deref().map_or("(not logged)", |caller| caller.split('+').next().unwrap_or(caller))
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= CALLER_WIDTH {
        return name.into();
    }
    name.chars().take(CALLER_WIDTH - 2).chain("..".chars()).collect()
}

/// What was inferred, and what stands in the log but proves nothing, by reason; `None` where all is logged.
fn by_evidence(trace: &Trace) -> Option<Table> {
    let heads = ["how", "from", "records#", "start#"];
    let mut table = Table::new("What does not stand in the log as it is", &heads);
    let mut known: BTreeMap<(&str, &str), [u64; 2]> = BTreeMap::new();
    let mut add = |evidence: Evidence, place: usize| {
        let key = match evidence {
            Evidence::Logged => return,
            Evidence::Inferred(reason) => ("inferred", reason.word()),
            Evidence::Fitted(reason) => ("fitted", reason.word()),
            Evidence::Unexplained => ("unexplained", "answer"),
        };
        known.entry(key).or_default()[place] += 1;
    };
    trace.records.iter().for_each(|record| add(record.evidence, 0));
    trace.memory.iter().for_each(|piece| add(piece.evidence, 1));
    trace.reserved.iter().for_each(|piece| add(piece.evidence, 1));
    for ((how, from), [records, start]) in known {
        table.rows.push(vec![
            Cell::new(how),
            Cell::new(from),
            Cell::new(count(records)),
            Cell::new(count(start)),
        ]);
    }
    table.notes.push(
        "Inferred: something that is logged leaves no doubt of it. Fitted: logged, and used to infer a setting, so that \
         its address proves nothing. Start: memory and reservations ahead of the first record."
            .into(),
    );
    (!table.rows.is_empty()).then_some(table)
}

/// What the kernel did, in sentences.
pub(super) fn kernel(trace: &Trace) -> Vec<String> {
    let of = |wanted: fn(&Op) -> bool| trace.records.iter().filter(|record| wanted(&record.op)).count();
    let failed = trace.allocations().filter(|(_, at)| at.is_none()).count();
    let parts = [
        (of(|op| matches!(op, Op::Reserve(_))), "fixed reservation"),
        (of(|op| matches!(op, Op::Free(_))), "free"),
        (of(|op| matches!(op, Op::Change(_))), "change of the memory map"),
        (of(|op| matches!(op, Op::Set(_))), "setting"),
        (of(|op| matches!(op, Op::Doubled { .. })), "array doubled"),
        (of(|op| matches!(op, Op::Dump(_))), "listing of all it knew"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(number, _)| *number > 0).map(|&(number, what)| several(number, what)).collect();
    let granted = trace.allocations().count() - failed;
    let mut sentences = vec![format!(
        "The kernel granted {} and refused {failed}{}{}.",
        plural(granted, "allocation"),
        if parts.is_empty() { "" } else { "; beside those there are " },
        list(&parts)
    )];
    let released = trace.said.map(|said| (said, said.released_pages(trace.header.page_size)));
    sentences.push(match released {
        Some((said, Some(pages))) => format!(
            "It released {} ({}) to the page allocator, by its `Memory:` line: {}K of memory, {}K reserved, {}K for \
             contiguous allocation.",
            plural(usize::try_from(pages).unwrap_or(usize::MAX), "page"),
            bytes(pages.saturating_mul(trace.header.page_size.bytes())),
            said.physical_kib,
            said.reserved_kib,
            said.cma_kib
        ),
        Some((_, None)) => "The figures of its `Memory:` line contradict each other.".into(),
        None => "How much it released to the page allocator is not in the log.".into(),
    });
    sentences
}

/// The plural stands at the word that counts.
fn several(number: usize, what: &str) -> String {
    match what.split_once(' ') {
        Some((head, rest)) if number != 1 && head != "fixed" => format!("{} {rest}", plural(number, head)),
        _ => plural(number, what),
    }
}
