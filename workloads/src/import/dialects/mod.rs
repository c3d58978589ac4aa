//! What the lines say: a folder for each program that speaks of its boot allocator, chosen here.
//!
//! `linux` is what every kernel says of itself, whichever allocator it has.

pub(super) mod bootmem;
pub(crate) mod cursor;
pub(crate) mod linux;
pub(crate) mod lmb;
pub(super) mod memblock;
pub(super) mod neighbours;

use super::boots::Boot;
use super::text::{Language, Reading};
use super::{Imported, Options};
use linux::{Fact, Platform};
use neighbours::Neighbour;

/// What a line says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum LogLine {
    Memblock(memblock::Line),
    Bootmem(bootmem::Line),
    Lmb(lmb::Line),
    /// Something of the machine or the kernel.
    Linux(Fact),
    /// Another program's, which holds nothing to replay.
    Neighbour(Neighbour),
}

/// What came of reading a line.
type Read = Reading<LogLine>;

/// All dialects at once: what a log is written in shows only by its lines.
pub(super) struct Dialects;

impl Language for Dialects {
    type Line = LogLine;

    fn words() -> impl Iterator<Item = &'static str> {
        let own = memblock::WORDS.into_iter().chain(bootmem::WORDS).chain(lmb::WORDS).chain(linux::WORDS);
        own.chain(neighbours::words())
    }

    fn read(text: &str) -> Read {
        for dialect in [memblock::read, bootmem::read, lmb::read, linux::read, neighbours::read] {
            let read = dialect(text);
            if !matches!(read, Read::Noise) {
                return read;
            }
        }
        Read::Noise
    }

    fn record(line: &str) -> (Option<usize>, Option<usize>) {
        memblock::record(line).or_else(|| bootmem::record(line)).unwrap_or_default()
    }

    fn suspects(text: &str) -> bool {
        memblock::suspects(text) || linux::suspects(text)
    }

    fn follows(first: &LogLine, second: &LogLine) -> Option<bool> {
        match (first, second) {
            (LogLine::Memblock(first), LogLine::Memblock(second)) => memblock::follows(first, second),
            _ => None,
        }
    }
}

/// Turns what was read of a boot into its trace, in the dialect that it is written in.
pub(super) fn recover(boot: &Boot, source: &str, options: &Options) -> Imported {
    let platform = Platform::of(&boot.facts);
    if bootmem::speaks(boot) {
        bootmem::recover(boot, &platform, source, options)
    } else if lmb::speaks(boot) {
        lmb::recover(boot, &platform, source, options)
    } else {
        memblock::recover(boot, &platform, source, options)
    }
}
