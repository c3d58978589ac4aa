//! What is measured of a machine.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What is measured of a machine; times are in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Kind {
    /// Making the allocator, the reservations of the start included.
    Build,
    /// All calls of the boot.
    Boot,
    /// Allocating a page where it is found first.
    Alloc,
    /// Looking for more than any free range holds: all of them are passed.
    AllocFailing,
    /// Reserving a page in the middle of a free range, the ranges being spread evenly.
    Reserve,
    /// Freeing such a page.
    Free,
    /// Handing everything free over to somebody who counts the blocks.
    HandOver,
    /// All calls of the boot, and the hand-over into the model of the page allocator.
    BootCost,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Build,
        Self::Boot,
        Self::Alloc,
        Self::AllocFailing,
        Self::Reserve,
        Self::Free,
        Self::HandOver,
        Self::BootCost,
    ];

    /// Its name, as options and results write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Boot => "boot",
            Self::Alloc => "alloc",
            Self::AllocFailing => "alloc-failing",
            Self::Reserve => "reserve",
            Self::Free => "free",
            Self::HandOver => "hand-over",
            Self::BootCost => "boot-cost",
        }
    }

    /// What a table or a picture calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Build => "building the allocator, with the reservations of the start",
            Self::Boot => "all calls of the boot",
            Self::Alloc => "an allocation",
            Self::AllocFailing => "an allocation that fails",
            Self::Reserve => "a reservation",
            Self::Free => "a free",
            Self::HandOver => "the hand-over, counted",
            Self::BootCost => "boot cost: all calls and the hand-over into the page allocator's model",
        }
    }
}

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// No kind has this name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("nothing that grows is called `{0}`; there are {all}", all = Kind::ALL.map(Kind::word).join(", "))]
pub struct UnknownKind(String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.word() == text).ok_or_else(|| UnknownKind(text.into()))
    }
}

impl TryFrom<String> for Kind {
    type Error = UnknownKind;

    fn try_from(text: String) -> Result<Self, UnknownKind> {
        text.parse()
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.word().into()
    }
}
