//! Reading a file of results back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Cell, Header, Key, RunId, SCHEMA, v1};

/// A line of the file that was read.
pub(super) enum Record {
    /// The facts of a run; before its cells.
    Header(Box<Header>),
    /// A cell.
    Cell(Box<Cell>),
    /// How what stands here was joined from several files.
    Merge(Box<Merge>),
}

/// A line of the file that is to be written.
#[derive(Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(super) enum Line<'a> {
    Header(&'a Header),
    Cell(&'a Cell),
    Merge(&'a Merge),
}

/// How results were joined from several files.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Merge {
    /// The command line, the program's own name first.
    pub command: Vec<String>,
}

/// The results in a file: of one run, or of several that were merged or resumed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Results {
    /// The facts of each run.
    pub headers: Vec<Header>,
    /// The finished cells, in the order of the file, groups together.
    pub cells: Vec<Cell>,
    /// How they were joined, if they were.
    pub merges: Vec<Merge>,
    /// The bytes at the beginning of the file that hold all of this; what follows is a write that did not end.
    pub finished_bytes: u64,
    /// The bytes of what follows.
    pub cut_bytes: u64,
}

/// Why a file holds no results.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("cannot read the results in {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not a record.
    #[error("line {line} is not a record of results")]
    Line {
        /// Its number, from 1 on.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// The file is of a later version.
    #[error("line {line}: the file has version {found} of the schema, and this program knows {SCHEMA}")]
    Schema {
        /// The number of the header's line.
        line: usize,
        /// Its version.
        found: u32,
    },
    /// A cell belongs to no run that the file knows.
    #[error("line {line}: there is no header of run {run} before it")]
    NoHeader {
        /// The number of the cell's line.
        line: usize,
        /// The run that it names.
        run: RunId,
    },
    /// Two headers name one run.
    #[error("line {line}: a second header of run {run}")]
    SecondHeader {
        /// The number of its line.
        line: usize,
        /// The run.
        run: RunId,
    },
    /// A group has other cells than it says, though something follows it.
    #[error("line {line}: the group of {key} is not complete")]
    BrokenGroup {
        /// The number of the line after it.
        line: usize,
        /// Its first cell.
        key: Key,
    },
    /// There is not even a header.
    #[error("there are no results in it")]
    Empty,
}

impl Results {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be read or is damaged; a last group that was cut off is no damage.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let bytes = fs::read(path).map_err(|source| ReadError::Io { path: path.into(), source })?;
        Self::parse(&bytes)
    }

    /// Reads the contents of a file.
    ///
    /// # Errors
    /// [`ReadError`] when they are damaged; a last group that was cut off is no damage.
    pub fn parse(contents: &[u8]) -> Result<Self, ReadError> {
        let mut results = Self::default();
        let mut group: Vec<Cell> = Vec::new();
        let mut end = 0;
        // Whole lines only: a write that was cut off leaves a prefix of what was to be written.
        let lines = contents.split_inclusive(|&byte| byte == b'\n').filter(|line| line.ends_with(b"\n"));
        for (line, text) in (1..).zip(lines) {
            end += text.len() as u64;
            match v1::record(text).map_err(|source| ReadError::Line { line, source })? {
                Record::Header(header) => {
                    if let Some(first) = group.first() {
                        return Err(ReadError::BrokenGroup { line, key: first.key.clone() });
                    }
                    results.take_header(line, *header)?;
                    results.finished_bytes = end;
                }
                Record::Merge(merge) => {
                    results.merges.push(*merge);
                    results.finished_bytes = end;
                }
                Record::Cell(cell) => {
                    if results.header(&cell.run).is_none() {
                        return Err(ReadError::NoHeader { line, run: cell.run });
                    }
                    if let Some(first) = group.first()
                        && (&first.run, first.group) != (&cell.run, cell.group)
                    {
                        return Err(ReadError::BrokenGroup { line, key: first.key.clone() });
                    }
                    group.push(*cell);
                    if group.len() >= group[0].group.cells as usize {
                        results.cells.append(&mut group);
                        results.finished_bytes = end;
                    }
                }
            }
        }
        results.cut_bytes = (contents.len() as u64).saturating_sub(results.finished_bytes);
        if results.headers.is_empty() { Err(ReadError::Empty) } else { Ok(results) }
    }

    fn take_header(&mut self, line: usize, header: Header) -> Result<(), ReadError> {
        if header.schema == 0 || header.schema > SCHEMA {
            return Err(ReadError::Schema { line, found: header.schema });
        }
        if self.header(&header.run).is_some() {
            return Err(ReadError::SecondHeader { line, run: header.run });
        }
        self.headers.push(header);
        Ok(())
    }

    /// The facts of a run.
    #[must_use]
    pub fn header(&self, run: &RunId) -> Option<&Header> {
        self.headers.iter().find(|header| header.run == *run)
    }

    /// The cells of this name, one for each run that measured it.
    pub fn cells_of<'a>(&'a self, key: &'a Key) -> impl Iterator<Item = &'a Cell> {
        self.cells.iter().filter(move |cell| cell.key == *key)
    }

    /// The cells by group: what may be compared pair by pair.
    pub fn groups(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunk_by(|a, b| (&a.run, a.group) == (&b.run, b.group))
    }

    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let headers = self.headers.iter().map(Line::Header);
        headers.chain(self.merges.iter().map(Line::Merge)).chain(self.cells.iter().map(Line::Cell))
    }

    /// The contents of a file with these results.
    ///
    /// # Panics
    /// Never: nothing in results fails to turn into JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.lines().map(|record| line(&record)).collect()
    }

    /// The length of [`to_text`](Self::to_text), of which one line at a time is made.
    pub(super) fn text_bytes(&self) -> u64 {
        self.lines().map(|record| line(&record).len() as u64).sum()
    }
}

/// The line of a record, its end included.
pub(super) fn line(record: &Line<'_>) -> String {
    let mut text = serde_json::to_string(record).expect("keys are texts, and times are finite");
    text.push('\n');
    text
}
