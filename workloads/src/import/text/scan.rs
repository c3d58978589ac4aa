//! Finding the stretches that matter in a stream of any length.
//!
//! Most of a system log is noise, so whole chunks are searched for a few words at once, and only the lines around one
//! are looked at. Splitting into lines first costs three times as much. The lines around it matter too: a mail program
//! may have broken a record before or after its word, or put something else where the word's blank was.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, ErrorKind, Read};

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::{memchr, memchr_iter, memrchr, memrchr2};

/// A line longer than this is not a kernel's: it is cut where JSON or markup ends something, and without such a place the
/// rest of it is skipped.
const CHUNK: usize = 1 << 20;

/// How many lines before a word are looked at, and how many after it.
const AROUND: usize = 64;

/// Hands each line that matters, and those around it, to `take` with its number, counted from 1, and returns how many
/// lines there were.
///
/// Memory use does not depend on the length of the stream.
pub(crate) fn scan<E>(
    mut reader: impl Read,
    words: impl Iterator<Item = &'static str>,
    unreadable: impl Fn(u64, io::Error) -> E,
    mut take: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<u64, E> {
    // Dialects share some of them, and each costs.
    let words: BTreeSet<&str> = words.collect();
    let words = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words);
    let words = words.map_err(|error| unreadable(0, io::Error::other(error)))?;
    let mut chunk = vec![0; CHUNK];
    let mut state = State { lines: 0, before: VecDeque::new(), after: 0 };
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
                let cut = if skipping { None } else { memrchr2(b'}', b'>', &chunk) };
                let whole = cut.map_or(CHUNK, |at| at + 1);
                if !skipping {
                    state.block(&words, &chunk[..whole], &mut take)?;
                }
                chunk.copy_within(whole.., 0);
                (filled, skipping) = (CHUNK - whole, cut.is_none());
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
    /// The last lines that were not handed on: a word may follow.
    before: VecDeque<Vec<u8>>,
    /// How many of the next lines follow a word.
    after: usize,
}

impl State {
    /// Searches whole lines.
    fn block<E>(
        &mut self,
        words: &AhoCorasick,
        block: &[u8],
        take: &mut impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut at = 0;
        while at < block.len() {
            let start = if self.after > 0 {
                at
            } else {
                let Some(found) = words.find(&block[at..]) else { break };
                let word = at + found.start();
                let line = memrchr(b'\n', &block[at..word]).map_or(at, |newline| at + newline + 1);
                self.after = AROUND + 1;
                self.go_back(&block[at..line], take)?;
                line
            };
            let end = memchr(b'\n', &block[start..]).map_or(block.len(), |newline| start + newline);
            let line = &block[start..end];
            if self.after <= AROUND && words.is_match(line) {
                self.after = AROUND + 1;
            }
            self.after -= 1;
            take(self.lines + 1, line)?;
            self.lines += u64::from(end < block.len());
            at = end + 1;
        }
        let rest = block.get(at..).unwrap_or_default();
        self.lines += memchr_iter(b'\n', rest).count() as u64;
        for line in last_lines(rest).into_iter().rev() {
            self.before.push_back(line.to_vec());
        }
        while self.before.len() > AROUND {
            self.before.pop_front();
        }
        Ok(())
    }

    /// Hands on the last lines before a word: those of `skipped`, and of the blocks before.
    fn go_back<E>(
        &mut self,
        skipped: &[u8],
        take: &mut impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let near = last_lines(skipped);
        let far = self.before.len().min(AROUND - near.len());
        let first = self.before.len() - far;
        for (at, line) in self.before.drain(..).enumerate().skip(first) {
            take(self.lines + 1 + at as u64 - (first + far) as u64, &line)?;
        }
        self.lines += memchr_iter(b'\n', skipped).count() as u64;
        for (back, line) in near.iter().enumerate().rev() {
            take(self.lines - back as u64, line)?;
        }
        Ok(())
    }
}

/// The last lines of whole lines, the very last one first.
fn last_lines(block: &[u8]) -> Vec<&[u8]> {
    block
        .strip_suffix(b"\n")
        .map_or_else(Vec::new, |block| block.rsplit(|&byte| byte == b'\n').take(AROUND).collect())
}
