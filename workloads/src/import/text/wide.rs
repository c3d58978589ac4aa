//! UTF-16 and UTF-32, with and without a mark: what Windows programs write.

use std::io::{self, Read};

/// How many bytes a character has, and which comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Width {
    bytes: usize,
    big_endian: bool,
}

impl Width {
    /// The width of a text that begins like this, or `None` when it is of bytes.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let width = |bytes, big_endian| Some(Self { bytes, big_endian });
        match head {
            [0xff, 0xfe, 0, 0, ..] => return width(4, false),
            [0, 0, 0xfe, 0xff, ..] => return width(4, true),
            [0xff, 0xfe, ..] => return width(2, false),
            [0xfe, 0xff, ..] => return width(2, true),
            _ => {}
        }
        // A log is ASCII nearly everywhere: then all bytes but one of each character are 0.
        let head = &head[..head.len() & !3];
        if head.len() < 16 {
            return None;
        }
        let zeros = |at: usize| {
            head.iter().skip(at).step_by(4).filter(|byte| **byte == 0).count() * 10 > head.len() / 4 * 8
        };
        match [zeros(0), zeros(1), zeros(2), zeros(3)] {
            [false, true, true, true] => width(4, false),
            [true, true, true, false] => width(4, true),
            [false, true, false, true] => width(2, false),
            [true, false, true, false] => width(2, true),
            _ => None,
        }
    }
}

/// Turns wide text into UTF-8.
pub(super) struct Wide<R> {
    inner: R,
    width: Width,
    /// Bytes that are not a whole character yet.
    raw: Vec<u8>,
    ready: Vec<u8>,
    at: usize,
}

impl<R: Read> Wide<R> {
    pub(super) fn new(inner: R, width: Width) -> Self {
        Self { inner, width, raw: Vec::new(), ready: Vec::new(), at: 0 }
    }

    fn fill(&mut self) -> io::Result<()> {
        let start = self.raw.len();
        self.raw.resize(start + (1 << 16), 0);
        let got = self.inner.read(&mut self.raw[start..])?;
        self.raw.truncate(start + got);
        let step = self.width.bytes;
        let mut whole = self.raw.len() / step * step;
        let unit = |bytes: &[u8]| {
            let fold = |sum: u32, byte: &u8| sum << 8 | u32::from(*byte);
            if self.width.big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) }
        };
        let units: Vec<u32> = self.raw[..whole].chunks(step).map(unit).collect();
        // The second half of a pair may not be there yet.
        let is_first = |unit: &u32| step == 2 && (0xd800..0xdc00).contains(unit);
        let kept = usize::from(got > 0 && units.last().is_some_and(is_first));
        whole -= kept * step;
        let units = &units[..units.len() - kept];
        self.ready.clear();
        self.at = 0;
        let mut text = String::with_capacity(units.len());
        if step == 2 {
            let units = units.iter().map(|unit| u16::try_from(*unit).unwrap_or(0xfffd));
            text.extend(char::decode_utf16(units).map(|char| char.unwrap_or('\u{fffd}')));
        } else {
            text.extend(units.iter().map(|unit| char::from_u32(*unit).unwrap_or('\u{fffd}')));
        }
        self.ready.extend_from_slice(text.replace('\u{feff}', "").as_bytes());
        self.raw.drain(..whole);
        if got == 0 {
            self.raw.clear();
        }
        Ok(())
    }
}

impl<R: Read> Read for Wide<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() {
            let before = self.raw.len();
            self.fill()?;
            if self.ready.is_empty() && self.raw.len() <= before {
                return Ok(0);
            }
        }
        let count = into.len().min(self.ready.len() - self.at);
        into[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
