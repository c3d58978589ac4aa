//! What the host is told: text, a line for each fact, for `cargo xtask boot-cost` to read.
//!
//! | line | what it says |
//! |---|---|
//! | `total INSTRUCTIONS REPEATS BEFORE LOST OVERFLOWS ELSEWHERE whole`, or `cut` | what ran from the kernel's first function on; instructions before that; returns to nowhere; calls too deep; blocks of other vCPUs since the kernel began; whether the function to wait for returned |
//! | `kind KIND CALLS` | calls of a kind |
//! | `spent KIND CATEGORY INSTRUCTIONS REPEATS` | what they spent, with all that they called |
//! | `function ADDRESS CALLS OWN INCLUSIVE REPEATS NAME` | a function that ran |
//! | `call KIND FUNCTION CALLER+OFFSET CATEGORY=INSTRUCTIONS…` | a call, in order |

use std::fmt::Write as _;

use crate::account::{Account, OUTSIDE, Spent};
use crate::table::Table;

/// The text.
pub(crate) fn text(account: &Account, table: &Table, all: Spent, elsewhere: u64, whole: bool) -> String {
    let mut text = String::new();
    let Spent { instructions, repeats } = all;
    let before = account.before.unwrap_or_default().instructions;
    let end = if whole { "whole" } else { "cut" };
    let (lost, overflows) = (account.lost, account.overflows);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "total {instructions} {repeats} {before} {lost} {overflows} {elsewhere} {end}");
    for (kind, calls) in table.kinds.iter().zip(&account.calls_of) {
        let _ = writeln!(text, "kind {kind} {calls}");
    }
    for (kind, row) in table.kinds.iter().zip(&account.spent) {
        for (category, spent) in
            table.categories.iter().zip(row).filter(|(_, spent)| **spent != Spent::default())
        {
            let _ = writeln!(text, "spent {kind} {category} {} {}", spent.instructions, spent.repeats);
        }
    }
    for function in account.functions.iter().filter(|function| function.own > 0 || function.calls > 0) {
        let &crate::account::Function { start, calls, own, inclusive, repeats, .. } = function;
        let _ = writeln!(text, "function {start:x} {calls} {own} {inclusive} {repeats} {}", function.name);
    }
    for call in &account.calls {
        let function = &account.functions[call.function as usize];
        let _ = write!(text, "call {} {} ", table.kinds[usize::from(function.kind)], function.name);
        // As the kernel's `%pS` has it: the address that the call returns to.
        let (caller, _) = table.at(call.back);
        let caller = &account.functions[caller as usize];
        let _ = match call.back.checked_sub(caller.start).filter(|_| call.function != OUTSIDE) {
            Some(offset) if caller.start > 0 => write!(text, "{}+{offset:#x}", caller.name),
            _ => write!(text, "{:#x}", call.back),
        };
        for (category, spent) in table.categories.iter().zip(&call.spent).filter(|(_, spent)| **spent > 0) {
            let _ = write!(text, " {category}={spent}");
        }
        text.push('\n');
    }
    text
}
