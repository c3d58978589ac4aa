//! What can be wrong with a recipe.

use super::recipe::FORMS;

/// Why nothing can be made from a recipe.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GrowError {
    /// There is no such recipe.
    #[error("nothing grows by the name `{name}`{}; there are {}", suggestion(.close.as_deref()), forms())]
    Name {
        /// What was asked for.
        name: String,
        /// What may have been meant.
        close: Option<String>,
    },
    /// The text is not a recipe.
    #[error("`{text}` is not a recipe: {why}; it is written {form}")]
    Form {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: String,
        /// How it would be right.
        form: String,
    },
    /// A number is out of bounds.
    #[error("{what} is {found}, and may be {least} to {most}")]
    Bounds {
        /// Which number.
        what: &'static str,
        /// What it is.
        found: String,
        /// The least that it may be.
        least: String,
        /// The most that it may be.
        most: String,
    },
    /// There is no such trace or layout.
    #[error("no {what} is called `{name}`{}", suggestion(.close.as_deref()))]
    Unknown {
        /// Trace or layout.
        what: &'static str,
        /// What was asked for.
        name: String,
        /// What may have been meant.
        close: Option<String>,
    },
    /// What it is made from is damaged.
    #[error("the {what} is damaged: {why}")]
    Damaged {
        /// Which trace or layout.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

fn suggestion(close: Option<&str>) -> String {
    close.map_or_else(String::new, |close| format!(" (do you mean `{close}`?)"))
}

fn forms() -> String {
    FORMS.map(|form| form.shape).join(", ")
}

/// The one of `known` that is most like `wanted`, if any is much like it.
pub(super) fn closest<'k>(wanted: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
    let scored = known.map(|name| (strsim::damerau_levenshtein(wanted, name), name));
    let (distance, name) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= name.len().max(wanted.len()) / 3).then(|| name.to_owned())
}
