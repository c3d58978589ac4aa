//! How the same boot differs under two kernels.

use std::fmt::Write as _;

use workloads::cost::{Cost, Difference, Kind, differences, is_allocators};

use super::show::grouped;

/// The text: by kind, then function by function, those of the allocator first.
pub(super) fn text(before: &Cost, after: &Cost, top: usize) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{} before, {} after, in instructions:", before.kernel, after.kernel);
    let _ = writeln!(text, "  {:<44} {:>14} {:>14} {:>13}", "", "before", "after", "difference");
    for (kind, word) in Kind::WORDS {
        row(&mut text, word, before.own(kind), after.own(kind));
    }
    row(&mut text, "the allocator", before.allocator(), after.allocator());
    row(&mut text, "all up to the hand-over", before.total.instructions, after.total.instructions);
    let (own, others): (Vec<Difference>, Vec<Difference>) =
        differences(before, after).into_iter().partition(|one| is_allocators(&one.function));
    functions(&mut text, "of the allocator", &own, top);
    functions(&mut text, "that are not the allocator's", &others, top);
    let _ = writeln!(
        text,
        "  What the allocator takes is exact: equal in each boot of a kernel. The rest differs by less than 1 % from boot to boot."
    );
    text
}

/// Those of the functions that differ most.
fn functions(text: &mut String, which: &str, found: &[Difference], top: usize) {
    let shown = found.len().min(top);
    let most = if shown < found.len() { format!("; the {shown} that differ most") } else { String::new() };
    let _ = writeln!(text, "  functions {which}, with their calls: {} differ{most}", found.len());
    for one in &found[..shown] {
        let calls = match one.calls {
            [before, after] if before == after => grouped(before),
            [before, after] => format!("{}, {}", grouped(before), grouped(after)),
        };
        row(text, &format!("  {} ({calls})", one.function), one.own[0], one.own[1]);
    }
}

fn row(text: &mut String, what: &str, before: u64, after: u64) {
    let (sign, size) = if after < before { ('-', before - after) } else { ('+', after - before) };
    let difference = if size == 0 { "=".to_owned() } else { format!("{sign}{}", grouped(size)) };
    let ratio = after as f64 / before.max(1) as f64;
    let share = match (before, after) {
        (before, after) if before == after => String::new(),
        (0, _) => "new".to_owned(),
        (_, 0) => "gone".to_owned(),
        _ if ratio >= 2.0 => format!("x {ratio:.1}"),
        _ => format!("{:+.1} %", 100.0 * (ratio - 1.0)),
    };
    let (before, after) = (grouped(before), grouped(after));
    let line = format!("  {what:<44} {before:>14} {after:>14} {difference:>13} {share:>9}");
    let _ = writeln!(text, "{}", line.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(name: &str) -> Cost {
        workloads::corpus::cost(name).unwrap().unwrap()
    }

    #[test]
    fn functions_of_the_allocator_come_first() {
        let (before, after) = (cost("x86_64-6.1-8node-64cpu-16g"), cost("x86_64-6.12-numafake64-16g"));
        let text = text(&before, &after, 5);
        let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
        let rows = [
            "6.1.0-50-amd64 before, 6.12.95+deb12-amd64 after",
            "\n  alloc  ",
            "\n  the allocator  ",
            "functions of the allocator, with their calls: ",
            "\n    memblock_",
            "functions that are not the allocator's",
        ];
        assert!(rows.map(place).is_sorted(), "{text}");
        let functions = text.lines().filter(|line| line.starts_with("    ") && !line.starts_with("     "));
        assert_eq!(functions.count(), 10, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 130), "{text}");
    }

    #[test]
    fn a_boot_does_not_differ_from_itself() {
        let same = cost("x86_64-6.1-256m");
        let text = text(&same, &same, 5);
        assert_eq!(text.matches(": 0 differ\n").count(), 2, "{text}");
        assert!(text.lines().skip(2).take(9).all(|line| line.ends_with(" =")), "{text}");
    }

    /// Expect what came, went, doubled and grew each to be told in its own words, and the numbers to stand in one column.
    #[test]
    fn a_change_is_told_as_it_is() {
        let told = |before, after| {
            let mut text = String::new();
            row(&mut text, "f", before, after);
            text.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told(0, 1_812_009), "0 1,812,009 +1,812,009 new");
        assert_eq!(told(5, 0), "5 0 -5 gone");
        assert_eq!(told(1000, 2500), "1,000 2,500 +1,500 x 2.5");
        assert_eq!(told(1000, 990), "1,000 990 -10 -1.0 %");
        assert_eq!(told(7, 7), "7 7 =");
    }
}
