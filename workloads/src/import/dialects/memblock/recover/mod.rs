//! Recovering what the log does not say, and marking it.
//!
//! The records are made one after the other while a model of the kernel ([`super::model`]) follows. Where the model
//! would have answered otherwise than the log, something happened that is not in the log: the direction or the limit of
//! the search changed, or memory was reserved. Whatever explains this answer and the ones after it best is recorded
//! ahead of it, marked as inferred, and the answer as fitted: it no longer proves anything.

mod changes;
mod guess;
mod notes;
mod recorder;
mod recovery;
mod scratch;
mod settings;
mod start;
mod sure;
mod tally;

use allocators::{MapChange, MemFlags, MemoryRange, Nid};

use recovery::{Known, Recovery};

use super::steps::{Step, Steps, What, steps};
use crate::import::account::plural;
use crate::import::boots::Boot;
use crate::import::dialects::linux::Platform;
use crate::import::header::{finish, header, not_understood, said, zones};
use crate::import::{Account, Imported, Options};
use crate::trace::{Op, Record, Recorded, Trace};

/// It takes three lost lines in the right places to make a wrong pair look right; fewer losses are just told.
const FEW: usize = 3;

/// More than one loss for this many answers, and such places are met.
const RUINED: usize = 8;

/// Turns what was read of a boot into its trace.
pub(in crate::import) fn recover(
    boot: &Boot,
    platform: &Platform,
    source: &str,
    options: &Options,
) -> Imported {
    let found = steps(boot, platform.arch);
    let start = start::start(&found.list, &boot.facts, platform);
    let steps = &found.list[start.first_step..];
    let (platform, cache_line_by_answers) = cache_line(platform, steps, |platform| {
        let mut recovery = Recovery::new(&start, &boot.facts, platform, &found, Known::default());
        recovery.run(steps);
        recovery.lost.unexplained() + recovery.lost.fitted
    });
    let platform = &platform;
    let known = Known { cache_line_by_answers, ..Known::default() };
    let mut recovery = Recovery::new(&start, &boot.facts, platform, &found, known);
    recovery.run(steps);
    // A listing that the start was made from agrees with it whatever is missing. Up to another one that agrees with all ahead of it no line is missing: there an answer that nothing explains is the
    // kernel's own, and stays. Anywhere else, lost lines may have put it behind a request that it does not belong to.
    let damaged = damaged(boot, &found);
    let trusted = if damaged > 0 || !start.is_dump { 0 } else { recovery.listings.proven };
    let losses = damaged + recovery.lost.losses();
    let answers = steps.iter().filter(|step| matches!(step.what, What::Alloc(_, Some(_)))).count();
    let (lossy, ruined) = (losses > 0, losses >= FEW && losses * RUINED > answers);
    if lossy || trusted > 0 && recovery.lost.has_unexplained() {
        recovery =
            Recovery::new(&start, &boot.facts, platform, &found, Known { trusted, lossy, ruined, ..known });
        recovery.run(steps);
    }
    let mut notes = start.notes.clone();
    notes.extend(recovery.notes());
    notes.extend(left_out(&found));
    if cache_line_by_answers {
        let line = platform.cache_line;
        notes.push(format!(
            "requests without an alignment are aligned to {line} bytes, as their answers show"
        ));
    }
    if let Some(note) = late(boot, &found) {
        notes.push(note);
    }
    let account = Account {
        found: found.found,
        folded: found.list[..start.first_step].iter().filter(|step| is_operation(step)).count(),
        dumps: recovery.listings.all + usize::from(start.is_dump),
        dumps_matched: recovery.listings.matched + usize::from(start.is_dump),
        dumps_in_part: found.partial_dumps.len(),
        not_understood: not_understood(&found.absurd),
        ..Account::default()
    };
    let records = recovery.recorder.records;
    let trace = Trace {
        header: header(&boot.facts, platform, Recorded::Memblock, source, options),
        zones: zones(&boot.facts, platform),
        memoryless_nodes: memoryless(&start.memory, &records, &boot.facts.memoryless),
        memory: start.memory,
        reserved: start.reserved,
        records,
        said: if start.is_blind && boot.facts.said.is_some() {
            notes.push("what was released cannot be checked: the log does not show all memory".to_owned());
            None
        } else {
            said(&boot.facts, platform, huge_kib(&found.list), &mut notes)
        },
    };
    finish(trace, account, boot, notes)
}

