//! Memory as runs of pages that hold the same, and its text form.

use std::fmt;
use std::str::FromStr;

use rangemap::RangeMap;
use serde::{Deserialize, Serialize};

use super::Content;

/// Runs of pages from page 0 on, without gaps; neighbours differ.
///
/// As text, each run is a letter and its number of pages: `h159f96` is 159 pages of hole, then 96 free ones. A boot is
/// some hundred runs, which as JSON objects would be ten times as long.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pieces(Vec<(Content, u64)>);

/// Pages that follow each other and hold the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// What they hold.
    pub content: Content,
    /// The first.
    pub first: u64,
    /// The page behind the last.
    pub end: u64,
}

/// The text does not describe pieces.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a layout is a letter of {LETTERS} and a number of pages, again and again, unlike `{0}`")]
pub struct PiecesError(String);

/// The letter of each content, in the order of [`Content::ALL`].
const LETTERS: &str = "hnforgmkpb";

impl Pieces {
    /// The runs of `pages`, what is in none of them being hole.
    pub(super) fn of(pages: &RangeMap<u64, Content>) -> Self {
        let mut runs = Self::default();
        let mut at = 0;
        for (range, content) in pages.iter() {
            runs.push(Content::Hole, range.start - at);
            runs.push(*content, range.end - range.start);
            at = range.end;
        }
        runs
    }

    pub(super) fn push(&mut self, content: Content, pages: u64) {
        match self.0.last_mut() {
            _ if pages == 0 => {}
            Some((last, count)) if *last == content => *count += pages,
            _ => self.0.push((content, pages)),
        }
    }

    /// All of them, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Piece> {
        self.0.iter().scan(0, |at, &(content, pages)| {
            let first = *at;
            *at += pages;
            Some(Piece { content, first, end: *at })
        })
    }

    /// How many pages hold this.
    #[must_use]
    pub fn pages(&self, content: Content) -> u64 {
        self.0.iter().filter(|run| run.0 == content).map(|run| run.1).sum()
    }
}

impl fmt::Display for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = |content: Content| LETTERS.as_bytes()[content as usize] as char;
        self.0.iter().try_for_each(|&(content, pages)| write!(f, "{}{pages}", letter(content)))
    }
}

impl FromStr for Pieces {
    type Err = PiecesError;

    fn from_str(text: &str) -> Result<Self, PiecesError> {
        let error = || PiecesError(text.chars().take(40).collect());
        // Grown as needed, it would be four times as large at the moment when it grows last.
        let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
        let mut pieces = Self(Vec::with_capacity(letters));
        let (mut rest, mut total) = (text, 0_u64);
        while let Some(letter) = rest.chars().next() {
            let content = LETTERS.find(letter).map(|index| Content::ALL[index]).ok_or_else(error)?;
            rest = &rest[1..];
            let digits = rest.find(|next: char| !next.is_ascii_digit()).unwrap_or(rest.len());
            let pages: u64 = rest[..digits].parse().map_err(|_| error())?;
            total = total.checked_add(pages).ok_or_else(error)?;
            pieces.push(content, pages);
            rest = &rest[digits..];
        }
        Ok(pieces)
    }
}

impl TryFrom<String> for Pieces {
    type Error = PiecesError;

    fn try_from(text: String) -> Result<Self, PiecesError> {
        text.parse()
    }
}

impl From<Pieces> for String {
    fn from(pieces: Pieces) -> Self {
        pieces.to_string()
    }
}
