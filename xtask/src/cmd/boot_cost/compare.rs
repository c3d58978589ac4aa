//! How the same boot differs under two kernels.

use std::fmt::Write as _;

use workloads::cost::{Cost, Kind, differences};

use super::show::{grouped, percent};

/// The text.
pub(super) fn text(before: &Cost, after: &Cost, top: usize) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{} before, {} after; instructions, exact:", before.kernel, after.kernel);
    let _ = writeln!(text, "  {:<42} {:>14} {:>14} {:>16}", "", "before", "after", "difference");
    for (kind, word) in Kind::WORDS {
        row(&mut text, word, before.own(kind), after.own(kind));
    }
    row(&mut text, "the allocator", before.allocator(), after.allocator());
    row(&mut text, "all up to the hand-over", before.total.instructions, after.total.instructions);
    let found = differences(before, after);
    let _ = writeln!(text, "  {} functions differ; those that differ most:", found.len());
    for one in found.iter().take(top) {
        let calls = if one.calls[0] == one.calls[1] {
            String::new()
        } else {
            format!(" ({} calls, {})", one.calls[0], one.calls[1])
        };
        row(&mut text, &format!("{}{calls}", one.function), one.own[0], one.own[1]);
    }
    text
}

fn row(text: &mut String, what: &str, before: u64, after: u64) {
    let (sign, size) = if after < before { ("-", before - after) } else { ("+", after - before) };
    let share = percent(size, before);
    let difference =
        if size == 0 { "equal".to_owned() } else { format!("{sign}{} ({sign}{share})", grouped(size)) };
    let _ = writeln!(text, "  {what:<42} {:>14} {:>14} {difference:>16}", grouped(before), grouped(after));
}
