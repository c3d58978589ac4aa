//! What an import says of itself.

use std::fmt::{self, Display, Formatter};

use crate::trace::{Answers, Evidence, Op, Trace};

/// How much of a boot was recovered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Account {
    /// Why what was read is hardly the boot, or `None`.
    pub alarm: Option<String>,
    /// The listings of which the log holds only a part.
    pub dumps_in_part: usize,
    /// The places at which whoever quoted the log left lines out.
    pub gaps: usize,
    /// The operations that the log speaks of: reservations, frees, requests, changes of the map.
    pub found: usize,
    /// How many of them the trace holds.
    pub recovered: usize,
    /// How many of those were completed: the log holds a request without its answer or a reservation without its request.
    pub in_part: usize,
    /// How many of them the trace holds as part of its start, because the first dump says what came of them.
    pub folded: usize,
    /// What became of the answers that the log holds.
    pub answers: Answers,
    /// The records that the log does not hold.
    pub inferred: usize,
    /// The lines that look like the allocator's and were not understood.
    pub not_understood: Vec<NotUnderstood>,
    /// The whole listings of all that the kernel knew.
    pub dumps: usize,
    /// How many of them agree with the records ahead of them, with nothing inferred in between.
    pub dumps_matched: usize,
    /// What a reader should know: the header of the trace says the same.
    pub notes: Vec<String>,
}

impl Account {
    /// Whether every line that looks like the allocator's was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.alarm.is_none() && self.not_understood.is_empty() && self.dumps_in_part == 0 && self.gaps == 0
    }

    /// Counts what the trace holds.
    pub(super) fn count(&mut self, trace: &Trace) {
        self.answers = trace.answers();
        for record in &trace.records {
            match (&record.op, record.evidence) {
                (Op::Dump(_), _) => {}
                // The log holds the request, or the reservation that it led to.
                (Op::Alloc(..), Evidence::Inferred(_)) => {
                    self.recovered += 1;
                    self.in_part += 1;
                }
                (_, Evidence::Inferred(_)) => self.inferred += 1,
                _ => self.recovered += 1,
            }
        }
        let start = trace
            .reserved
            .iter()
            .map(|piece| piece.evidence)
            .chain(trace.memory.iter().map(|piece| piece.evidence));
        self.inferred += start.filter(|evidence| matches!(evidence, Evidence::Inferred(_))).count();
    }
}

/// A line that was not understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotUnderstood {
    /// Its number in the log, counted from 1.
    pub line: u64,
    /// Its beginning.
    pub text: String,
}

impl Display for Account {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.alarm {
            Some(alarm) => writeln!(f, "ALARM: {alarm}")?,
            None if self.is_complete() => {
                writeln!(f, "complete: every line that looks like the allocator's was read")?;
            }
            None => writeln!(
                f,
                "incomplete: not understood: {} that may be the allocator's; not whole: {}{}",
                plural(self.not_understood.len(), "line"),
                plural(self.dumps_in_part, "listing"),
                if self.gaps == 0 {
                    String::new()
                } else {
                    format!("; lines left out: at {}", plural(self.gaps, "place"))
                }
            )?,
        }
        writeln!(
            f,
            "operations: {} found, {} recovered ({} completed by inference), {} folded into the start",
            self.found, self.recovered, self.in_part, self.folded
        )?;
        let Answers { proving, fitted, unexplained } = self.answers;
        writeln!(
            f,
            "answers: {}, of which {proving} prove something, {fitted} are fitted, {unexplained} are unexplained",
            self.answers.all()
        )?;
        writeln!(f, "records that the log does not hold: {}", self.inferred)?;
        writeln!(f, "dumps matched: {} of {}", self.dumps_matched, self.dumps)?;
        writeln!(f, "lines not understood: {}", self.not_understood.len())?;
        for line in &self.not_understood {
            writeln!(f, "  line {}: {}", line.line, line.text)?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}

/// `1 line`, `2 lines`.
pub(super) fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