/// The platform with the alignment that requests without one get (`SMP_CACHE_BYTES`), and whether the answers show it.
///
/// What is usual on the architecture stands where it explains all answers. Otherwise that alignment does which explains
/// most of them, and the answers cannot be aligned to less.
fn cache_line(
    platform: &Platform,
    steps: &[Step],
    unexplained: impl Fn(&Platform) -> usize,
) -> (Platform, bool) {
    let starts = steps.iter().filter_map(|step| match &step.what {
        What::Alloc(request, Some(range)) if request.align == 0 => Some(range.start().0),
        _ => None,
    });
    let Some(common) = starts.map(u64::trailing_zeros).min() else {
        return (platform.clone(), false);
    };
    let with = |cache_line| Platform { cache_line, ..platform.clone() };
    let usual = unexplained(platform);
    if usual == 0 {
        return (platform.clone(), false);
    }
    let lines = [16, 32, 64, 128, 256].into_iter().filter(|line: &u64| line.trailing_zeros() <= common).rev();
    let tried =
        lines.filter(|line| *line != platform.cache_line).map(|line| (unexplained(&with(line)), line));
    match tried.min_by_key(|(unexplained, _)| *unexplained) {
        Some((rest, line)) if rest < usual => (with(line), true),
        _ => (platform.clone(), false),
    }
}

/// What of the log no record is made of.
fn left_out(found: &Steps) -> Vec<String> {
    let mut notes = Vec::new();
    if found.late > 0 {
        let freed = match found.late_bytes {
            0 => String::new(),
            bytes => format!(", which freed {bytes} bytes to it"),
        };
        notes.push(format!(
            "left out, after the hand-over to the page allocator: {}{freed}",
            plural(found.late, "operation")
        ));
    }
    if found.foreign > 0 {
        notes.push(format!(
            "left out, on lists that no allocator here has: {}",
            plural(found.foreign, "operation")
        ));
    }
    for line in &found.partial_dumps {
        notes.push(format!("the listing at line {line} is not whole and left out"));
    }
    notes
}

/// What to do about a log that begins in mid-boot.
fn late(boot: &Boot, found: &Steps) -> Option<String> {
    let has_beginning =
        boot.facts.release.is_some() || found.list.iter().any(|step| matches!(step.what, What::Dump(_)));
    (!has_beginning && found.found > 0).then(|| {
        "the beginning of the boot is missing, its kernel's name and what was reserved by then: if the kernel's buffer \
         overflowed, boot with `log_buf_len=16M` as well, or record the console from its first line"
            .to_owned()
    })
}

/// What was allocated as huge pages by the function that newer kernels have for that, in KiB.
fn huge_kib(steps: &[Step]) -> u64 {
    let sizes = steps.iter().filter_map(|step| match &step.what {
        What::Alloc(request, Some(range)) if request.hugetlb => Some(range.size() / 1024),
        _ => None,
    });
    sizes.sum()
}

/// How many lines or listings are known to be missing or damaged.
fn damaged(boot: &Boot, found: &Steps) -> usize {
    boot.damaged.len() + found.partial_dumps.len() + found.absurd.len() + boot.gaps.len()
}

fn is_operation(step: &Step) -> bool {
    !matches!(step.what, What::Dump(_) | What::NodesKnown)
}

/// The nodes that the log names and that own no memory.
fn memoryless(start: &[crate::trace::StartMemory], records: &[Record], named: &[u32]) -> Vec<Nid> {
    let mut owners: Vec<Nid> = start.iter().filter_map(|piece| piece.memory.nid).collect();
    let mut asked: Vec<Nid> = named.iter().filter_map(|&nid| Nid::new(nid)).collect();
    for record in records {
        match &record.op {
            Op::Change(MapChange::Add(MemoryRange { nid, .. }) | MapChange::SetNode(_, nid)) => {
                owners.extend(nid);
            }
            Op::Alloc(request, _) => asked.extend(request.node.nid()),
            _ => {}
        }
    }
    let unknown = start.iter().any(|piece| piece.memory.nid.is_none());
    // Memory of which the log never tells the node belongs to node 0.
    owners.extend(Nid::new(0).filter(|_| unknown || owners.is_empty()));
    asked.sort_unstable();
    asked.dedup();
    asked.retain(|nid| !owners.contains(nid));
    asked
}

/// A piece of memory of no known node.
fn plain(range: allocators::AddrRange) -> MemoryRange {
    MemoryRange { range, nid: None, flags: MemFlags::NONE }
}
