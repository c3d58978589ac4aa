//! The evidence for a cover letter: plain ASCII of at most 72 columns, to be pasted below `git format-patch
//! --cover-letter`'s subject.
//!
//! Its headings are what reviewers of boot memory patches on linux-mm ask. It claims what is significant and nothing
//! else, gives absolute times next to every ratio, and says where a real difference is too small to matter. What a reviewer
//! reads fits on a screen and a half; all figures stand in the appendix.

mod appendix;
mod boots;
mod change;
mod growth;
mod matter;
mod method;
mod reproduce;
mod share;
mod worse;

use crate::analysis::{Analysis, Boot, answer, marked};
use crate::compare::{Compare, compare};
use crate::text::{Terminal, paragraph, table};
use crate::units::ascii;

/// Mail is quoted, and then is to fit 80 columns still.
const MAIL: Terminal = Terminal { width: 72, colour: false };

/// With more boots than this, their table stands in the appendix.
const BOOTS: usize = 20;

/// What a letter needs beside the analysis.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// Where the program can be had, as `git clone` takes it.
    pub repository: Option<String>,
    /// Why a letter is written though results are missing or the machine was busy.
    pub despite: Option<String>,
}

/// All that the parts of a letter are made from.
struct Subject<'a> {
    analysis: &'a Analysis,
    compare: &'a Compare,
    details: &'a Details,
}

/// What speaks against a letter: what is missing, and that the machine was busy. Empty if nothing does.
#[must_use]
pub fn objections(analysis: &Analysis) -> Vec<String> {
    analysis.incomplete.iter().chain(&analysis.busy).cloned().collect()
}

/// The letter about `candidate` against the baseline of `analysis`; `None` if one of them was not measured.
#[must_use]
pub fn letter(analysis: &Analysis, candidate: &str, details: &Details) -> Option<String> {
    let compare = compare(analysis, candidate)?;
    let subject = Subject { analysis, compare: &compare, details };
    let mut out = String::new();
    let objections = objections(analysis);
    if !objections.is_empty() {
        let label = if analysis.incomplete.is_empty() { "BUSY MACHINE" } else { "INCOMPLETE" };
        paragraph(&mut out, &breakable(&format!("{label}: {}.", objections.join("; "))), MAIL.width);
        if let Some(reason) = &details.despite {
            let reason = format!("Written nevertheless: {}", crate::harmless::line(reason));
            paragraph(&mut out, &breakable(&reason), MAIL.width);
        }
        out.push('\n');
    }
    if let Some(line) = analysis.partly() {
        paragraph(&mut out, &line, MAIL.width);
    }
    paragraph(&mut out, &breakable(&answer(analysis)), MAIL.width);
    let many = analysis.boots.len() > BOOTS;
    section(&mut out, "What does it change for users?", &change::for_users(&subject));
    section(&mut out, "Compared with what?", &change::compared(&subject));
    section(&mut out, "Where is it worse?", &worse::worse(&subject));
    heading(&mut out, "On which machines and architectures?");
    if many {
        paragraph(&mut out, &boots::range(&subject), MAIL.width);
    } else {
        bare(&mut out, &boots::table(&subject));
    }
    for line in boots::objections(&subject) {
        item(&mut out, &line);
    }
    let grows = growth::answer(&subject);
    if !grows.is_empty() {
        section(&mut out, "How does it grow?", &grows);
    }
    section(&mut out, "How was it measured?", &[method::in_short(&subject)]);
    heading(&mut out, "How to reproduce?");
    for line in reproduce::commands(&subject) {
        out.extend([&line, "\n"]);
    }
    heading(&mut out, "Appendix");
    if many {
        bare(&mut out, &boots::table(&subject));
        out.push('\n');
    }
    for shown in appendix::tables(&subject) {
        table(&mut out, &shown, MAIL);
    }
    for line in appendix::notes(&subject) {
        item(&mut out, &line);
    }
    Some(ascii(&out))
}

