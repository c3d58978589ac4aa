//! The boots that a letter speaks of, and where they come from.

use super::Subject;
use crate::text::about;

pub(super) fn boots(subject: &Subject<'_>) -> Vec<String> {
    let line = |boot: &crate::analysis::Boot| {
        let number = subject.number(&boot.name);
        let about = about(boot).map_or_else(String::new, |about| format!(": {about}"));
        let origin =
            boot.facts.as_ref().map_or_else(String::new, |facts| origin(&facts.captured, &facts.source));
        format!("{number} {}{about}{origin}", boot.name)
    };
    subject.analysis.boots.iter().map(line).collect()
}

/// How the log was recorded: its first words, which name the program or the person.
fn origin(captured: &str, source: &str) -> String {
    match captured.split(';').next().map(str::trim) {
        Some("cargo xtask capture") => {
            let emulator = captured.split(';').nth(1).map_or("", str::trim);
            format!("; booted by `cargo xtask capture` in {emulator}")
        }
        Some("unknown") | None => format!("; from {source}"),
        Some(_) => format!("; from {source}, {captured}"),
    }
}
