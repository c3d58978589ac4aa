//! What a boot paid, as text.

use std::fmt::Write as _;

use workloads::cost::{Cost, Kind, Part, Spent};

/// The text.
pub(super) fn text(name: &str, cost: &Cost, top: usize, calls: bool) -> String {
    let mut text = String::new();
    let total = cost.total.instructions;
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{name}: {}, {}", cost.machine, cost.kernel);
    let _ = writeln!(
        text,
        "  {} instructions from the kernel's first one to the end of the hand-over; the boot allocator takes {} of them \
         ({})",
        grouped(total),
        grouped(cost.allocator()),
        percent(cost.allocator(), total),
    );
    let _ = writeln!(
        text,
        "  {:<10} {:>8} {:>14} {:>9}  apart from it",
        "kind", "calls", "instructions", "share"
    );
    for (kind, word) in Kind::WORDS {
        let (calls, own) = (cost.calls_of(kind), cost.own(kind));
        if calls > 0 {
            let apart = apart(cost, kind);
            let (calls, share) = (grouped(calls), percent(own, total));
            let _ = writeln!(text, "  {word:<10} {calls:>8} {:>14} {share:>9}  {apart}", grouped(own));
        }
    }
    let mut functions: Vec<_> = cost.functions.iter().collect();
    functions.sort_by(|a, b| b.own.cmp(&a.own).then_with(|| a.name.cmp(&b.name)));
    let _ = writeln!(text, "  the functions that take most by themselves:");
    for function in functions.iter().take(top) {
        let (own, share) = (grouped(function.own.instructions), percent(function.own.instructions, total));
        let _ =
            writeln!(text, "  {own:>14} {share:>9}  {}, {} calls", function.name, grouped(function.calls));
    }
    if cost.lost > 0 {
        let _ = writeln!(
            text,
            "  {} returns were not understood; their instructions are counted",
            grouped(cost.lost)
        );
    }
    if cost.elsewhere > 0 {
        let _ = writeln!(
            text,
            "  other CPUs ran {} blocks of instructions, which are in the total and in no account",
            grouped(cost.elsewhere)
        );
    }
    if calls {
        for call in &cost.calls {
            let parts: Vec<String> =
                call.parts.iter().map(|(part, n)| format!("{} {}", part.word(), grouped(*n))).collect();
            let _ = writeln!(
                text,
                "  {:<9} {} by {}: {}",
                call.kind.word(),
                call.function,
                call.caller,
                parts.join(", ")
            );
        }
    }
    text
}

/// What calls of `kind` spent that is not the allocator's own.
fn apart(cost: &Cost, kind: Kind) -> String {
    let parts = Part::WORDS.iter().filter(|(part, _)| !part.is_own()).filter_map(|(part, word)| {
        let Spent { instructions, repeats } = cost.spent(Some(kind), *part);
        let rounds = if repeats > 0 { format!(" and {} rounds", grouped(repeats)) } else { String::new() };
        (instructions > 0).then(|| format!("{word} {}{rounds}", grouped(instructions)))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// A number in groups of three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share of a whole.
pub(super) fn percent(part: u64, whole: u64) -> String {
    format!("{:.3} %", 100.0 * part as f64 / whole.max(1) as f64)
}
