//! The lines of a trace, taken in the order that the format prescribes.

use allocators::MemoryRange;

use super::{Cursor, ReadError, ReadErrorKind};

/// The lines that are still to be read.
pub(super) struct Lines<'t> {
    rest: &'t str,
    number: usize,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text, number: 0 }
    }

    /// An error at the beginning of the line that was read last.
    pub(super) fn error(&self, kind: ReadErrorKind) -> ReadError {
        ReadError { line: self.number.max(1), column: 1, kind }
    }

    /// The next line, if it is whole. A line without its newline was cut short.
    fn peek(&self) -> Option<&'t str> {
        self.rest.split_once('\n').map(|(line, _)| line)
    }

    /// Whether the next line begins with `key` and a blank.
    fn next_has(&self, key: &str) -> bool {
        self.peek().and_then(|line| line.strip_prefix(key)).is_some_and(|rest| rest.starts_with(' '))
    }

    /// Whether the next line begins with a number.
    pub(super) fn next_is_record(&self) -> bool {
        self.rest.starts_with(|first: char| first.is_ascii_digit())
    }

    /// Reads the next line to its end.
    pub(super) fn line<T>(
        &mut self,
        read: impl FnOnce(&mut Cursor<'t>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        self.number += 1;
        let Some((line, rest)) = self.rest.split_once('\n') else {
            let column = self.rest.chars().count() + 1;
            let kind = ReadErrorKind::Truncated("a whole line".into());
            return Err(ReadError { line: self.number, column, kind });
        };
        let mut cursor = Cursor::new(line, self.number);
        if line.ends_with('\r') {
            return Err(cursor.error_at(line.chars().count(), ReadErrorKind::CarriageReturn));
        }
        let value = read(&mut cursor)?;
        cursor.end()?;
        self.rest = rest;
        Ok(value)
    }

    /// Reads the next line, which begins with `key`.
    pub(super) fn one<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Cursor<'t>) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        self.line(|cursor| {
            cursor.literal(key)?;
            cursor.literal(" ")?;
            read(cursor)
        })
    }

    /// Reads the next line if it begins with `key`.
    pub(super) fn optional<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Cursor<'t>) -> Result<T, ReadError>,
    ) -> Result<Option<T>, ReadError> {
        if self.next_has(key) { self.one(key, read).map(Some) } else { Ok(None) }
    }

    /// Reads all of the next lines that begin with `key`.
    pub(super) fn all<T>(
        &mut self,
        key: &str,
        mut read: impl FnMut(&mut Cursor<'t>) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        let mut values = Vec::new();
        while self.next_has(key) {
            values.push(self.one(key, &mut read)?);
        }
        Ok(values)
    }

    /// Reads exactly `count` lines of a dump.
    pub(super) fn exactly(&mut self, key: &str, count: u64) -> Result<Vec<MemoryRange>, ReadError> {
        // Not `with_capacity(count)`: a garbled count must not ask for all memory.
        (0..count).map(|_| self.one(key, Cursor::piece)).collect()
    }

    /// Makes sure that nothing follows.
    pub(super) fn finish(&mut self) -> Result<(), ReadError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        self.number += 1;
        let found = self.rest.lines().next().unwrap_or_default().chars().take(40).collect();
        Err(self.error(ReadErrorKind::Expected { expected: "the end of the trace".into(), found }))
    }
}
