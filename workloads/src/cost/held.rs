//! The calls of a boot held against the records of its trace.
//!
//! The trace was made from a log, with inference where the log says nothing. The calls were counted in a boot of the same
//! machine and kernel, without a log. That the one has what the other has, in order, kind and caller, is proof of the
//! importer that owes nothing to inference.

use std::collections::BTreeMap;

use crate::trace::{Evidence, Op, Record, Trace};

use super::model::{Call, Cost, Kind};
use super::names::is_allocators;

/// How the calls of a boot and the records of its trace agree.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Held {
    /// Calls that are records, in order, of the same kind and by the same caller.
    pub equal: u64,
    /// Among them, those whose caller the log does not name: it shows only what the allocator did within.
    pub unnamed: u64,
    /// What those calls spent, by kind: what a replay of the trace can be held against, as it makes the same.
    pub spent: BTreeMap<Kind, Tally>,
    /// Calls that are not in the trace: number and what they are.
    pub more: Vec<(usize, Call)>,
    /// Records that are not in the boot: number and what they are.
    pub less: Vec<(usize, Record)>,
    /// Calls that no log shows: settings.
    pub settings: u64,
    /// Calls that no log shows: queries.
    pub queries: u64,
}

/// Calls, and the allocator's own instructions in them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// How many calls.
    pub calls: u64,
    /// Instructions: zeroing, printing, the page allocator and struct pages apart.
    pub instructions: u64,
}

impl Held {
    /// Whether each record is a call: calls before the first listing of a log may be more.
    #[must_use]
    pub fn whole(&self) -> bool {
        self.less.is_empty()
    }
}

/// More pairs than this are not compared one by one.
const MOST_PAIRS: usize = 64 << 20;

/// Holds the calls of `cost` against the records of `trace`.
///
/// Both are aligned so that as many as can be are equal in their order.
#[must_use]
pub fn held(cost: &Cost, trace: &Trace) -> Held {
    let logged = |kind| matches!(kind, Kind::Add | Kind::Reserve | Kind::Free | Kind::Alloc);
    let calls: Vec<(usize, &Call)> = (1..).zip(&cost.calls).filter(|(_, call)| logged(call.kind)).collect();
    let records: Vec<(usize, &Record)> =
        (1..).zip(&trace.records).filter(|(_, record)| kind(record).is_some()).collect();
    let same = |call: usize, record: usize| agree(calls[call].1, records[record].1);
    let mut held = Held {
        settings: cost.calls_of(Kind::Settings),
        queries: cost.calls_of(Kind::Query),
        ..Held::default()
    };
    let (mut call, mut record) = (0, 0);
    for (next_call, next_record) in align(calls.len(), records.len(), same) {
        held.more.extend(calls[call..next_call].iter().map(|(n, call)| (*n, (*call).clone())));
        held.less.extend(records[record..next_record].iter().map(|(n, record)| (*n, (*record).clone())));
        if next_call < calls.len() {
            let equal = calls[next_call].1;
            held.equal += 1;
            held.unnamed += u64::from(!is_named(records[next_record].1));
            let tally = held.spent.entry(equal.kind).or_default();
            tally.calls += 1;
            tally.instructions = tally.instructions.saturating_add(equal.own());
        }
        (call, record) = (next_call + 1, next_record + 1);
    }
    held
}

/// Why `cost` may not be of the boot that `trace` is of; `None` if nothing speaks against it.
#[must_use]
pub fn doubt(cost: &Cost, trace: &Trace, held: &Held) -> Option<String> {
    let (counted, recorded) = (&cost.kernel, &trace.header.kernel);
    if counted != recorded {
        return Some(format!("the kernel that was counted is {counted}, and the log is of {recorded}"));
    }
    let records = held.equal + held.less.len() as u64;
    // Reservations are made before a log begins; allocations and frees are all in it.
    let unlogged = held.more.iter().filter(|(_, call)| matches!(call.kind, Kind::Alloc | Kind::Free)).count();
    let strange = held.less.len() as u64 + unlogged as u64;
    (10 * strange > records).then(|| {
        format!(
            "{} of {records} calls in the log are calls of the boot that was counted, which allocated or freed another \
             {unlogged} times: it was of another machine",
            held.equal
        )
    })
}

/// What a record is a call of.
fn kind(record: &Record) -> Option<Kind> {
    use allocators::MapChange;
    match &record.op {
        Op::Reserve(_) => Some(Kind::Reserve),
        Op::Free(_) => Some(Kind::Free),
        Op::Alloc(..) => Some(Kind::Alloc),
        Op::Change(MapChange::Add(_) | MapChange::Remove(_)) if record.evidence == Evidence::Logged => {
            Some(Kind::Add)
        }
        Op::Change(_) | Op::Set(_) | Op::Doubled { .. } | Op::Dump(_) => None,
    }
}

/// Whether the record names a caller outside the allocator.
fn is_named(record: &Record) -> bool {
    record.caller.as_deref().is_some_and(|caller| !is_allocators(caller))
}

fn agree(call: &Call, record: &Record) -> bool {
    // `setup_arch+0x180/0xd4f`: the size of the function is not ours to know.
    let caller =
        record.caller.as_deref().map(|caller| caller.rsplit_once('/').map_or(caller, |(place, _)| place));
    kind(record) == Some(call.kind) && (!is_named(record) || caller == Some(call.caller.as_str()))
}

/// The pairs of a longest common subsequence of two sequences, then the pair of their lengths.
fn align(left: usize, right: usize, same: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    let tail = (0..left.min(right)).take_while(|n| same(left - 1 - n, right - 1 - n)).count();
    let head = (0..left.min(right) - tail).take_while(|n| same(*n, *n)).count();
    let mut pairs: Vec<(usize, usize)> = (0..head).map(|n| (n, n)).collect();
    let (rows, columns) = (left - head - tail, right - head - tail);
    if rows.saturating_mul(columns) <= MOST_PAIRS {
        pairs.extend(
            longest(rows, columns, |row, column| same(head + row, head + column))
                .into_iter()
                .map(|(row, column)| (head + row, head + column)),
        );
    }
    pairs.extend((0..=tail).rev().map(|n| (left - n, right - n)));
    pairs
}

/// The pairs of a longest common subsequence, by the table of its lengths.
fn longest(rows: usize, columns: usize, same: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    let width = columns + 1;
    let mut lengths = vec![0_u32; (rows + 1) * width];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let at = row * width + column;
            lengths[at] = if same(row, column) {
                lengths[at + width + 1] + 1
            } else {
                lengths[at + width].max(lengths[at + 1])
            };
        }
    }
    let (mut row, mut column, mut pairs) = (0, 0, Vec::new());
    while row < rows && column < columns {
        let at = row * width + column;
        if same(row, column) {
            pairs.push((row, column));
            (row, column) = (row + 1, column + 1);
        } else if lengths[at + width] >= lengths[at + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_common_is_paired_in_order() {
        let pairs = |left: &str, right: &str| {
            let (l, r) = (left.as_bytes(), right.as_bytes());
            let mut pairs = align(l.len(), r.len(), |a, b| l[a] == r[b]);
            assert_eq!(pairs.pop(), Some((l.len(), r.len())));
            pairs.iter().map(|(a, _)| char::from(l[*a])).collect::<String>()
        };
        assert_eq!(pairs("abcdef", "abcdef"), "abcdef");
        assert_eq!(pairs("xxabcdef", "abcdef"), "abcdef");
        assert_eq!(pairs("axbcydef", "abzcdef"), "abcdef");
        assert_eq!(pairs("abc", ""), "");
        assert_eq!(pairs("abc", "xyz"), "");
    }
}
