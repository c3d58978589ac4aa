//! Tables as data: what stands in which cell, whatever it is printed with.

mod boot;
mod overview;
mod question;
mod zones;

pub use boot::{classes, memory, slowest, times};
pub use overview::{overview_memory, overview_times};
pub use question::{Question, glance, question};
pub use zones::zones;

use serde::Serialize;

use crate::analysis::{Comparison, Middle, Verdict};
use crate::units::{ratio, time, time_range};

/// A table.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// What it shows, in a few words.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as long as there are columns.
    pub rows: Vec<Vec<Cell>>,
    /// What a reader needs to read it.
    pub notes: Vec<String>,
}

/// A column.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// What is in it.
    pub head: String,
    /// Whether it holds numbers, which stand at the right.
    pub number: bool,
    /// Whether it is left out where there is no room, such as in a terminal.
    pub extra: bool,
}

/// A cell.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Cell {
    /// What counts.
    pub text: String,
    /// What qualifies it, such as an interval.
    pub detail: String,
    /// How it is meant.
    pub tone: Tone,
}

/// How a cell is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// A fact.
    #[default]
    Plain,
    /// Better than the baseline.
    Better,
    /// Worse than the baseline.
    Worse,
    /// No answer, or no difference.
    Faint,
    /// Something went wrong.
    Alarm,
}

impl Table {
    /// A table without rows; heads that end in `#` are of numbers, in `#+` of numbers that may be left out.
    pub(crate) fn new(title: &str, heads: &[&str]) -> Self {
        let column = |head: &&str| Column {
            head: head.trim_end_matches(['#', '+']).into(),
            number: head.contains('#'),
            extra: head.ends_with('+'),
        };
        Self {
            title: title.into(),
            columns: heads.iter().map(column).collect(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl Table {
    /// The same without columns of which nothing was measured, and without rows if that is all of them.
    pub(crate) fn measured(mut self) -> Self {
        let is_nothing = |row: &Vec<Cell>, at: usize| row.get(at).is_none_or(|cell| *cell == Cell::nothing());
        let kept: Vec<bool> = (0..self.columns.len())
            .map(|at| at == 0 || !self.rows.iter().all(|row| is_nothing(row, at)))
            .collect();
        if kept.iter().filter(|kept| **kept).count() <= 1 {
            self.rows.clear();
        }
        let mut column = kept.iter();
        self.columns.retain(|_| *column.next().unwrap_or(&true));
        for row in &mut self.rows {
            let mut column = kept.iter();
            row.retain(|_| *column.next().unwrap_or(&true));
        }
        self
    }
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Nothing was measured.
    pub(crate) fn nothing() -> Self {
        Self { text: "-".into(), tone: Tone::Faint, ..Self::default() }
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    pub(crate) const fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// A number of things that should not have happened.
    pub(crate) fn unwanted(number: u64) -> Self {
        let tone = if number == 0 { Tone::Faint } else { Tone::Alarm };
        Self::new(crate::units::count(number)).tone(tone)
    }

    /// A comparison: the ratio and its verdict, with the interval as detail.
    pub(crate) fn comparison(comparison: Option<&Comparison>) -> Self {
        let Some(comparison) = comparison else { return Self::new("1").tone(Tone::Faint) };
        let (Some(point), Some(interval)) = (comparison.ratio, comparison.interval) else {
            return Self::new("?").tone(Tone::Faint);
        };
        let tone = match comparison.verdict {
            Verdict::Better => Tone::Better,
            Verdict::Worse => Tone::Worse,
            Verdict::OnlyAlone | Verdict::NoDifference | Verdict::TooFew => Tone::Faint,
        };
        Self::new(format!("{} {}", ratio(point), comparison.verdict))
            .detail(format!("{}–{}", ratio(interval.low), ratio(interval.high)))
            .tone(tone)
    }

    /// A comparison in three cells: ratio, interval and verdict.
    pub(crate) fn judged(comparison: &Comparison) -> [Self; 3] {
        let tone = Self::comparison(Some(comparison)).tone;
        let interval = comparison
            .interval
            .map_or_else(String::new, |range| format!("{}–{}", ratio(range.low), ratio(range.high)));
        [
            Self::new(comparison.ratio.map_or_else(|| "-".into(), ratio)).tone(tone),
            Self::new(interval).tone(Tone::Faint),
            Self::new(comparison.verdict.to_string()).tone(tone),
        ]
    }

    /// The middle of times, with its interval as detail.
    pub(crate) fn middle(middle: &Middle) -> Self {
        let detail = middle.interval.map_or_else(String::new, |range| time_range(range.low, range.high));
        Self::new(time(middle.ns)).detail(detail)
    }
}
