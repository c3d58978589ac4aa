//! From bytes to the lines that matter, whole and free of what mail programs, consoles and loggers add.
//!
//! What the lines say is no matter of this layer: it knows no program's words, and asks a [`Language`].

mod archive;
mod clean;
mod column;
mod frame;
mod join;
mod json;
mod mail;
mod markup;
mod page;
mod plain;
mod quoted;
mod scan;
mod source;
mod wide;

pub(crate) use join::Entry;
pub(crate) use page::{Pages, Seen};
pub(crate) use scan::scan;
pub(crate) use source::open;

/// What the lines are written in.
pub(crate) trait Language {
    /// What a line says.
    type Line: Clone + PartialEq;

    /// Each line that matters holds one of these.
    fn words() -> impl Iterator<Item = &'static str>;

    /// Reads a clean line.
    fn read(text: &str) -> Reading<Self::Line>;

    /// Where a record stands in a line, whatever is before it: its beginning, and its end where that shows.
    fn record(line: &str) -> (Option<usize>, Option<usize>);

    /// Whether a line that could not be read looks as if it should be.
    fn suspects(text: &str) -> bool;

    /// Whether `second` follows `first` in a log, or comes before it; `None` when it may do either.
    fn follows(first: &Self::Line, second: &Self::Line) -> Option<bool>;
}

/// What came of reading a line.
#[derive(Clone, Debug)]
pub(crate) enum Reading<L> {
    /// It says these.
    Lines(Vec<L>),
    /// It begins a record that ends too early: the rest may be on the next line. What can be told without the rest.
    Incomplete(Option<Partial<L>>),
    /// It looks like a record and makes no sense.
    Damaged,
    /// It is none of ours.
    Noise,
}

/// What can be told of a record that ends too early.
#[derive(Clone, Debug)]
pub(crate) struct Partial<L> {
    pub(crate) line: L,
    /// Whether a text may be the rest of it; nothing else is taken for that.
    pub(crate) may_follow: fn(&str) -> bool,
}
