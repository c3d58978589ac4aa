//! The boots that a letter speaks of.

use super::Subject;
use super::matter::share;
use crate::analysis::{about, scope};
use crate::tables::{Cell, Table};
use crate::units::{list, time};

/// A line for each boot, from small to large: the machine, and how its cost compares.
pub(super) fn table(subject: &Subject<'_>) -> Table {
    let question = subject.compare.times.iter().find(|question| question.id == subject.analysis.headline);
    let (base, own) = subject.heads();
    let heads = [
        "boot",
        "arch",
        "memory#",
        "nodes#",
        &format!("{base}#"),
        &format!("{own}#"),
        "ratio#",
        "verdict",
        "of the time#",
    ];
    let mut table = Table::new("", &heads);
    for boot in &subject.analysis.boots {
        let row = question.and_then(|question| question.rows.iter().find(|row| row.boot == boot.name));
        let facts = boot.facts.as_ref();
        let part = row.and_then(|row| row.baseline_ns).zip(subject.recorded_ns(&boot.name));
        let [ratio, _, verdict] = row.map_or_else(
            || [Cell::nothing(), Cell::nothing(), Cell::nothing()],
            |row| Cell::judged(&row.comparison),
        );
        table.rows.push(vec![
            Cell::new(subject.number(&boot.name)),
            facts.map_or_else(Cell::nothing, |facts| Cell::new(&facts.arch)),
            boot.memory_bytes().map_or_else(Cell::nothing, |bytes| Cell::new(about(bytes))),
            facts.map_or_else(Cell::nothing, |facts| Cell::new(facts.nodes.to_string())),
            row.and_then(|row| row.baseline_ns).map_or_else(Cell::nothing, |ns| Cell::new(time(ns))),
            row.map_or_else(Cell::nothing, |row| Cell::new(time(row.candidate_ns))),
            ratio,
            verdict,
            part.map_or_else(Cell::nothing, |(ns, boot)| Cell::new(format!("{} %", share(ns, boot)))),
        ]);
    }
    if let Some(total) =
        question.filter(|question| question.rows.len() > 1).and_then(|question| question.total.as_ref())
    {
        let mut row = vec![Cell::new("mean")];
        row.extend((0..5).map(|_| Cell::new("")));
        let [ratio, _, verdict] = Cell::judged(total);
        row.extend([ratio, verdict, Cell::nothing()]);
        table.rows.push(row);
    }
    table.measured()
}

/// Many boots, in a sentence.
pub(super) fn range(subject: &Subject<'_>) -> String {
    let facts = || subject.analysis.boots.iter().filter_map(|boot| boot.facts.as_ref());
    let mut archs: Vec<String> = facts().map(|facts| facts.arch.clone()).collect();
    archs.sort();
    archs.dedup();
    let nodes = facts().map(|facts| facts.nodes).max().unwrap_or(1);
    format!(
        "On {}: {}, with up to {nodes} nodes. Each stands in the appendix.",
        scope(subject.analysis),
        list(&archs)
    )
}

/// The boots of which their logs do not prove what the kernel did.
pub(super) fn objections(subject: &Subject<'_>) -> Vec<String> {
    let told = |boot: &crate::analysis::Boot| {
        let objection = boot.objection()?;
        Some(format!(
            "{} {}: {objection}. What it says is not certainly what a kernel does.",
            subject.number(&boot.name),
            boot.name
        ))
    };
    subject.analysis.boots.iter().filter_map(told).collect()
}

/// What the boots are called and where they come from.
pub(super) fn origins(subject: &Subject<'_>) -> Vec<String> {
    let line = |boot: &crate::analysis::Boot| {
        let number = subject.number(&boot.name);
        let about = crate::text::about(boot).map_or_else(String::new, |about| format!(": {about}"));
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
