//! What of a log could not be recorded as it was, and how the trace's notes say so.

use super::recovery::Known;
use crate::import::account::plural;

/// What could not be recorded as it was.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) unanswered: Vec<u64>,
    pub(super) unlike: Vec<u64>,
    pub(super) impossible: Vec<u64>,
    pub(super) guessed_answers: usize,
    pub(super) dumps_mended: usize,
    pub(super) fitted: usize,
    /// Answers that the model gives, and no request of a trace does.
    pub(super) unsaid: usize,
    /// Answers that lost lines may have put behind a request of which they are not the answer.
    pub(super) unsure: usize,
}

impl Tally {
    /// Whether any answer was neither what the model expects nor explained.
    pub(super) fn has_unexplained(&self) -> bool {
        !self.unlike.is_empty()
    }

    /// How many answers nothing explains.
    pub(super) fn unexplained(&self) -> usize {
        self.unlike.len()
    }

    /// How many things show that lines are missing.
    pub(super) fn losses(&self) -> usize {
        self.unlike.len() + self.unanswered.len() + self.guessed_answers + self.dumps_mended
    }

    pub(super) fn notes(&self, uncertain_ends: bool, known: Known) -> Vec<String> {
        let mut notes = Vec::new();
        let mut note = |count: usize, text: String| {
            if count > 0 {
                notes.push(text);
            }
        };
        note(
            self.unanswered.len(),
            format!(
                "{} without an answer, which may have failed or lost it, left out: {}",
                plural(self.unanswered.len(), "request"),
                lines(&self.unanswered)
            ),
        );
        note(
            usize::from(uncertain_ends),
            "it is not certain whether ranges end at their second number or after it: none proves anything"
                .to_owned(),
        );
        let how = if known.trusted == 0 { "and so only the reservation recorded" } else { "as logged" };
        note(
            self.unlike.len(),
            format!("{} unexplained, {how}: {}", plural(self.unlike.len(), "answer"), lines(&self.unlike)),
        );
        note(
            self.impossible.len(),
            format!(
                "{} that no allocator may be asked, of which only the reservation is recorded: {}",
                plural(self.impossible.len(), "request"),
                lines(&self.impossible)
            ),
        );
        note(
            self.guessed_answers,
            format!("{} inferred from the answers after them", plural(self.guessed_answers, "lost answer")),
        );
        note(
            self.dumps_mended,
            format!("{} reservations and frees inferred from listings: lines are missing", self.dumps_mended),
        );
        note(
            self.unsaid,
            format!(
                "known by where this kernel's search begins, which a request cannot say: {}",
                plural(self.unsaid, "answer")
            ),
        );
        note(self.fitted, format!("used to infer settings, and no proof: {}", plural(self.fitted, "answer")));
        note(
            self.unsure,
            format!(
                "right only with reservations or without frees whose lines are missing, and no proof: {}",
                plural(self.unsure, "answer")
            ),
        );
        note(
            usize::from(known.ruined),
            "so many lines are missing that no answer is certain to belong to the request ahead of it"
                .to_owned(),
        );
        notes
    }
}

fn lines(lines: &[u64]) -> String {
    let shown: Vec<String> = lines.iter().take(8).map(u64::to_string).collect();
    let more = if lines.len() > 8 { ", …" } else { "" };
    format!("at line {}{more}", shown.join(", "))
}
