//! The evidence for a cover letter: plain ASCII of at most 72 columns, to be pasted below `git format-patch
//! --cover-letter`'s subject.
//!
//! It claims what is significant and nothing else, gives absolute times next to every ratio, says when a real difference
//! is too small to matter, and answers ahead what reviewers of boot memory patches on linux-mm have asked: on which
//! machine, how often, how much of the boot, in which cases, and where not.

mod boots;
mod claim;
mod figures;
mod method;

use crate::analysis::Analysis;
use crate::compare::{Compare, compare};
use crate::text::{Terminal, paragraph, table};
use crate::units::ascii;

/// Mail is quoted, and then is to fit 80 columns still.
const MAIL: Terminal = Terminal { width: 72, colour: false };

/// All that the parts of a letter are made from.
struct Subject<'a> {
    analysis: &'a Analysis,
    compare: &'a Compare,
}

/// The letter about `candidate` against the baseline of `analysis`; `None` if one of them was not measured.
#[must_use]
pub fn letter(analysis: &Analysis, candidate: &str) -> Option<String> {
    let compare = compare(analysis, candidate)?;
    let subject = Subject { analysis, compare: &compare };
    let mut out = String::new();
    for sentence in claim::claims(&subject) {
        paragraph(&mut out, &sentence, MAIL.width);
    }
    heading(&mut out, "Figures");
    paragraph(&mut out, &figures::convention(&subject), MAIL.width);
    out.push('\n');
    for shown in figures::tables(&subject) {
        table(&mut out, &shown, MAIL);
    }
    let sections: [(&str, Vec<String>); 5] = [
        ("Where it does not help", claim::limits(&subject)),
        ("What a replay leaves out", method::left_out()),
        ("How it was measured", method::method(&subject)),
        ("Boots", boots::boots(&subject)),
        ("To reproduce", method::commands(&subject)),
    ];
    for (title, lines) in sections.iter().filter(|(_, lines)| !lines.is_empty()) {
        heading(&mut out, title);
        for line in lines {
            item(&mut out, line);
        }
    }
    Some(ascii(&out))
}

/// The candidate that a letter is about unless somebody chooses: the one whose boots take the least time.
#[must_use]
pub fn likely_candidate(analysis: &Analysis) -> Option<&str> {
    // The floor is nothing that a kernel could have.
    let others = analysis
        .totals
        .iter()
        .filter(|total| total.strategy != analysis.baseline && total.strategy != benches::probe::Floor::NAME);
    let ratio = |total: &&crate::analysis::Total| {
        total.boot.as_ref().and_then(|boot| boot.ratio).unwrap_or(f64::INFINITY)
    };
    others.min_by(|one, other| ratio(one).total_cmp(&ratio(other))).map(|total| total.strategy.as_str())
}

fn heading(out: &mut String, title: &str) {
    if !out.ends_with("\n\n") {
        out.push('\n');
    }
    out.extend([title, "\n", &"-".repeat(title.len()), "\n"]);
}

/// A paragraph that hangs by two columns below its first word; a line that begins with blanks is kept as it is.
fn item(out: &mut String, text: &str) {
    if text.starts_with("  ") {
        out.extend([text, "\n"]);
        return;
    }
    let mut wrapped = String::new();
    paragraph(&mut wrapped, text, MAIL.width - 2);
    for (index, line) in wrapped.lines().enumerate() {
        out.extend([if index == 0 { "* " } else { "  " }, line, "\n"]);
    }
}

impl Subject<'_> {
    /// What tables and text call a boot: its number in the list of boots.
    fn number(&self, boot: &str) -> String {
        let place = self.analysis.boots.iter().position(|known| known.name == boot);
        place.map_or_else(|| boot.to_owned(), |place| format!("[{}]", place + 1))
    }

    /// How long the recorded boot took until its end, by the kernel's own clock, in nanoseconds.
    fn recorded_ns(&self, boot: &str) -> Option<f64> {
        let boot = self.analysis.boots.iter().find(|known| known.name == boot)?;
        Some(boot.facts.as_ref()?.recorded_us? as f64 * 1000.0)
    }
}
