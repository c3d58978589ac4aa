//! What grows.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use workloads::grow::{Preserved, Recipe};

use super::Kind;

/// The recorded boot that is tiled: 16 nodes.
const TILE: &str = "x86_64-6.1-16node-960g";

/// What grows, all else being equal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Shape {
    /// Reserved regions, on one node.
    Regions,
    /// Free pages with none beside them: what a search passes in vain.
    Gaps,
    /// Ranges of memory, on up to 64 nodes.
    Ranges,
    /// Nodes: a recorded boot of 16 nodes side by side.
    Nodes,
    /// Memory, in GiB.
    Memory,
    /// Memory of which nothing is free, in GiB.
    Full,
    /// Folios that were preserved across a kexec, reserved one by one.
    Handover,
    /// The same, reserved by runs that touch.
    HandoverMerged,
    /// The same, reserved by tables of 16 MiB.
    HandoverTables,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Regions,
        Self::Gaps,
        Self::Ranges,
        Self::Nodes,
        Self::Memory,
        Self::Full,
        Self::Handover,
        Self::HandoverMerged,
        Self::HandoverTables,
    ];

    /// Those that are swept by default: they answer one question each.
    pub const USUAL: [Self; 4] = [Self::Regions, Self::Nodes, Self::Memory, Self::Handover];

    /// Its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Regions => "regions",
            Self::Gaps => "gaps",
            Self::Ranges => "ranges",
            Self::Nodes => "nodes",
            Self::Memory => "memory",
            Self::Full => "full",
            Self::Handover => "handover",
            Self::HandoverMerged => "handover-merged",
            Self::HandoverTables => "handover-tables",
        }
    }

    /// What its sizes count.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Regions => "reserved regions",
            Self::Gaps => "free single pages",
            Self::Ranges => "ranges of memory",
            Self::Nodes => "nodes",
            Self::Memory | Self::Full => "GiB of memory",
            Self::Handover | Self::HandoverMerged | Self::HandoverTables => "preserved folios",
        }
    }

    /// What is measured by default.
    #[must_use]
    pub const fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Regions => {
                &[Kind::Alloc, Kind::AllocFailing, Kind::Reserve, Kind::Free, Kind::HandOver, Kind::BootCost]
            }
            Self::Gaps | Self::Full => &[Kind::Alloc, Kind::AllocFailing, Kind::HandOver],
            Self::Ranges => {
                &[Kind::Build, Kind::Alloc, Kind::AllocFailing, Kind::Reserve, Kind::Free, Kind::BootCost]
            }
            Self::Nodes | Self::Handover | Self::HandoverMerged | Self::HandoverTables => {
                &[Kind::Boot, Kind::HandOver, Kind::BootCost]
            }
            Self::Memory => &[Kind::Build, Kind::Alloc, Kind::AllocFailing, Kind::HandOver, Kind::BootCost],
        }
    }

    /// The sizes from `from` to `to`, ascending: round ones, two for each decade, or powers of two where size doubles.
    #[must_use]
    pub fn sizes(self, from: Option<u64>, to: Option<u64>) -> Vec<u64> {
        let (least, most) = self.bounds();
        let (from, to) = (from.unwrap_or(least), to.unwrap_or(most));
        let all: Vec<u64> = match self {
            Self::Nodes => (0..=6).map(|double| 16 << double).collect(),
            Self::Memory | Self::Full => (0..=8).map(|step| 1 << (2 * step)).collect(),
            _ => {
                let steps = (1..=7).flat_map(|decade| [10_u64.pow(decade), 3 * 10_u64.pow(decade)]);
                [20].into_iter().chain(steps.filter(|&size| size > 20)).collect()
            }
        };
        all.into_iter().filter(|size| (from..=to).contains(size)).collect()
    }

    /// From what to what it is swept by default.
    #[must_use]
    pub const fn bounds(self) -> (u64, u64) {
        match self {
            Self::Nodes => (16, 1024),
            Self::Memory | Self::Full => (1, 1 << 16),
            _ => (20, 1_000_000),
        }
    }

    /// The machine of this size.
    #[must_use]
    pub fn recipe(self, size: u64) -> Recipe {
        let handover = |preserved| Recipe::Handover { n: size, orders: 0..=9, nodes: 4, preserved };
        match self {
            Self::Regions => Recipe::Isolated { n: size },
            Self::Gaps => Recipe::Checkerboard { n: size },
            Self::Ranges => Recipe::Ranges { m: size, nodes: size.min(64) },
            Self::Nodes => Recipe::Tile { trace: TILE.into(), k: (size / 16).max(1) },
            Self::Memory => Recipe::Memory { bytes: size << 30 },
            Self::Full => Recipe::Full { bytes: size << 30 },
            Self::Handover => handover(Preserved::Each),
            Self::HandoverMerged => handover(Preserved::Merged),
            Self::HandoverTables => handover(Preserved::Tables),
        }
    }
}

impl Display for Shape {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// No shape has this name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("nothing is grown by the name `{0}`; there are {all}", all = Shape::ALL.map(Shape::word).join(", "))]
pub struct UnknownShape(String);

impl FromStr for Shape {
    type Err = UnknownShape;

    fn from_str(text: &str) -> Result<Self, UnknownShape> {
        Self::ALL.into_iter().find(|shape| shape.word() == text).ok_or_else(|| UnknownShape(text.into()))
    }
}

impl TryFrom<String> for Shape {
    type Error = UnknownShape;

    fn try_from(text: String) -> Result<Self, UnknownShape> {
        text.parse()
    }
}

impl From<Shape> for String {
    fn from(shape: Shape) -> Self {
        shape.word().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_ascend_within_bounds_and_every_machine_can_be_made() {
        for shape in Shape::ALL {
            let sizes = shape.sizes(None, None);
            assert!(sizes.len() >= 7 && sizes.is_sorted(), "{shape}: {sizes:?}");
            assert_eq!((sizes[0], sizes[sizes.len() - 1]), shape.bounds(), "{shape}");
            let recipe = shape.recipe(sizes[0]);
            assert_eq!(recipe.to_string().parse(), Ok(recipe.clone()));
            recipe.trace().unwrap();
            assert_eq!(shape.to_string().parse(), Ok(shape));
        }
        assert_eq!(Shape::Regions.sizes(Some(100), Some(3_000)), [100, 300, 1_000, 3_000]);
    }
}
