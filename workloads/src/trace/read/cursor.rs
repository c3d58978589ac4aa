//! A place in a line, and the words that can stand there.

use allocators::{AddrRange, MemFlags, MemoryRange, Nid, PhysAddr};

use super::{ReadError, ReadErrorKind};
use crate::trace::{Evidence, Reason, Recorded};

/// A place in a line.
pub(super) struct Cursor<'t> {
    line: &'t str,
    at: usize,
    number: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(line: &'t str, number: usize) -> Self {
        Self { line, at: 0, number }
    }

    /// The column, counted from 1 in characters.
    pub(super) fn column(&self) -> usize {
        self.line[..self.at].chars().count() + 1
    }

    pub(super) fn error_at(&self, column: usize, kind: ReadErrorKind) -> ReadError {
        ReadError { line: self.number, column, kind }
    }

    /// An error that says what should stand here.
    pub(super) fn expected(&self, what: impl Into<String>) -> ReadError {
        let word = self.ahead().split_whitespace().next().unwrap_or_default();
        let found = match word {
            "" if self.ahead().is_empty() => "the end of the line".into(),
            "" => "blanks at the end of the line".into(),
            word => format!("`{}`", word.chars().take(40).collect::<String>()),
        };
        self.error_at(self.column(), ReadErrorKind::Expected { expected: what.into(), found })
    }

    fn ahead(&self) -> &'t str {
        &self.line[self.at..]
    }

    /// Takes `text`.
    pub(super) fn literal(&mut self, text: &str) -> Result<(), ReadError> {
        if self.skip(text) { Ok(()) } else { Err(self.expected(format!("`{text}`"))) }
    }

    /// Takes `text` if it stands here.
    pub(super) fn skip(&mut self, text: &str) -> bool {
        let here = self.ahead().starts_with(text);
        if here {
            self.at += text.len();
        }
        here
    }

    /// Takes everything up to the next blank.
    pub(super) fn word(&mut self) -> Result<&'t str, ReadError> {
        let rest = self.ahead();
        let word = rest.split(' ').next().unwrap_or_default();
        if word.is_empty() {
            return Err(self.expected("a word"));
        }
        self.at += word.len();
        Ok(word)
    }

    /// Takes the rest of the line: a text that is not empty and has no blank at either end.
    pub(super) fn rest(&mut self) -> Result<&'t str, ReadError> {
        let rest = self.ahead();
        if rest.is_empty() || rest.trim() != rest || rest.chars().any(char::is_control) {
            return Err(self.expected("a text without blanks around it or control characters in it"));
        }
        self.at = self.line.len();
        Ok(rest)
    }

    /// Makes sure that the line ends here.
    pub(super) fn end(&self) -> Result<(), ReadError> {
        if self.ahead().is_empty() { Ok(()) } else { Err(self.expected("the end of the line")) }
    }

    pub(super) fn decimal(&mut self) -> Result<u64, ReadError> {
        self.digits("a decimal number", 10)
    }

    pub(super) fn hex(&mut self) -> Result<u64, ReadError> {
        self.literal("0x")?;
        self.digits("hexadecimal digits", 16)
    }

    /// Takes digits in their shortest form; only then does writing give back what was read.
    fn digits(&mut self, what: &str, radix: u32) -> Result<u64, ReadError> {
        let rest = self.ahead();
        let digit = |c: char| c.is_digit(radix) && !c.is_ascii_uppercase();
        let digits = &rest[..rest.find(|c| !digit(c)).unwrap_or(rest.len())];
        let error = |kind| Err(self.error_at(self.column(), kind));
        if digits.is_empty() {
            return Err(self.expected(what));
        }
        if digits.len() > 1 && digits.starts_with('0') {
            return error(ReadErrorKind::NotShortest(digits.into()));
        }
        let Ok(value) = u64::from_str_radix(digits, radix) else {
            return error(ReadErrorKind::TooLarge(digits.into()));
        };
        self.at += digits.len();
        Ok(value)
    }

    pub(super) fn addr(&mut self) -> Result<PhysAddr, ReadError> {
        self.hex().map(PhysAddr)
    }

    pub(super) fn range(&mut self) -> Result<AddrRange, ReadError> {
        let (column, from) = (self.column(), self.at);
        let start = self.addr()?;
        self.literal("-")?;
        let end = self.addr()?;
        AddrRange::new(start, end)
            .ok_or(self.error_at(column, ReadErrorKind::Backwards(self.line[from..self.at].into())))
    }

    pub(super) fn node_or_none(&mut self) -> Result<Option<Nid>, ReadError> {
        self.literal("nid=")?;
        if self.skip("none") { Ok(None) } else { self.nid().map(Some) }
    }

    pub(super) fn flags(&mut self) -> Result<MemFlags, ReadError> {
        self.literal("flags=")?;
        let column = self.column();
        let value = self.hex()?;
        u32::try_from(value)
            .map(MemFlags)
            .map_err(|_| self.error_at(column, ReadErrorKind::TooLarge(format!("{value:#x}"))))
    }

    /// A range with its node and flags.
    pub(super) fn piece(&mut self) -> Result<MemoryRange, ReadError> {
        let range = self.range()?;
        self.literal(" ")?;
        let nid = self.node_or_none()?;
        self.literal(" ")?;
        Ok(MemoryRange { range, nid, flags: self.flags()? })
    }

    /// How the record is known: nothing here means that it stands in the log.
    pub(super) fn evidence(&mut self) -> Result<Evidence, ReadError> {
        if self.skip(" inferred=") {
            self.reason().map(Evidence::Inferred)
        } else if self.skip(" fitted=") {
            self.reason().map(Evidence::Fitted)
        } else if self.skip(" unexplained") {
            Ok(Evidence::Unexplained)
        } else {
            Ok(Evidence::Logged)
        }
    }

    /// The name of the allocator that answered.
    pub(super) fn recorded(&mut self) -> Result<Recorded, ReadError> {
        let word = self.ahead().split(' ').next().unwrap_or_default();
        let Some((recorded, _)) = Recorded::WORDS.iter().find(|(_, known)| *known == word) else {
            let all: Vec<&str> = Recorded::WORDS.iter().map(|(_, known)| *known).collect();
            return Err(self.expected(format!("one of {}", all.join(", "))));
        };
        self.at += word.len();
        Ok(*recorded)
    }

    fn reason(&mut self) -> Result<Reason, ReadError> {
        let word = self.ahead().split(' ').next().unwrap_or_default();
        let Some((reason, _)) = Reason::WORDS.iter().find(|(_, known)| *known == word) else {
            let all: Vec<&str> = Reason::WORDS.iter().map(|(_, known)| *known).collect();
            return Err(self.expected(format!("one of {}", all.join(", "))));
        };
        self.at += word.len();
        Ok(*reason)
    }
}
