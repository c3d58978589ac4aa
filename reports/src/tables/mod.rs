//! Tables as data: what stands in which cell, whatever it is printed with.

mod beyond;
mod boot;
mod exact;
mod headline;
mod paid;
mod zones;

pub use beyond::beyond;
pub use boot::{classes, memory, slowest, times};
pub(crate) use exact::LEGEND;
pub use exact::{exact_by_boot, memory_of_all};
pub use headline::{by_boot, headline};
pub(crate) use paid::told;
pub use paid::{calls_ratio, paid};
pub use zones::zones;

use serde::Serialize;

use benches::figures::{Figure, Unit};

use crate::analysis::{AboveFloor, Comparison, Range, Verdict};
use crate::units::{bytes, count, ratio};

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

impl Table {
    /// How many columns of a terminal it takes, in which extra columns are left out.
    pub(crate) fn width(&self) -> usize {
        let widest = |(place, column): (usize, &Column)| {
            let cells =
                self.rows.iter().filter_map(|row| row.get(place)).map(|cell| cell.text.chars().count());
            cells.chain([column.head.chars().count()]).max().unwrap_or_default() + 2
        };
        let shown = self.columns.iter().enumerate().filter(|(_, column)| !column.extra);
        shown.map(widest).sum::<usize>().saturating_sub(2)
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

    /// A comparison: the ratio, marked where nothing may be claimed, with the interval as detail.
    pub(crate) fn comparison(comparison: Option<&Comparison>) -> Self {
        let Some(comparison) = comparison else { return Self::new("1").tone(Tone::Faint) };
        let [shown, interval, _] = Self::judged(comparison);
        let text = match comparison.verdict {
            _ if comparison.ratio.is_none() => "?".into(),
            verdict if verdict.claims() => shown.text,
            verdict => format!("{} {}", shown.text, verdict.word()),
        };
        Self::new(text).detail(interval.text).tone(shown.tone)
    }

    /// A comparison in three cells: ratio, interval and verdict.
    pub(crate) fn judged(comparison: &Comparison) -> [Self; 3] {
        let tone = match comparison.verdict {
            Verdict::Better => Tone::Better,
            Verdict::Worse => Tone::Worse,
            Verdict::NotSignificant | Verdict::NoDifference | Verdict::TooFew => Tone::Faint,
        };
        let interval = comparison
            .interval
            .map_or_else(String::new, |range| format!("{}–{}", ratio(range.low), ratio(range.high)));
        [
            Self::new(comparison.ratio.map_or_else(|| "-".into(), ratio)).tone(tone),
            Self::new(interval).tone(Tone::Faint),
            Self::new(comparison.verdict.word()).tone(tone),
        ]
    }

    /// How many times the floor's cost a boot costs, with the interval as detail.
    pub(crate) fn above_floor(above: Option<&AboveFloor>) -> Self {
        let range = |range: &Range| format!("{}–{}", ratio(range.low), ratio(range.high));
        above.map_or_else(Self::nothing, |above| Self::new(ratio(above.times)).detail(range(&above.interval)))
    }

    /// The value of an exact figure in its unit; nothing if it was not measured.
    pub(crate) fn value(figure: &Figure, value: Option<u64>) -> Self {
        value.map_or_else(Self::nothing, |value| Self::new(in_unit(figure, value)))
    }
}

/// A value of an exact figure as text.
pub(crate) fn in_unit(figure: &Figure, value: u64) -> String {
    match figure.unit {
        Unit::Bytes => bytes(value),
        Unit::Count | Unit::Instructions => count(value),
    }
}
