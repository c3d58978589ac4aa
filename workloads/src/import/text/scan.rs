//! Finding the lines that matter in a stream of any length.
//!
//! Most of a system log is noise, so whole chunks are searched for a few words at once, and only a line that holds one
//! is looked at. Splitting into lines first costs three times as much.

use std::io::{self, ErrorKind, Read};

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::{memchr, memchr_iter, memrchr};

/// A line longer than this is no kernel's; the rest of it is skipped.
const CHUNK: usize = 1 << 20;

/// What the taker of a line wants next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::import) enum Next {
    /// The next line that matters.
    Word,
    /// The very next line, whatever it holds: it may complete the last one.
    Line,
}

/// Hands each line that matters to `take` with its number, counted from 1, and returns how many lines there were.
///
/// Memory use does not depend on the length of the stream.
pub(in crate::import) fn scan<E>(
    mut reader: impl Read,
    words: impl Iterator<Item = &'static str>,
    unreadable: impl Fn(u64, io::Error) -> E,
    mut take: impl FnMut(u64, &[u8]) -> Result<Next, E>,
) -> Result<u64, E> {
    let words = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words);
    let words = words.map_err(|error| unreadable(0, io::Error::other(error)))?;
    let mut chunk = vec![0; CHUNK];
    let mut state = State { lines: 0, next: Next::Word };
    let (mut filled, mut skipping) = (0, false);
    loop {
        let got = match reader.read(&mut chunk[filled..]) {
            Ok(got) => got,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(state.lines, error)),
        };
        let end = filled + got;
        if got == 0 {
            if end > 0 && !skipping {
                state.block(&words, &chunk[..end], &mut take)?;
            }
            return Ok(state.lines + u64::from(end > 0));
        }
        let Some(last) = memrchr(b'\n', &chunk[filled..end]).map(|at| filled + at + 1) else {
            filled = end;
            if filled == CHUNK {
                if !skipping {
                    state.block(&words, &chunk, &mut take)?;
                }
                (filled, skipping) = (0, true);
            }
            continue;
        };
        let from = if skipping { memchr(b'\n', &chunk[..last]).map_or(last, |at| at + 1) } else { 0 };
        state.lines += u64::from(skipping);
        skipping = false;
        state.block(&words, &chunk[from..last], &mut take)?;
        chunk.copy_within(last..end, 0);
        filled = end - last;
    }
}

struct State {
    /// The lines that lie behind.
    lines: u64,
    next: Next,
}

impl State {
    /// Searches whole lines.
    fn block<E>(
        &mut self,
        words: &AhoCorasick,
        block: &[u8],
        take: &mut impl FnMut(u64, &[u8]) -> Result<Next, E>,
    ) -> Result<(), E> {
        let (mut at, before) = (0, self.lines);
        let mut counted = 0;
        while at < block.len() {
            let start = match self.next {
                Next::Line => at,
                Next::Word => {
                    let Some(found) = words.find(&block[at..]) else { break };
                    let word = at + found.start();
                    memrchr(b'\n', &block[at..word]).map_or(at, |newline| at + newline + 1)
                }
            };
            let end = memchr(b'\n', &block[start..]).map_or(block.len(), |newline| start + newline);
            self.lines += memchr_iter(b'\n', &block[counted..start]).count() as u64;
            counted = start;
            self.next = take(self.lines + 1, &block[start..end])?;
            at = end + 1;
        }
        self.lines += memchr_iter(b'\n', &block[counted..]).count() as u64;
        debug_assert!(self.lines >= before);
        Ok(())
    }
}
