//! Parts of a mail that are encoded in base64: texts and attachments, packed or not.

use std::io::{self, Read};

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem::Finder;
use memchr::memrchr;

/// The most bytes of one part, encoded or not.
const LARGEST: u64 = 256 << 20;

/// How much is looked at at once.
const BLOCK: usize = 1 << 18;

/// Passes bytes on as they are, but decodes what a mail's header says is base64.
pub(super) struct Mail<R> {
    inner: R,
    finder: Finder<'static>,
    /// Room for what is read, of which the beginning was read and is not looked at yet: no whole line.
    raw: Vec<u8>,
    filled: usize,
    ready: Vec<u8>,
    at: usize,
    state: State,
    over: bool,
}

enum State {
    Plain,
    /// In the header of an encoded part.
    Header,
    /// In an encoded part: what it has so far.
    Body(Vec<u8>),
}

/// Whether a file that begins like this is nothing but base64.
pub(super) fn is_base64(head: &[u8]) -> bool {
    let lines: Vec<&[u8]> = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).take(8).collect();
    let width = lines.first().map_or(0, |line| line.len());
    let full = |line: &&[u8]| line.len() == width && line.iter().copied().all(is_digit);
    width >= 60 && lines.len() >= 4 && lines[..lines.len() - 1].iter().all(full)
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

impl<R: Read> Mail<R> {
    pub(super) fn new(inner: R, is_base64: bool) -> Self {
        let state = if is_base64 { State::Body(Vec::new()) } else { State::Plain };
        let finder = Finder::new(b"ase64");
        Self { inner, finder, raw: vec![0; BLOCK], filled: 0, ready: Vec::new(), at: 0, state, over: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.at = 0;
        let start = self.filled;
        let got = self.inner.read(&mut self.raw[start..])?;
        self.filled += got;
        self.over = got == 0;
        // A line that fills all the room is not a mail's.
        let whole = match memrchr(b'\n', &self.raw[start..self.filled]) {
            Some(at) if !self.over => start + at + 1,
            None if !self.over && self.filled < BLOCK => 0,
            _ => self.filled,
        };
        let is_plain = matches!(self.state, State::Plain) && self.finder.find(&self.raw[..whole]).is_none();
        if is_plain {
            self.ready.extend_from_slice(&self.raw[..whole]);
        } else {
            let block = self.raw[..whole].to_vec();
            block.split_inclusive(|byte| *byte == b'\n').for_each(|line| self.line(line));
        }
        self.raw.copy_within(whole..self.filled, 0);
        self.filled -= whole;
        if self.over {
            self.end_body();
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8]) {
        let text = line.trim_ascii();
        match &mut self.state {
            State::Plain => {
                self.ready.extend_from_slice(line);
                let header = text.to_ascii_lowercase();
                if header.starts_with(b"content-transfer-encoding:") && self.finder.find(&header).is_some() {
                    self.state = State::Header;
                }
            }
            State::Header => {
                self.ready.extend_from_slice(line);
                if text.is_empty() {
                    self.state = State::Body(Vec::new());
                }
            }
            State::Body(body) if text.is_empty() && body.is_empty() => self.ready.extend_from_slice(line),
            State::Body(body)
                if !text.is_empty()
                    && text.iter().copied().all(is_digit)
                    && (body.len() as u64) < LARGEST =>
            {
                body.extend_from_slice(text);
            }
            State::Body(_) => {
                self.end_body();
                self.line(line);
            }
        }
    }

    fn end_body(&mut self) {
        let State::Body(body) = std::mem::replace(&mut self.state, State::Plain) else { return };
        let config = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true);
        let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
        let Ok(decoded) = engine.decode(&body) else {
            self.ready.extend_from_slice(&body);
            return;
        };
        let mut text = Vec::new();
        // A picture in a mail is none of ours.
        if let Ok(reader) = super::open(&decoded[..], "an attachment") {
            let _ = reader.take(LARGEST).read_to_end(&mut text);
        }
        self.ready.extend_from_slice(&text);
        if !text.ends_with(b"\n") {
            self.ready.push(b'\n');
        }
    }
}

impl<R: Read> Read for Mail<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() {
            if self.over {
                return Ok(0);
            }
            self.fill()?;
        }
        let count = into.len().min(self.ready.len() - self.at);
        into[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
