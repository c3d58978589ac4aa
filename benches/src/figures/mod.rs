//! The exact figures: one table that says what each is, and the values that results keep of them.
//!
//! A figure is a value: `{id: number}`. Whoever shows, compares or checks one finds its title, unit and meaning in
//! [`FIGURES`] by its id, and what is absent was not measured. A new one is an entry of the table with its computation.

mod evidence;
mod table;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use evidence::Evidence;
pub use table::FIGURES;

/// An exact figure: what it is, apart from its value.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// The word that names it in results, rules and data.
    pub id: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Which way is better, where one is.
    pub better: Option<Better>,
    /// What it comes to over several boots.
    pub over_boots: OverBoots,
    /// What is counted, in a sentence or two.
    pub definition: &'static str,
    /// What counts it, and where that is from.
    pub source: &'static str,
    compute: Option<Compute>,
}

/// How a figure follows from a checked replay. Wide, so that no sum wraps; `None` where it means nothing on that boot.
type Compute = fn(&Evidence<'_>) -> Option<u128>;

/// What a figure counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Instructions executed.
    Instructions,
}

/// Which way is better.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Less of it.
    Less,
    /// More of it.
    More,
}

/// What a figure comes to over several boots.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OverBoots {
    /// The sum.
    Sum,
    /// The largest.
    Largest,
}

/// The figure of this id, if the table has it.
#[must_use]
pub fn figure(id: &str) -> Option<&'static Figure> {
    FIGURES.iter().find(|figure| figure.id == id)
}

/// A figure is too large to be counted: what it was computed from is absurd.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what} ({id}) come to {value}, more than can be counted: the trace is absurd")]
pub struct TooLarge {
    /// The figure.
    pub id: &'static str,
    /// Its title.
    pub what: &'static str,
    /// What it comes to.
    pub value: u128,
}

impl Figure {
    /// Its value over several boots; `None` if there are none.
    ///
    /// # Errors
    /// [`TooLarge`] when the sum is.
    pub fn over(&self, values: impl IntoIterator<Item = u64>) -> Result<Option<u64>, TooLarge> {
        let mut values = values.into_iter().map(u128::from).peekable();
        if values.peek().is_none() {
            return Ok(None);
        }
        self.fits(match self.over_boots {
            OverBoots::Sum => values.sum(),
            OverBoots::Largest => values.max().unwrap_or_default(),
        })
    }

    fn fits(&self, value: u128) -> Result<Option<u64>, TooLarge> {
        u64::try_from(value).map(Some).map_err(|_| TooLarge { id: self.id, what: self.title, value })
    }
}

/// Values of exact figures, by id. What is absent was not measured.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Figures(BTreeMap<String, u64>);

impl Figures {
    /// All figures that follow from a checked replay.
    ///
    /// # Errors
    /// [`TooLarge`] names the first that is.
    pub fn of(evidence: &Evidence<'_>) -> Result<Self, TooLarge> {
        let mut figures = Self::default();
        for figure in FIGURES {
            let Some(value) = figure.compute.and_then(|compute| compute(evidence)) else { continue };
            if let Some(value) = figure.fits(value)? {
                figures.set(figure.id, value);
            }
        }
        Ok(figures)
    }

    /// The value of a figure, if it was measured.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<u64> {
        self.0.get(id).copied()
    }

    /// Notes the value of a figure.
    pub fn set(&mut self, id: &str, value: u64) {
        self.0.insert(id.into(), value);
    }

    /// Takes over what `other` has.
    pub fn extend(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(id, value)| (id.clone(), *value)));
    }

    /// The ids with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(id, value)| (id.as_str(), *value))
    }

    /// Whether nothing was measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<I: Into<String>> FromIterator<(I, u64)> for Figures {
    fn from_iter<T: IntoIterator<Item = (I, u64)>>(values: T) -> Self {
        Self(values.into_iter().map(|(id, value)| (id.into(), value)).collect())
    }
}
