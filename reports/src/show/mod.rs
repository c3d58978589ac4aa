//! What a trace is, as text: where it comes from, what its machine's memory looks like, and what happened.

mod beyond;
mod handed;
mod map;
mod operations;
mod paid;

use std::fmt::Write as _;

use benches::exact::Layout;
use workloads::trace::{Answers, Header, Proof, Trace};

use crate::analysis::TraceFacts;
use crate::text::{Terminal, labelled, paragraph, table};
use crate::units::{bytes, count, plural};

pub use beyond::{Settings, beyond};
pub use paid::{paid, share};

/// The column at which what is said of a trace begins.
const LABEL: u16 = 14;

/// The text about one trace.
///
/// `layout` is what a replay through memblock leaves of the machine's memory, or why there is none.
#[must_use]
pub fn show(name: &str, trace: &Trace, layout: Result<&Layout, &str>, terminal: Terminal) -> String {
    let mut out = String::new();
    provenance(&mut out, name, trace, terminal.width);
    match layout {
        Ok(layout) => out.push_str(&map::map(layout)),
        Err(why) => paragraph(&mut out, &format!("There is no map of its memory: {why}"), terminal.width),
    }
    out.push('\n');
    for shown in operations::tables(trace) {
        table(&mut out, &shown, terminal);
    }
    for sentence in operations::kernel(trace).into_iter().chain(handed::handed(trace)) {
        paragraph(&mut out, &sentence, terminal.width);
    }
    out
}

fn provenance(out: &mut String, name: &str, trace: &Trace, width: u16) {
    let header: &Header = &trace.header;
    let facts = TraceFacts::of(name, trace);
    let _ = writeln!(out, "{name}\n");
    let orders = format!(
        "{} pages, blocks up to order {}, pageblocks of order {}",
        bytes(facts.page_bytes),
        header.max_order.0,
        header.pageblock_order.0
    );
    let memory = format!("{} on {}", bytes(facts.memory_bytes), plural(facts.nodes, "node"));
    let answers = answers(facts.proof);
    let lines = [
        ("machine", header.machine.as_str()),
        ("memory", &memory),
        ("kernel", &header.kernel),
        ("arch", &header.arch),
        ("pages", &orders),
        ("command line", header.command_line.as_deref().unwrap_or("not in the log, or removed")),
        ("source", &header.source),
        ("captured", &header.captured),
        ("answers", &answers),
    ];
    for (label, text) in lines.into_iter().chain(header.notes.iter().map(|note| ("note", note.as_str()))) {
        labelled(out, label, text, LABEL, width);
    }
    out.push('\n');
}

/// What became of the answers in the log.
fn answers(proof: Option<Proof>) -> String {
    let Some(proof) = proof else { return "made, not recorded: no kernel's".into() };
    let Answers { proving, fitted, unexplained } = proof.answers;
    if proof.is_state {
        return "none: a listing alone is a state, and nothing to replay".into();
    }
    format!(
        "{}: {} prove something, {} fitted, {} unexplained",
        count(proof.answers.all()),
        count(proving),
        count(fitted),
        count(unexplained)
    )
}
