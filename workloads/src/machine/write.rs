//! Writing a machine as text: one range a line, fields in a fixed order.

use std::fmt::{self, Display, Formatter};

use super::VERSION;
use super::model::{Hardware, Said};

impl Display for Hardware {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "bootalloc-machine {VERSION}")?;
        writeln!(f, "name {}", self.name)?;
        if let Some(arch) = &self.arch {
            writeln!(f, "arch {arch}")?;
        }
        if let Some(page) = self.page {
            writeln!(f, "page-size {}", page.bytes())?;
        }
        for source in &self.sources {
            writeln!(f, "source {source}")?;
        }
        for note in &self.notes {
            writeln!(f, "note {note}")?;
        }
        for nid in &self.memoryless_nodes {
            writeln!(f, "memoryless-node {nid}")?;
        }
        for piece in &self.memory {
            write!(f, "memory {} nid=", piece.range)?;
            match piece.nid {
                Some(nid) => write!(f, "{nid}")?,
                None => f.write_str("none")?,
            }
            writeln!(f, " flags={:#x} {}", piece.flags.0, Place(&piece.said))?;
        }
        for kept in &self.reserved {
            writeln!(f, "reserved {} {}", kept.range, Place(&kept.said))?;
        }
        for kept in &self.unusable {
            writeln!(f, "unusable {} {}", kept.range, Place(&kept.said))?;
        }
        writeln!(f, "end ranges={}", self.memory.len() + self.reserved.len() + self.unusable.len())
    }
}

/// `from 1:12 as usable`: the first source, its line 12.
struct Place<'s>(&'s Said);

impl Display for Place<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "from {}", self.0.source + 1)?;
        if let Some(line) = self.0.line {
            write!(f, ":{line}")?;
        }
        write!(f, " as {}", self.0.what)
    }
}
