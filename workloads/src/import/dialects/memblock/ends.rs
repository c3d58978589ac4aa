//! What the second number of a range means.
//!
//! 3.1 to 3.13 print the first byte after a range, all others its last byte, and the two look alike. A listing that shows
//! the same range decides, from the first one on that does; else that ranges end at even addresses, where they all do; and
//! only then the version, which does not: vendors have carried the mend back to 3.10.

use std::collections::HashSet;

use super::{DumpLine, Line, RangeLine, Verb};
use crate::import::boots::Boot;
use crate::import::dialects::LogLine;
use crate::import::dialects::linux::version;
use crate::trace::Array;

/// What the second number of a range means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ends {
    /// The first byte after the range.
    pub(super) exclusive: bool,
    /// Whether more than a likelihood says so.
    pub(super) certain: bool,
}

/// This many ranges must agree before their parity is trusted.
const ENOUGH: usize = 12;

impl Ends {
    pub(super) fn of(boot: &Boot) -> Self {
        let sure = |exclusive| Self { exclusive, certain: true };
        let ranges: Vec<&RangeLine> = boot.lines.iter().filter_map(|(_, line)| as_range(line)).collect();
        // Only that format has 14 digits, and only later kernels print requests or flags.
        let later = |line: &LogLine| match line {
            LogLine::Memblock(Line::Request(_)) => true,
            LogLine::Memblock(Line::Range(range)) => {
                !range.inclusive && (range.digits != 14 || range.has_flags)
            }
            _ => false,
        };
        if ranges.is_empty() || boot.lines.iter().any(|(_, line)| later(line)) {
            return sure(false);
        }
        let (exclusive, inclusive) = by_listing(boot, &ranges);
        if exclusive != inclusive {
            return sure(exclusive > inclusive);
        }
        let even = ranges.iter().filter(|range| range.second % 2 == 0).count();
        let odd = ranges.len() - even;
        if even.max(odd) >= ENOUGH && even.min(odd) * 8 < even.max(odd) {
            return sure(even > odd);
        }
        let Some(version) = boot.facts.release.as_deref().and_then(version) else {
            return Self { exclusive: even > odd, certain: false };
        };
        let exclusive = ((3, 1)..(3, 14)).contains(&version);
        Self { exclusive, certain: !((3, 10)..(3, 14)).contains(&version) }
    }
}

fn as_range(line: &LogLine) -> Option<&RangeLine> {
    match line {
        LogLine::Memblock(Line::Range(range)) if range.second > range.start.0 && !range.inclusive => {
            Some(range)
        }
        _ => None,
    }
}

/// How many reservations end where a listing shows an end, read in one way and in the other.
fn by_listing(boot: &Boot, ranges: &[&RangeLine]) -> (usize, usize) {
    let regions = boot.lines.iter().filter_map(|(_, line)| match line {
        LogLine::Memblock(Line::Dump(DumpLine::Region {
            array: Some(Array::Reserved),
            piece,
            whole: true,
            ..
        })) => Some(piece.range),
        _ => None,
    });
    let ends: HashSet<u64> = regions.map(|range| range.end().0).collect();
    let reserved = || ranges.iter().filter(|range| range.verb == Verb::Reserve);
    let exclusive = reserved().filter(|range| ends.contains(&range.second)).count();
    let inclusive = reserved().filter(|range| ends.contains(&range.second.wrapping_add(1))).count();
    (exclusive, inclusive)
}