/// The candidate that a letter is about unless somebody chooses: the one whose boots cost least.
#[must_use]
pub fn likely_candidate(analysis: &Analysis) -> Option<&str> {
    // The floor is nothing that a kernel could have.
    let others = analysis
        .totals
        .iter()
        .filter(|total| total.strategy != analysis.baseline && total.strategy != benches::probe::Floor::NAME);
    let ratio = |total: &&crate::analysis::Total| {
        total.mean(analysis.headline).and_then(|mean| mean.ratio).unwrap_or(f64::INFINITY)
    };
    others.min_by(|one, other| ratio(one).total_cmp(&ratio(other))).map(|total| total.strategy.as_str())
}

fn heading(out: &mut String, title: &str) {
    if !out.ends_with("\n\n") {
        out.push('\n');
    }
    out.extend([title, "\n"]);
}

fn section(out: &mut String, title: &str, sentences: &[String]) {
    heading(out, title);
    match sentences {
        [one] => paragraph(out, &breakable(one), MAIL.width),
        all => all.iter().for_each(|sentence| item(out, sentence)),
    }
}

/// A table without a title.
fn bare(out: &mut String, shown: &crate::tables::Table) {
    let mut text = String::new();
    table(&mut text, shown, MAIL);
    out.push_str(text.trim_start().trim_end());
    out.push('\n');
}

/// A paragraph that hangs by two columns below its first word.
fn item(out: &mut String, text: &str) {
    let mut wrapped = String::new();
    paragraph(&mut wrapped, &breakable(text), MAIL.width - 2);
    for (index, line) in wrapped.lines().enumerate() {
        out.extend([if index == 0 { "* " } else { "  " }, line, "\n"]);
    }
}

/// The text with words that no line holds, such as paths, in pieces that one does.
fn breakable(text: &str) -> std::borrow::Cow<'_, str> {
    let most = usize::from(MAIL.width) - 2;
    if text.split_whitespace().all(|word| word.chars().count() <= most) {
        return text.into();
    }
    let letters = |word: &str| word.chars().collect::<Vec<_>>();
    let pieces = |word: &str| letters(word).chunks(most).map(String::from_iter).collect::<Vec<_>>();
    text.split_whitespace().flat_map(pieces).collect::<Vec<_>>().join(" ").into()
}

/// The longest name of a strategy at the head of a column.
const HEAD: usize = 9;

impl Subject<'_> {
    /// What columns call the two: their names, or what they are to each other where a name would make a table too wide.
    fn heads(&self) -> (&str, &str) {
        let (baseline, candidate) = (&self.compare.baseline, &self.compare.candidate);
        if baseline.chars().count().max(candidate.chars().count()) <= HEAD {
            (baseline, candidate)
        } else {
            ("baseline", "candidate")
        }
    }

    /// What tables and text call a boot: its number in the table of boots.
    fn number(&self, boot: &str) -> String {
        let mut boots = self.analysis.boots.iter().zip(1..);
        let found = boots.find(|(known, _)| known.name == boot);
        found.map_or_else(|| boot.to_owned(), |(known, number)| marked(&format!("[{number}]"), known.proof))
    }

    /// The numbers of several boots, or `all boots`.
    fn numbers<'b>(&self, boots: impl Iterator<Item = &'b str>) -> String {
        let numbers: Vec<String> = boots.map(|boot| self.number(boot)).collect();
        let all = numbers.len() > 1 && numbers.len() == self.analysis.boots.len();
        if all { "all boots".to_owned() } else { numbers.join(" ") }
    }

    fn boot(&self, name: &str) -> Option<&Boot> {
        self.analysis.boots.iter().find(|known| known.name == name)
    }

    /// How long the recorded boot took until its end, by the kernel's own clock, in nanoseconds.
    fn recorded_ns(&self, boot: &str) -> Option<f64> {
        Some(self.boot(boot)?.facts.as_ref()?.recorded_us? as f64 * 1000.0)
    }
}
