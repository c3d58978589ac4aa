//! The recipes.

use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;

use super::{GrowError, handover, layout, shapes, tile};
use crate::trace::Trace;

/// What every recipe begins with where a trace is asked for.
pub const PREFIX: &str = "grow:";

/// From which words a trace is made.
///
/// Its [`Display`] is its only spelling in results: `grow:ranges(m=512,nodes=8)` however it was typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recipe {
    /// A recorded boot so many times side by side.
    Tile {
        /// The trace's name in the corpus.
        trace: String,
        /// How many times.
        k: u64,
    },
    /// So many reserved pages on one node, each with free pages on both sides, and a free GiB above them.
    Isolated {
        /// How many.
        n: u64,
    },
    /// So many free pages on one node, each between reserved ones, and room for tables below them.
    Checkerboard {
        /// How many.
        n: u64,
    },
    /// So many ranges of 128 MiB with holes between them.
    Ranges {
        /// How many.
        m: u64,
        /// On how many nodes, each of them a run of neighbours.
        nodes: u64,
    },
    /// So many nodes of 64 GiB.
    Nodes {
        /// How many.
        n: u64,
    },
    /// One node of so much memory with 64 reservations.
    Memory {
        /// How many bytes.
        bytes: u64,
    },
    /// One node of so much memory of which nothing is free.
    Full {
        /// How many bytes.
        bytes: u64,
    },
    /// So many folios that one kernel preserved for the next, and a boot on top.
    Handover {
        /// How many.
        n: u64,
        /// Their orders.
        orders: RangeInclusive<u8>,
        /// On how many nodes.
        nodes: u64,
        /// How the boot learns of them.
        preserved: Preserved,
    },
    /// The memory map of a real machine so many times side by side.
    Layout {
        /// Its name.
        name: String,
        /// How many times.
        k: u64,
    },
}

/// How a boot reserves what was preserved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preserved {
    /// Each folio by calls of its own, from the largest order to the smallest, as KHO does.
    Each,
    /// Folios that touch by one call, ascending.
    Merged,
    /// Each stretch of 16 MiB that holds any by one call: what one of KHO's bitmaps of 512 bytes covers at order 0. The
    /// list is bounded by the memory then, and not by the folios; what is free in such a stretch waits.
    Tables,
}

impl Preserved {
    pub(super) const WORDS: [(Self, &'static str); 3] =
        [(Self::Each, "each"), (Self::Merged, "merged"), (Self::Tables, "tables")];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(how, _)| *how == self).map_or("", |(_, word)| word)
    }
}

/// How a recipe is written, and what it makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Form {
    /// Its name.
    pub name: &'static str,
    /// All of it, with what is left out by default.
    pub shape: &'static str,
    /// What it makes, in a line.
    pub about: &'static str,
    /// One that is small, to be tried.
    pub example: &'static str,
}

/// Every recipe.
pub const FORMS: [Form; 9] = [
    Form {
        name: "tile",
        shape: "tile(TRACE,k)",
        about: "a recorded boot k times side by side, phase by phase; firmware and low limits kept once",
        example: "grow:tile(x86_64-6.1-16node-960g,k=2)",
    },
    Form {
        name: "isolated",
        shape: "isolated(n)",
        about: "n reserved pages with free ones between them, and a free GiB above",
        example: "grow:isolated(n=20)",
    },
    Form {
        name: "checkerboard",
        shape: "checkerboard(n)",
        about: "n free pages, each between reserved ones, and room for tables below them",
        example: "grow:checkerboard(n=20)",
    },
    Form {
        name: "ranges",
        shape: "ranges(m,nodes=1)",
        about: "m ranges of 128 MiB with holes between them, on so many nodes",
        example: "grow:ranges(m=20,nodes=2)",
    },
    Form { name: "nodes", shape: "nodes(n)", about: "n nodes of 64 GiB", example: "grow:nodes(n=2)" },
    Form {
        name: "memory",
        shape: "memory(size)",
        about: "one node of that size, such as 64T, with 64 reservations",
        example: "grow:memory(size=1G)",
    },
    Form {
        name: "full",
        shape: "full(size)",
        about: "one node of that size of which nothing is free",
        example: "grow:full(size=1G)",
    },
    Form {
        name: "handover",
        shape: "handover(n,orders=0-9,nodes=4,as=each|merged|tables)",
        about: "a boot that was handed n folios by a kexec, which it reserves last, in one of three ways",
        example: "grow:handover(n=20,orders=0-9,nodes=4,as=each)",
    },
    Form {
        name: "layout",
        shape: "layout(NAME,k=1)",
        about: "the memory map of a real large machine, filled with a recorded boot's requests",
        example: "grow:layout(power-16node-30t,k=1)",
    },
];

impl Display for Recipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        match self {
            Self::Tile { trace, k } => write!(f, "tile({trace},k={k})"),
            Self::Isolated { n } => write!(f, "isolated(n={n})"),
            Self::Checkerboard { n } => write!(f, "checkerboard(n={n})"),
            Self::Ranges { m, nodes } => write!(f, "ranges(m={m},nodes={nodes})"),
            Self::Nodes { n } => write!(f, "nodes(n={n})"),
            Self::Memory { bytes } => write!(f, "memory(size={})", Bytes(*bytes)),
            Self::Full { bytes } => write!(f, "full(size={})", Bytes(*bytes)),
            Self::Handover { n, orders, nodes, preserved } => {
                let (least, most) = (orders.start(), orders.end());
                write!(f, "handover(n={n},orders={least}-{most},nodes={nodes},as={})", preserved.word())
            }
            Self::Layout { name, k } => write!(f, "layout({name},k={k})"),
        }
    }
}

/// A size with the largest unit that leaves it whole.
pub(super) struct Bytes(pub(super) u64);

impl Display for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let units = [(40, "T"), (30, "G"), (20, "M"), (10, "K")];
        match units.iter().find(|(shift, _)| self.0 > 0 && self.0.is_multiple_of(1 << shift)) {
            Some((shift, unit)) => write!(f, "{}{unit}", self.0 >> shift),
            None => write!(f, "{}", self.0),
        }
    }
}

impl Recipe {
    /// Makes the trace, the same each time.
    ///
    /// # Errors
    /// [`GrowError`] where it speaks of a trace or layout that does not exist, or would have more nodes or addresses than a
    /// machine can.
    pub fn trace(&self) -> Result<Trace, GrowError> {
        let draft = match self {
            Self::Tile { trace, k } => return tile::tile(self, trace, *k),
            Self::Isolated { n } => shapes::isolated(*n),
            Self::Checkerboard { n } => Ok(shapes::checkerboard(*n)),
            Self::Ranges { m, nodes } => shapes::ranges(*m, *nodes),
            Self::Nodes { n } => shapes::nodes(*n),
            Self::Memory { bytes } => shapes::memory(*bytes),
            Self::Full { bytes } => Ok(shapes::full(*bytes)),
            Self::Handover { n, orders, nodes, preserved } => {
                handover::handover(*n, orders, *nodes, *preserved)
            }
            Self::Layout { name, k } => layout::filled(name, *k),
        };
        Ok(draft?.finish(self))
    }
}
