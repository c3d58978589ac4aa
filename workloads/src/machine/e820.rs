//! What a kernel changes in its list of E820 ranges.

use allocators::AddrRange;

use super::found::{Entry, Found, Kind, Use};
use super::model::Said;
use crate::ranges::without;

/// Makes `to` of what in `range` is `from`, or takes it out of the list.
pub(super) fn change(found: &mut Found, range: AddrRange, from: &str, to: Option<&str>, said: &Said) {
    let entries = std::mem::take(&mut found.entries);
    let is_usable = |kind: &str| kind.contains("usable") && !kind.contains("unusable");
    for (kind, entry) in entries {
        let same =
            entry.said.what == from || is_usable(&entry.said.what) && is_usable(from) || from.is_empty();
        if kind != Kind::E820 || !entry.range.overlaps(range) || !same {
            found.entries.push((kind, entry));
            continue;
        }
        for piece in without(entry.range, range) {
            found.entries.push((kind, Entry { range: piece, ..entry.clone() }));
        }
        let changed = entry.range.intersection(range);
        match to {
            Some(to) if is_usable(to) => found.entries.push((kind, Entry { range: changed, ..entry })),
            Some(_) => {
                found.entries.push((kind, Entry { range: changed, what: Use::Unusable, said: said.clone() }));
            }
            None => {}
        }
    }
}
