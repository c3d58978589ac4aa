//! One strategy against another: both times, their ratio, what may be said of it, and the exact figures apart.

mod data;
mod figure;
mod render;
mod rule;

pub use data::{Compare, Counts, Proven, Question, Row, compare};
pub(crate) use figure::is_told;
pub use figure::shown;
pub use render::{csv, markdown, text};
pub use rule::{Finding, Rule, RuleError, broken};
