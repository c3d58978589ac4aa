//! How cost grows, as tables, text and pictures; the pictures are in [`plot::growth`](crate::plot::growth).

mod mail;
mod tables;

pub(crate) use mail::{in_words, mail};
pub use tables::tables;

use std::fmt::Write as _;

use benches::growth::Growth;
use serde::Serialize;

use crate::text::{Terminal, paragraph, table};
use crate::units::ascii;

/// How cost grows, as a report on boots carries it.
#[derive(Clone, Debug, Serialize)]
pub struct Grown {
    /// What a sweep found.
    pub growth: Growth,
    /// Where recorded boots lie in it.
    pub real: Real,
}

/// What recorded boots have of what is grown: from the least of them to the most.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Real {
    /// Reserved regions at the end of the boot, replayed through memblock.
    pub regions: Option<(u64, u64)>,
    /// Ranges of memory.
    pub ranges: Option<(u64, u64)>,
    /// Nodes.
    pub nodes: Option<(u64, u64)>,
    /// Memory in GiB, at least 1.
    pub memory_gib: Option<(u64, u64)>,
}

impl Real {
    /// What they have of this shape; nothing of folios, which no recorded boot was handed.
    pub(crate) fn of(&self, shape: benches::growth::Shape) -> Option<(u64, u64)> {
        use benches::growth::Shape;
        match shape {
            Shape::Regions | Shape::Gaps => self.regions,
            Shape::Ranges => self.ranges,
            Shape::Nodes => self.nodes,
            Shape::Memory | Shape::Full => self.memory_gib,
            Shape::Handover | Shape::HandoverMerged | Shape::HandoverTables => None,
        }
    }
}

/// What is said first, wherever growth is shown.
const MADE: &str = "Machines are made, not recorded: `workloads/FORMAT.md` says how. Exponents are over the last three decades \
                    of sizes, with their interval at 95 %; those of instructions are exact, with the least and greatest slope \
                    between neighbouring sizes.";

/// For a terminal.
#[must_use]
pub fn text(growth: &Growth, terminal: Terminal) -> String {
    let mut out = String::new();
    if let Some(warning) = incomplete(growth) {
        paragraph(&mut out, &warning, terminal.width);
        out.push('\n');
    }
    for shown in tables(growth) {
        table(&mut out, &shown, terminal);
    }
    paragraph(&mut out, MADE, terminal.width);
    out
}

/// For a repository.
#[must_use]
pub fn markdown(growth: &Growth) -> String {
    let mut out = String::from("# How cost grows\n\n");
    if let Some(warning) = incomplete(growth) {
        let _ = writeln!(out, "{}\n", crate::markdown::escape(&warning));
    }
    let _ = writeln!(out, "{}\n", crate::markdown::escape(MADE));
    for shown in tables(growth) {
        crate::markdown::table(&mut out, &shown, 2);
    }
    let _ =
        writeln!(out, "Made by `{}` on {}.", growth.command.join(" "), crate::markdown::escape(&growth.host));
    out
}

/// For a letter of its own: tables of 72 columns in characters that every mail program shows.
#[must_use]
pub fn letter(growth: &Growth) -> String {
    let mut out = String::new();
    for shown in mail(growth, &|_| true) {
        table(&mut out, &shown, Terminal { width: 72, colour: false });
    }
    ascii(out.trim_end()) + "\n"
}

/// What is said first in a report on boots: where the sweep came from, and what is missing of it.
pub(crate) fn about(growth: &Growth) -> Vec<String> {
    let made = format!("{MADE} Measured on {} by `{}`.", growth.host, growth.command.join(" "));
    incomplete(growth).into_iter().chain([made]).collect()
}

/// What a reader must know first: that a strategy was stopped.
pub(crate) fn incomplete(growth: &Growth) -> Option<String> {
    let ended: Vec<String> = growth
        .curves
        .iter()
        .filter_map(|curve| {
            let ended = curve.ended.as_ref()?;
            let size = crate::units::count(ended.size);
            Some(format!("{} on {} stops before {size} {}", curve.strategy, curve.shape, curve.shape.unit()))
        })
        .collect();
    (!ended.is_empty()).then(|| format!("Incomplete: {}; the notes of the tables say why.", ended.join("; ")))
}
